// The manifest of a model folder: what the model is, which files it has, what to ask of it by default.
import { CheckedJson } from '../../weights/sources/checked-json'
import { WeightsError } from '../../weights/error'

import type { DitConfig } from '../../models/wan-dit/config'
import type { TextEncoderConfig } from '../../models/umt5/config'
import type { VaeConfig } from '../../models/wan-vae/config'

export { verifySha256 } from '../../weights/sources/sha256'

export const FILE_ROLES = ['tokenizer', 'tokenizerConfig', 'textEncoder', 'dit', 'vae'] as const
export type FileRole = (typeof FILE_ROLES)[number]

export interface ModelFile {
  readonly role: FileRole
  /** Relative to the manifest, with forward slashes. */
  readonly path: string
  readonly bytes: number
  /** Lower-case hex. A manifest has it for every file; of raw files it is not known. */
  readonly sha256?: string
}

export interface ModelConfig {
  readonly textEncoder: TextEncoderConfig
  readonly dit: DitConfig
  readonly vae: VaeConfig
}

export interface ModelManifest {
  readonly format: 1
  readonly id: string
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly config: ModelConfig
  readonly files: readonly ModelFile[]
  readonly defaults: {
    /** Pixels. */
    readonly width: number
    readonly height: number
    readonly numFrames: number
    readonly fps: number
    readonly numInferenceSteps: number
    readonly guidanceScale: number
    readonly shift: number
    readonly sampler: (typeof SAMPLERS)[number]
    /** What to keep out where nothing was said. */
    readonly negativePrompt?: string
  }
  /** `[width, height]` in pixels that the model was made for. */
  readonly sizes: readonly (readonly [number, number])[]
  /** rgb = bias + Σ latents[c]·factors[c]: a picture of latents without the VAE. */
  readonly latentPreview: {
    readonly factors: readonly (readonly [number, number, number])[]
    readonly bias: readonly [number, number, number]
  }
}

/** Names as in the protocol, which this layer does not know. */
const SAMPLERS = ['unipc', 'dpm++', 'euler', 'dmd', 'rcm', 'self-forcing'] as const

const MAX_DIM = 65536

/** Each of `keys` as a whole number from 1 to `MAX_DIM`. */
function dims<const K extends string>(at: CheckedJson, keys: readonly K[]): Readonly<Record<K, number>> {
  return Object.fromEntries(keys.map((key) => [key, at.get(key).integer(1, MAX_DIM)])) as Record<K, number>
}

function triple(at: CheckedJson, read: (item: CheckedJson) => number): [number, number, number] {
  const [a, b, c] = at.items(3)
  return [read(a!), read(b!), read(c!)]
}

const real = (at: CheckedJson): number => at.number(-1e6, 1e6)

/** Throws unless `divisor` divides the value `total` of `at`. */
function divides(at: CheckedJson, total: number, divisor: number, what: string): void {
  if (total % divisor !== 0) throw at.error(`a multiple of ${divisor}, ${what}`)
}

function parseTextEncoder(at: CheckedJson): TextEncoderConfig {
  const config = {
    vocabSize: at.get('vocabSize').integer(1, 2 ** 24),
    ...dims(at, ['dim', 'dimAttn', 'dimFfn', 'numHeads', 'numLayers', 'numBuckets', 'maxDistance']),
  }
  divides(at.get('dimAttn'), config.dimAttn, config.numHeads, 'the number of heads')
  divides(at.get('numBuckets'), config.numBuckets, 4, 'for two signs, near and far')
  return config
}

function parseDit(at: CheckedJson): DitConfig {
  const config = {
    ...dims(at, [
      'dim',
      'ffnDim',
      'numHeads',
      'numLayers',
      'inDim',
      'outDim',
      'textDim',
      'textLen',
      'freqDim',
    ]),
    patchSize: triple(at.get('patchSize'), (item) => item.integer(1, 8)),
    eps: at.get('eps').number(1e-12, 1e-2),
  }
  divides(
    at.get('dim'),
    config.dim,
    2 * config.numHeads,
    'twice the number of heads, as positions turn pairs',
  )
  divides(at.get('freqDim'), config.freqDim, 2, 'for cosines and sines')
  return config
}

function parseVae(at: CheckedJson): VaeConfig {
  const { dim, zDim, numResBlocks } = dims(at, ['dim', 'zDim', 'numResBlocks'])
  const dimMult = at
    .get('dimMult')
    .items()
    .map((item) => item.integer(1, 64))
  if (dimMult.length < 2 || dimMult.length > 6) throw at.get('dimMult').error('a list of 2 to 6')
  return {
    dim,
    zDim,
    dimMult,
    numResBlocks,
    temporalDownsample: at
      .get('temporalDownsample')
      .items(dimMult.length - 1)
      .map((item) => item.boolean()),
    mean: at.get('mean').items(zDim).map(real),
    std: at
      .get('std')
      .items(zDim)
      .map((item) => item.number(1e-6, 1e6)),
  }
}

function parseFiles(at: CheckedJson): ModelFile[] {
  const files = at.items().map((item) => ({
    role: item.get('role').oneOf(FILE_ROLES),
    path: item
      .get('path')
      .text(/^(?!\.)[\w.-]+(\/(?!\.)[\w.-]+)*$/, 'a relative path of letters, digits, "_", "-", "." and "/"'),
    bytes: item.get('bytes').integer(1, Number.MAX_SAFE_INTEGER),
    sha256: item.get('sha256').text(/^[0-9a-f]{64}$/, '64 digits of lower-case hex'),
  }))
  if (new Set(files.map(({ role }) => role)).size < files.length) throw at.error('a list with each role once')
  if (new Set(files.map(({ path }) => path)).size < files.length) throw at.error('a list with each path once')
  const missing = (['textEncoder', 'dit', 'vae'] as const).find(
    (role) => !files.some((file) => file.role === role),
  )
  if (missing) throw at.error(`a list with a file of role "${missing}"`)
  return files
}

/** Pixels per latent patch, and video frames per latent frame. */
function strides(dit: DitConfig, vae: VaeConfig): { height: number; width: number; frames: number } {
  const spatial = 2 ** (vae.dimMult.length - 1)
  const temporal = 2 ** vae.temporalDownsample.filter(Boolean).length
  return {
    height: spatial * dit.patchSize[1],
    width: spatial * dit.patchSize[2],
    frames: temporal * dit.patchSize[0],
  }
}

function checkConfig(at: CheckedJson): ModelConfig {
  const textEncoder = parseTextEncoder(at.get('textEncoder'))
  const dit = parseDit(at.get('dit'))
  const vae = parseVae(at.get('vae'))
  if (dit.textDim !== textEncoder.dim)
    throw at.get('dit').get('textDim').error(`${textEncoder.dim}, the width of the text encoder`)
  if (dit.outDim !== vae.zDim)
    throw at.get('dit').get('outDim').error(`${vae.zDim}, the channels of the VAE's latents`)
  return { textEncoder, dit, vae }
}

/** The `config` of a manifest, alone. `json`: the parsed document; `source`: its name, for errors. Throws `WeightsError`. */
export function parseConfig(json: unknown, source: string): ModelConfig {
  return checkConfig(new CheckedJson(json, source))
}

/** `json`: the parsed document; `source`: its name, for errors. Throws `WeightsError`. Unknown keys are left alone. */
export function parseManifest(json: unknown, source: string): ModelManifest {
  const at = new CheckedJson(json, source)
  const format = at.get('format').oneOf([1])
  const config = checkConfig(at.get('config'))
  const { vae } = config
  const stride = strides(config.dit, vae)
  const side = (item: CheckedJson, unit: number): number => {
    const pixels = item.integer(unit, 8192)
    divides(item, pixels, unit, 'the pixels of one patch')
    return pixels
  }
  const defaults = at.get('defaults')
  const numFrames = defaults.get('numFrames').integer(1, 10000)
  if ((numFrames - 1) % stride.frames !== 0)
    throw defaults.get('numFrames').error(`1 more than a multiple of ${stride.frames}`)
  const negativePrompt = defaults.optional('negativePrompt')?.text()
  const preview = at.get('latentPreview')
  return {
    format,
    id: at.get('id').text(/^[a-z0-9][a-z0-9.-]*$/, 'lower-case letters, digits, "." and "-"'),
    name: at.get('name').text(),
    version: at.get('version').text(),
    licence: at.get('licence').text(),
    config,
    files: parseFiles(at.get('files')),
    defaults: {
      width: side(defaults.get('width'), stride.width),
      height: side(defaults.get('height'), stride.height),
      numFrames,
      fps: defaults.get('fps').integer(1, 240), // it is also the clock of the file
      numInferenceSteps: defaults.get('numInferenceSteps').integer(1, 1000),
      guidanceScale: defaults.get('guidanceScale').number(0, 100),
      shift: defaults.get('shift').number(0.01, 100),
      sampler: defaults.get('sampler').oneOf(SAMPLERS),
      ...(negativePrompt !== undefined && { negativePrompt }),
    },
    sizes: at
      .get('sizes')
      .items()
      .map((item) => {
        const [width, height] = item.items(2)
        return [side(width!, stride.width), side(height!, stride.height)] as const
      }),
    latentPreview: {
      factors: preview
        .get('factors')
        .items(vae.zDim)
        .map((item) => triple(item, real)),
      bias: triple(preview.get('bias'), real),
    },
  }
}

/** The manifest's file of one role. Throws `WeightsError` where it has none. */
export function fileOf(manifest: ModelManifest, role: FileRole): ModelFile {
  const file = manifest.files.find((candidate) => candidate.role === role)
  if (!file)
    throw new WeightsError(
      manifest.id,
      `The model ${manifest.name} has no file of role "${role}"; its manifest must list one.`,
    )
  return file
}

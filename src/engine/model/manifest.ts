// The manifest of a model folder: the model's config, files and default settings.
import { sizeUnits, type Family, type Networks } from '../../models/family'
import { parseFiles, type ModelFile } from './manifest-files'
import { BUILT_IN, type Extensions } from '../extensions'
import { CheckedJson } from '../../weights/sources/checked-json'
import { WeightsError } from '../../weights/error'
import { COMPANION_ROLES } from './companions'
import { parseLive, withFilms, type LiveFacts } from './live-facts'
import { limitsFor, type SizeUnits } from '../../protocol/limits'
import type { SamplerInfo } from '../../protocol/samplers'
import { normaliseSettings } from '../../protocol/normalise'
import { DECODERS, UPSCALES, type DecoderId, type SettingsInput, type Upscale } from '../../protocol/settings'

export type { ModelFile } from './manifest-files'
export { verifySha256 } from '../../weights/sources/sha256'

/** The family of manifests that name none, from before there were several. */
const FIRST_FAMILY = 'wan2.1'

export interface OnGpu {
  readonly width?: number
  readonly height?: number
  readonly decoder?: DecoderId
  readonly upscale?: Upscale
}

export interface ModelManifest {
  readonly format: 1
  /** The family's id. */
  readonly family: string
  readonly id: string
  readonly name: string
  readonly version: string
  readonly licence: string
  readonly files: readonly ModelFile[]
  readonly defaults: {
    /** Pixels. */
    readonly width: number
    readonly height: number
    readonly numFrames: number
    readonly fps: number
    readonly numInferenceSteps: number
    readonly guidanceScale: number
    /** Of the second expert, where there are two. */
    readonly guidanceScale2?: number
    readonly shift: number
    readonly sampler: string
    /** The default negative prompt. */
    readonly negativePrompt?: string
    readonly decoder?: DecoderId
    readonly upscale?: Upscale
  }
  /** Defaults on a GPU, where they differ from those for the processor. */
  readonly onGpu?: OnGpu
  /** `[width, height]` in pixels that the model was trained for. */
  readonly sizes: readonly (readonly [number, number])[]
  /** For models that make films which play while they are made. */
  readonly live?: LiveFacts
  /** rgb = bias + Σ latents[c]·factors[c]: a picture of latents without the VAE. */
  readonly latentPreview: {
    readonly factors: readonly (readonly [number, number, number])[]
    readonly bias: readonly [number, number, number]
  }
}

/** A manifest without its files and numbers. */
export type ModelCardFacts = Omit<ModelManifest, 'family' | 'files' | 'format' | 'version'>

/** A manifest and its configured networks. */
export interface DescribedModel {
  readonly manifest: ModelManifest
  readonly family: Family
  readonly networks: Networks
}

/** `json`: the parsed document; `source`: its name, for errors. Throws `WeightsError`. Ignores unknown keys. */
export function parseManifest(
  json: unknown,
  source: string,
  { families, samplers }: Extensions = BUILT_IN,
): DescribedModel {
  const at = new CheckedJson(json, source)
  const format = at.get('format').oneOf([1])
  const id = at.optional('family')?.oneOf(families.map((each) => each.id)) ?? FIRST_FAMILY
  const family = families.find((each) => each.id === id)
  if (!family)
    throw at.error(`a manifest that names its family: ${families.map((each) => each.id).join(', ')}`)
  const networks = family.configure(at.get('config'))
  const units = sizeUnits(networks.geometry)
  const side = (item: CheckedJson, unit: number): number => {
    const pixels = item.integer(unit, 8192)
    item.multipleOf(unit, 'the pixels of one patch')
    return pixels
  }
  const defaults = at.get('defaults')
  const numFrames = defaults.get('numFrames').integer(1, 10000)
  if ((numFrames - units.shortest) % units.frames !== 0)
    throw defaults.get('numFrames').error(`${units.shortest} more than a multiple of ${units.frames}`)
  const negativePrompt = defaults.optional('negativePrompt')?.text()
  const guidanceScale2 = defaults.optional('guidanceScale2')?.number(0, 100)
  const preview = at.get('latentPreview')
  const onGpu = at.optional('onGpu')
  const files = parseFiles(at.get('files'), family.roles, [
    ...family.tokenizer.roles,
    ...family.roles,
    ...(family.optionalRoles ?? []),
    ...COMPANION_ROLES,
  ])
  const live = parseLive(
    at,
    files.map(({ role }) => role),
  )
  const manifest: ModelManifest = {
    format,
    family: family.id,
    id: at.get('id').text(/^[a-z0-9][a-z0-9.-]*$/, 'lower-case letters, digits, "." and "-"'),
    name: at.get('name').text(),
    version: at.get('version').text(),
    licence: at.get('licence').text(),
    files,
    defaults: {
      width: side(defaults.get('width'), units.width),
      height: side(defaults.get('height'), units.height),
      numFrames,
      fps: defaults.get('fps').integer(1, 240), // the file's time scale
      numInferenceSteps: defaults.get('numInferenceSteps').integer(1, 1000),
      guidanceScale: defaults.get('guidanceScale').number(0, 100),
      shift: defaults.get('shift').number(0.01, 100),
      sampler: defaults.get('sampler').oneOf(samplers.map((each) => each.id)),
      ...(negativePrompt !== undefined && { negativePrompt }),
      ...(guidanceScale2 !== undefined && { guidanceScale2 }),
      ...stages(defaults),
    },
    ...(onGpu && {
      onGpu: {
        ...(onGpu.has('width') && { width: side(onGpu.get('width'), units.width) }),
        ...(onGpu.has('height') && { height: side(onGpu.get('height'), units.height) }),
        ...stages(onGpu),
      },
    }),
    sizes: at
      .get('sizes')
      .items()
      .map((item) => {
        const [width, height] = item.items(2)
        return [side(width!, units.width), side(height!, units.height)] as const
      }),
    ...(live && { live }),
    latentPreview: {
      factors: preview
        .get('factors')
        .items(networks.geometry.channels)
        .map((item) => item.triple(real)),
      bias: preview.get('bias').triple(real),
    },
  }
  checkSettings(source, manifest, units, samplers)
  return { manifest, family, networks: live ? withFilms(networks, live) : networks }
}

/** What follows the denoising, as far as it is given. */
function stages(at: CheckedJson): Pick<OnGpu, 'decoder' | 'upscale'> {
  const decoder = at.optional('decoder')?.oneOf(DECODERS)
  const upscale = at.optional('upscale')?.oneOf(UPSCALES)
  return { ...(decoder && { decoder }), ...(upscale && { upscale }) }
}

/** Throws unless the model's defaults and each of its sizes are valid settings. */
function checkSettings(
  source: string,
  { defaults, onGpu, sizes, files }: ModelManifest,
  units: SizeUnits,
  samplers: readonly SamplerInfo[],
): void {
  const has = (role: string): boolean => files.some((file) => file.role === role)
  const limits = limitsFor(units, defaults, samplers, {
    hasTinyDecoder: has('tinyDecoder'),
    upscales: has('upscaler') ? UPSCALES : [1],
  })
  const check = (place: string, input: SettingsInput): void => {
    const outcome = normaliseSettings({ prompt: 'any', ...input }, limits)
    if (!outcome.ok) throw new WeightsError(source, `${source}: in ${place}, ${outcome.reason}`)
  }
  check('its defaults', defaults)
  if (onGpu) check('onGpu', onGpu)
  sizes.forEach(([width, height], i) => check(`sizes[${i}]`, { width, height }))
}

const real = (item: CheckedJson): number => item.number(-1e6, 1e6)

/** The manifest's file of one role. Throws `WeightsError` where it has none. */
export function fileOf(manifest: ModelManifest, role: string): ModelFile {
  const file = manifest.files.find((candidate) => candidate.role === role)
  if (!file)
    throw new WeightsError(
      manifest.id,
      `The model ${manifest.name} has no file of role "${role}"; its manifest must list one.`,
    )
  return file
}

// Which of the files at hand are Wan's three models, what may stand beside them, and the tokenizer: recognised by their
// tensors, whatever they are called.
import type { ByteSource } from '../../weights/sources/byte-source'
import { WeightsError } from '../../weights/error'
import { asClipVision, isClipVision } from '../../models/clip-vision/keys'
import { COMPANION_ROLES } from './companions'
import { expertsOf } from './experts'
import { asWan, modelsOf, MODEL_TITLES, type WanFile } from './key-maps'
import type { WanModel } from '../../weights/names'
import type { ModelFolder } from '../../weights/sources/model-folder'
import { openWeights } from '../../weights/formats/open'
import { withVaceModule } from './vace-module'
import { shardsOf } from '../../weights/formats/sharded'
import type { WeightFile } from '../../weights/weight-file'

export interface ModelPart {
  /** Path of its file, or of its index. */
  readonly path: string
  /** The file as it was opened, with its metadata and other tensors. */
  readonly raw: WeightFile
  readonly wan: WanFile
  /** The file of the VACE module that is laid over it. */
  readonly module?: string
}

type Companion = (typeof COMPANION_ROLES)[number]

/** The models that a clip needs. */
type NeededModel = Exclude<WanModel, Companion | 'vaceModule'>

/** What a folder holds of a model. */
export type ModelParts = Readonly<Record<NeededModel, ModelPart>> & {
  readonly [C in Companion]?: ModelPart
} & {
  /** The expert for low noise; `dit` is then the one for high noise. */
  readonly ditLow?: ModelPart
  /** CLIP's vision transformer, of models that look at pictures with it. */
  readonly clip?: ClipPart
}

/** A file, and the vision transformer in it under Wan's names. */
export interface ClipPart {
  readonly path: string
  readonly file: WeightFile
}

/** A file that could not be used, and why. */
interface Problem {
  readonly path: string
  readonly error: WeightsError
}

const WEIGHTS = /\.(safetensors|sft|gguf|pt|pth|bin|ckpt)$/i
/** diffusers puts a variant's name in the middle: model.safetensors.index.fp16.json. */
const INDEX = /\.index(\.[\w-]+)?\.json$/i
const MODELS = ['dit', 'textEncoder', 'vae'] as const satisfies readonly NeededModel[]

/** Example files for a part that is missing. */
const WANTED: Readonly<Record<NeededModel, string>> = {
  dit: 'wan2.1_t2v_1.3B_fp16.safetensors, or a GGUF file of it',
  textEncoder: 'umt5_xxl_fp8_e4m3fn_scaled.safetensors, or umt5-xxl-encoder as GGUF',
  vae: 'wan_2.1_vae.safetensors, or wan2.2_vae.safetensors for Wan 2.2 TI2V',
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1)
}

/** Files that may contain weights, indices first; a file that an index names is not opened alone. */
async function candidates(folder: ModelFolder, problems: Problem[]): Promise<string[]> {
  const indices = [...folder.files.keys()].filter((path) => INDEX.test(path))
  const joined = new Set<string>()
  const sound: string[] = []
  for (const path of indices) {
    await collect(problems, path, async () => {
      for (const shard of await shardsOf(await folder.open(path))) joined.add(folderOf(path) + shard)
      sound.push(path)
    })
  }
  const hasNoEnding = (path: string): boolean => !path.slice(folderOf(path).length).includes('.')
  return [
    ...sound,
    ...[...folder.files.keys()].filter(
      (path) => (WEIGHTS.test(path) || hasNoEnding(path)) && !joined.has(path),
    ),
  ]
}

/** Runs `work`, and keeps an error about the file for later, since another file may serve. */
async function collect(problems: Problem[], path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error
    problems.push({ path, error })
  }
}

async function openPart(folder: ModelFolder, path: string): Promise<WeightFile> {
  const beside = async (name: string): Promise<ByteSource> => folder.open(folderOf(path) + name)
  return (await openWeights(await folder.open(path), beside)).file
}

/** A list for a sentence: "a", "a and b", "a, b and c". */
function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

function refuse(
  { title, files }: ModelFolder,
  found: ReadonlyMap<WanModel, readonly ModelPart[]>,
  problems: readonly Problem[],
): never {
  const lacking = MODELS.filter((model) => !found.get(model)?.length)
  const only = problems.length === 1 && lacking.length === MODELS.length ? problems[0] : undefined
  if (only) throw only.error
  const held = [...MODELS, 'vaceModule' as const].flatMap((model) =>
    (found.get(model) ?? []).map(({ path }) => `${MODEL_TITLES[model]} (${path})`),
  )
  const has =
    held.length > 0 ? `holds ${listed(held)}` : files.size === 0 ? 'is empty' : "holds none of Wan's models"
  const needs = lacking.map((model) => `${MODEL_TITLES[model]} (such as ${WANTED[model]})`)
  const reasons = problems.slice(0, 4).map(({ error }) => ` ${error.message}`)
  throw new WeightsError(
    title,
    `${title} ${has}; ${listed(needs)} ${needs.length > 1 ? 'are' : 'is'} missing: add ${needs.length > 1 ? 'them' : 'it'}.${reasons.join('')}`,
    'model-missing',
  )
}

/**
 * Opens the headers of all files, and finds exactly one file of each model.
 * @throws WeightsError one sentence with what was found, what is missing or duplicated, and what the other files are
 */
export async function findParts(folder: ModelFolder): Promise<ModelParts> {
  const found = new Map<WanModel, ModelPart[]>()
  const clips: ClipPart[] = []
  const problems: Problem[] = []
  for (const path of await candidates(folder, problems)) {
    await collect(problems, path, async () => {
      const raw = await openPart(folder, path)
      if (isClipVision(raw)) return void clips.push({ path, file: asClipVision(raw) })
      const models = modelsOf(raw)
      if (models.length === 0) asWan(raw) // throws with what the file is instead
      for (const model of models) {
        await collect(problems, path, async () => {
          found.set(model, [...(found.get(model) ?? []), { path, raw, wan: asWan(raw, model) }])
        })
      }
    })
  }
  const only = <P extends { readonly path: string }>(all: readonly P[], title: string): P | undefined => {
    if (all.length < 2) return all[0]
    throw new WeightsError(
      folder.title,
      `${folder.title} holds ${title} ${all.length} times: ${listed(all.map(({ path }) => path))}. Choose the files of one model, or take the others out.`,
    )
  }
  const experts = expertsOf(found.get('dit') ?? [])
  if (experts) found.set('dit', [experts.high])
  const single = (model: WanModel): ModelPart | undefined => only(found.get(model) ?? [], MODEL_TITLES[model])
  const part = (model: NeededModel): ModelPart => single(model) ?? refuse(folder, found, problems)
  const parts = {
    dit: withVaceModule(part('dit'), single('vaceModule')),
    textEncoder: part('textEncoder'),
    vae: part('vae'),
  }
  const beside = COMPANION_ROLES.flatMap((model) => {
    const own = single(model)
    return own ? [[model, own] as const] : []
  })
  const clip = only(clips, "CLIP's vision transformer")
  return {
    ...parts,
    ...Object.fromEntries(beside),
    ...(experts && { ditLow: experts.low }),
    ...(clip && { clip }),
  }
}

// Presents a checkpoint of Wan in any layout under the original names, which the engine reads. Copies nothing.
import { WeightsError } from '../../weights/error'
import { viewFiles, type ViewedTensor } from '../../weights/file-view'
import type { ModelKeys, Naming, NamingRules, Tensors, WanModel } from '../../weights/names'
import { TAEHV_KEYS } from '../../models/taehv/keys'
import { SRVGG_KEYS } from '../../models/srvgg/keys'
import { DIT_KEYS, VACE_MODULE_KEYS } from '../../models/wan-dit/keys'
import { UMT5_KEYS } from '../../models/umt5/keys'
import { VAE_KEYS } from '../../models/wan-vae/keys'
import { VAE22_KEYS } from '../../models/wan22-vae/keys'
import { unreadQuantisation } from '../../weights/formats/quantised'
import { scaleName } from '../../weights/matrix'
import type { TensorEntry, WeightFile } from '../../weights/weight-file'

const MODELS: readonly ModelKeys[] = [
  DIT_KEYS,
  VACE_MODULE_KEYS,
  UMT5_KEYS,
  VAE_KEYS,
  VAE22_KEYS,
  TAEHV_KEYS,
  SRVGG_KEYS,
]

/** Beside a model; no model by themselves. */
const COMPANIONS: readonly ModelKeys[] = [VACE_MODULE_KEYS, TAEHV_KEYS, SRVGG_KEYS]

/** For messages. */
export const MODEL_TITLES: Readonly<Record<WanModel, string>> = {
  dit: DIT_KEYS.title,
  vaceModule: VACE_MODULE_KEYS.title,
  textEncoder: UMT5_KEYS.title,
  vae: VAE_KEYS.title,
  tinyDecoder: TAEHV_KEYS.title,
  upscaler: SRVGG_KEYS.title,
}

/** Other models' files, recognised by one of their tensors. */
const OTHERS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [
    /\.(lora_[AB]|lora_down|lora_up|hada_w1_a|lokr_w1)(\.|$)|^lora_/,
    'is a LoRA, which changes a model and is not one itself',
  ],
  [/^(vision_model|visual|text_model)\./, 'is a CLIP model, which text to video does not use'],
  [/(^|\.)(input_blocks|down_blocks\.\d+\.attentions)\./, 'is Stable Diffusion'],
  [
    /(^|\.)(double_blocks|double_stream_modulation_img|transformer_blocks)\./,
    'is a transformer other than Wan',
  ],
  [/^(decoder|encoder)\.\d+\.(conv|bias|weight)/, 'is a tiny autoencoder of another kind than TAEHV'],
]

/** Names that training wrappers insert between the parts of a name. */
const WRAPPERS = /(^|\.)(?:_fsdp_wrapped_module|_checkpoint_wrapped_module|_orig_mod)(?=\.)/g

export interface Layout {
  readonly model: WanModel
  readonly naming: Naming
  /** Before every name: "model.diffusion_model.", "net.", "generator_ema.model." or nothing. */
  readonly prefix: string
}

export interface WanFile {
  /** Under Wan's original names, in its original shapes. */
  readonly file: WeightFile
  readonly layout: Layout
  /** Tensors left out because text to video does not need them, by their names in the file. */
  readonly dropped: readonly string[]
  /** Tensors that no known layout has, by their names in the file; they are also left out. */
  readonly unexpected: readonly string[]
  /** Prefixes of unused copies of the model in the file. */
  readonly copies: readonly string[]
}

interface Match extends Layout {
  readonly keys: ModelKeys
  readonly rules: NamingRules
}

function cleanName(name: string): string {
  return name.replace(WRAPPERS, '').replace(/^\./, '')
}

/** Copies in a training checkpoint, in order of preference. */
const COPIES: readonly RegExp[] = [/(^|[._])ema[._]/, /(^|[._])generator[._]/]
/** Copies that judge or teach the model, and are never run. */
const OTHER_COPY =
  /(^|[._])(critic|discriminator|fake_score|real_score|fake|real|teacher|guidance|reward|optimizer)[._]/

function rankOf({ prefix }: Layout): number {
  if (OTHER_COPY.test(prefix)) return COPIES.length + 1
  const rank = COPIES.findIndex((pattern) => pattern.test(prefix))
  return rank < 0 ? COPIES.length : rank
}

/** Averaged weights before the generator's, these before the others, then the shortest prefix. */
function byPreference(a: Match, b: Match): number {
  return rankOf(a) - rankOf(b) || a.prefix.length - b.prefix.length || (a.prefix < b.prefix ? -1 : 1)
}

/** The prefixes of a model's copies, the preferred one first. @throws WeightsError where the choice is ambiguous */
function copiesOf(file: WeightFile, all: readonly Match[], { keys }: Match): readonly Match[] {
  const copies = all.filter((each) => each.keys === keys)
  const [first, second] = copies
  const named = few(copies.map(({ prefix }) => `"${prefix}"`))
  if (first && OTHER_COPY.test(first.prefix))
    throw new WeightsError(
      file.name,
      `${file.name} contains ${keys.title} only as ${named}, which teaches or judges another model and makes no video. Choose the file of the generator.`,
    )
  if (first && second && rankOf(first) === rankOf(second))
    throw new WeightsError(
      file.name,
      `${file.name} holds ${keys.title} ${copies.length} times, as ${named}, and which one is meant is ambiguous. Choose a file that has it once.`,
    )
  return copies
}

function matches(file: WeightFile): Match[] {
  const found: Match[] = []
  for (const name of file.tensors.keys()) {
    const clean = cleanName(name)
    for (const keys of MODELS) {
      for (const rules of keys.namings) {
        const { sign, naming } = rules
        if (clean !== sign && !clean.endsWith(`.${sign}`)) continue
        found.push({
          model: keys.model,
          naming,
          prefix: clean.slice(0, clean.length - sign.length),
          keys,
          rules,
        })
      }
    }
  }
  // A whole VACE model has the module's names too.
  const isPart = ({ model, prefix }: Match): boolean =>
    model === 'vaceModule' && found.some((each) => each.model === 'dit' && each.prefix === prefix)
  return found.filter((match) => !isPart(match)).sort(byPreference)
}

/** A list for a sentence, of at most six. */
function few(names: readonly string[]): string {
  return names.length <= 6
    ? names.join(', ')
    : `${names.slice(0, 5).join(', ')} and ${names.length - 5} others`
}

/** Finds the match, and the prefixes of the model's other copies. */
function bestMatch(file: WeightFile, model: WanModel | undefined): Match & { copies: readonly string[] } {
  const all = matches(file)
  const match = all.find((each) => model === undefined || each.model === model)
  if (match) {
    const quantised = unreadQuantisation(file.tensors)
    if (quantised !== undefined)
      throw new WeightsError(
        file.name,
        `${file.name} is quantised ${quantised}, which Zoetrope does not read. Choose the same model in fp16, bf16, fp8 or GGUF.`,
      )
    const [, ...copies] = copiesOf(file, all, match)
    return { ...match, copies: copies.map(({ prefix }) => prefix) }
  }
  const wanted = MODELS.filter((keys) =>
    model === undefined ? !COMPANIONS.includes(keys) : keys.model === model,
  ).map(({ title }) => title)
  const other = all[0] && ` It is ${all[0].keys.title}.`
  const what = OTHERS.find(([pattern]) => [...file.tensors.keys()].some((name) => pattern.test(name)))?.[1]
  if (!other && what !== undefined)
    throw new WeightsError(file.name, `${file.name} ${what}. Choose a file of a Wan 2.1 or 2.2 model.`)
  throw new WeightsError(
    file.name,
    `${file.name} has ${file.tensors.size} tensors (${few([...file.tensors.keys()])}), and none that identifies it as ${wanted.join(', or ')}.${other ?? ''} Choose a file of a Wan 2.1 or 2.2 model.`,
  )
}

/** The models in a file, recognised by their signature tensors alone. */
export function modelsOf(file: WeightFile): WanModel[] {
  const found = new Set(matches(file).map(({ model }) => model))
  return [...new Set(MODELS.map(({ model }) => model))].filter((model) => found.has(model))
}

/**
 * Recognises the model in a file, and its naming.
 * @param model where the file may contain several, or must contain this one
 * @throws WeightsError where it contains none
 */
export function detectLayout(file: WeightFile, model?: WanModel): Layout {
  const { model: found, naming, prefix } = bestMatch(file, model)
  return { model: found, naming, prefix }
}

/** The file's tensors under the prefix, by original name, and the unused ones. */
interface Sorted {
  readonly tensors: Map<string, TensorEntry>
  readonly dropped: string[]
}

function sortTensors(file: WeightFile, { keys, rules, prefix }: Match): Sorted {
  const own = new Map<string, TensorEntry>()
  const dropped: string[] = []
  for (const entry of file.tensors.values()) {
    const clean = cleanName(entry.name)
    const name = clean.startsWith(prefix) ? clean.slice(prefix.length) : undefined
    const extra = keys.extras.find((each) => clean === each || clean.endsWith(`.${each}`))
    if (extra !== undefined) own.set(extra, entry)
    else if (name === undefined) dropped.push(entry.name)
    else own.set(name, entry)
  }
  const rename = rules.rename(own)
  const tensors = new Map<string, TensorEntry>()
  for (const [name, entry] of own) {
    // Scales of our own int8 are renamed with their weight.
    const weight = name.endsWith(scaleName('')) ? name.slice(0, -scaleName('').length) : undefined
    const original =
      weight !== undefined && own.get(weight)?.dtype === 'I8' ? scaleName(rename(weight)) : rename(name)
    if (keys.dropped.some((pattern) => pattern.test(original))) dropped.push(entry.name)
    else if (tensors.has(original)) {
      throw new WeightsError(
        file.name,
        `${file.name}: tensors ${tensors.get(original)?.name} and ${entry.name} are both ${original} of ${keys.title}. Choose a file that has it once.`,
      )
    } else tensors.set(original, entry)
  }
  return { tensors, dropped }
}

function checkNames(file: WeightFile, { keys, naming }: Match, tensors: Tensors): ReadonlySet<string> {
  for (const [pattern, what] of keys.foreign) {
    const name = [...tensors.keys()].find((each) => pattern.test(each))
    if (name !== undefined)
      throw new WeightsError(
        file.name,
        `${file.name} ${what} (it has ${tensors.get(name)?.name}). Choose a file of a Wan 2.1 or 2.2 model.`,
      )
  }
  const expected = keys.expected(tensors)
  const missing = expected.filter((name) => !tensors.has(name))
  if (missing.length === 0) return new Set(expected)
  const lookalike = keys.lookalike?.(missing)
  if (lookalike !== undefined)
    throw new WeightsError(file.name, `${file.name} ${lookalike}. Choose a file of ${keys.title}.`)
  throw new WeightsError(
    file.name,
    `${file.name} holds ${keys.title} in ${naming} names and lacks ${missing.length} of its ${expected.length} tensors: ${few(missing)}. Choose the whole file, or all its parts.`,
  )
}

/**
 * The model in `file` under Wan's original names and shapes, whatever layout it is in.
 * @param model where the file may contain several, or must contain this one
 * @throws WeightsError where it contains no such model or another one, or lacks tensors, which it names
 */
export function asWan(file: WeightFile, model?: WanModel): WanFile {
  const match = bestMatch(file, model)
  const { keys, naming, prefix, copies } = match
  const { tensors, dropped } = sortTensors(file, match)
  const expected = checkNames(file, match, tensors)
  const viewed = new Map<string, ViewedTensor>()
  const unexpected: string[] = []
  for (const [name, entry] of tensors) {
    const scaled = name.endsWith(scaleName('')) && expected.has(name.slice(0, -scaleName('').length))
    if (!expected.has(name) && !scaled && !keys.extras.includes(name)) {
      unexpected.push(entry.name)
      continue
    }
    const shape = keys.shape(name, tensors)
    viewed.set(name, { file, tensor: entry.name, ...(shape && { shape }) })
  }
  return {
    file: viewFiles(file.name, file.metadata, viewed),
    layout: { model: keys.model, naming, prefix },
    dropped,
    unexpected,
    copies,
  }
}

// A recipe from outside: a link, a file, a command line. Only known settings of the right kind are taken; all else is
// named.
import { CONTROL_STRENGTH, CONTROL_TASKS, MOST_REFERENCES, type ControlInput } from './control'
import { parseLoraRecords, type LoraRecord } from './lora'
import { SAMPLERS, STEP_CACHES } from './samplers'
import {
  DECODERS,
  type ClipMetadata,
  type GenerationSettings,
  type SettingName,
  type SettingsInput,
} from './settings'

const RECIPE_VERSION = 1

/** Where a recipe was found. */
export type RecipeOrigin = 'zoetrope' | 'comfyui' | 'wan2gp' | 'link'

/** What was found, not yet checked against a model's limits: `normaliseSettings` does that. */
export interface RecipeReading {
  origin: RecipeOrigin
  settings: SettingsInput
  /** As the file names it. */
  model?: string
  /** Files that it was made with, to be found again. */
  loras?: LoraRecord[]
  /** What it was given beside its settings, to be found again too. */
  given?: GivenHashes & { readonly holdsColours?: boolean }
  /** What was done with a control, whose files are to be found again too. */
  control?: Pick<ControlInput, 'task' | 'strength'>
  /** Settings and notes that are there and cannot be restored here, by name. */
  leftOut: string[]
}

/** SHA-256 of pictures, and of the end of the clip that it goes on from: see `ClipMetadata`. */
export type GivenHashes = Pick<ClipMetadata, 'imageSha256' | 'lastImageSha256' | 'continuesSha256'>

/** What is left out where it is not found. */
export const GIVEN_NAMES: Readonly<Record<keyof GivenHashes, string>> = {
  imageSha256: 'the picture that it began with',
  lastImageSha256: 'the picture that it ended with',
  continuesSha256: 'the clip that it continues',
}

const TEXTS: ReadonlySet<string> = new Set<SettingName>(['prompt', 'negativePrompt'])
const NUMBERS: ReadonlySet<string> = new Set<SettingName>([
  'seed',
  'width',
  'height',
  'numFrames',
  'numInferenceSteps',
  'guidanceScale',
  'guidanceScale2',
  'shift',
  'upscale',
])
/** Facts of a clip that are no settings. */
const FACTS: ReadonlySet<string> = new Set([
  'version',
  'app',
  'appVersion',
  'model',
  'modelVersion',
  'fps',
  'holdsColours',
])
const MOST_CHARACTERS = 20_000
const MOST_LEFT_OUT = 20

function isGivenName(name: string): name is keyof GivenHashes {
  return Object.hasOwn(GIVEN_NAMES, name)
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isFit(name: string, value: unknown): boolean {
  if (TEXTS.has(name)) return typeof value === 'string' && value.length <= MOST_CHARACTERS
  if (NUMBERS.has(name)) return typeof value === 'number' && Number.isFinite(value)
  if (name === 'sampler') return SAMPLERS.some(({ id }) => id === value)
  if (name === 'decoder') return DECODERS.some((decoder) => decoder === value)
  return name === 'cache' && STEP_CACHES.some((cache) => cache === value)
}

/** A name from a stranger's file, fit for a sentence. */
export function shortName(name: string): string {
  const plain = name.replace(/[\p{C}\s]+/gu, ' ').trim()
  return plain.length > 40 ? `${plain.slice(0, 40)}…` : plain
}

/** Of a film, what a clip does not take. */
function filmLeftOut(live: unknown): string[] {
  const prompts = isObject(live) && Array.isArray(live['prompts']) ? live['prompts'].length : 0
  return ['that it was made live', ...(prompts > 1 ? ['its later prompts'] : [])]
}

/** The files of a control, which a recipe has only by their hashes. */
function controlFiles(control: unknown): string[] {
  if (!isObject(control)) return ['control']
  const { videoSha256, maskSha256, referenceSha256 } = control
  const references = Array.isArray(referenceSha256) ? Math.min(referenceSha256.length, MOST_REFERENCES) : 0
  return [
    ...(videoSha256 === undefined ? [] : ['the control video']),
    ...(maskSha256 === undefined ? [] : ['the mask']),
    ...(references === 0
      ? []
      : [references === 1 ? 'the reference picture' : `${references} reference pictures`]),
  ]
}

/** What can be restored of a control without its files. */
function parseControl(control: unknown): RecipeReading['control'] {
  if (!isObject(control)) return undefined
  const { strength } = control
  const task = CONTROL_TASKS.find((each) => each === control['task'])
  const isStrength =
    typeof strength === 'number' && strength >= CONTROL_STRENGTH.min && strength <= CONTROL_STRENGTH.max
  return { ...(task && { task }), ...(isStrength && { strength }) }
}

/** The settings in a recipe of ours; undefined where the value is none. */
export function parseRecipe(value: unknown, origin: RecipeOrigin = 'zoetrope'): RecipeReading | undefined {
  if (!isObject(value) || typeof value['prompt'] !== 'string') return undefined
  const settings: Record<string, unknown> = {}
  const leftOut: string[] = []
  const hashes: GivenHashes = {}
  const loras = parseLoraRecords(value['loras'])
  const control = parseControl(value['control'])
  const { live } = value
  const asked = isObject(live) ? live['askedFrames'] : undefined
  for (const [name, given] of Object.entries(value)) {
    // A film has as many frames as it came to.
    if (name === 'numFrames' && live !== undefined) {
      if (isFit(name, asked)) settings[name] = asked
    } else if (isFit(name, given)) settings[name] = given
    else if (name === 'live') leftOut.push(...(asked === undefined ? filmLeftOut(given) : []))
    else if (isGivenName(name)) {
      leftOut.push(GIVEN_NAMES[name])
      if (typeof given === 'string' && /^[0-9a-f]{64}$/.test(given)) hashes[name] = given
    } else if (name === 'stepsRun' && typeof given === 'number') leftOut.push(`the end after step ${given}`)
    else if (name === 'upscaler' && typeof given === 'string')
      leftOut.push(`the upscaler ${shortName(given)}`)
    else if (name === 'loras' && loras !== undefined) continue
    else if (name === 'control') leftOut.push(...controlFiles(given))
    else if (!FACTS.has(name) && leftOut.length < MOST_LEFT_OUT) leftOut.push(shortName(name))
  }
  const { version, model, holdsColours } = value
  if (typeof version === 'number' && version > RECIPE_VERSION) leftOut.push(`version ${version}`)
  return {
    origin,
    settings,
    leftOut,
    ...(loras !== undefined && loras.length > 0 && { loras }),
    ...(Object.keys(hashes).length > 0 && {
      given: { ...hashes, ...(holdsColours === true && { holdsColours }) },
    }),
    ...(control && { control }),
    ...(typeof model === 'string' && model.length <= 100 && { model: shortName(model) }),
  }
}

/** Facts of a clip beside its settings that its recipe carries: which files it was made with. */
export type RecipeFacts = Partial<
  Pick<ClipMetadata, 'model' | 'loras' | 'control' | 'holdsColours' | keyof GivenHashes>
>

/** Only these of a clip's facts. */
export function givenHashes(facts: GivenHashes): GivenHashes {
  return Object.fromEntries(
    Object.keys(GIVEN_NAMES)
      .filter(isGivenName)
      .flatMap((name) => (facts[name] === undefined ? [] : [[name, facts[name]]])),
  )
}

/** What a link carries. */
export function recipeOf(
  settings: Partial<GenerationSettings>,
  { model, loras = [], control, ...given }: RecipeFacts = {},
): object {
  return {
    version: RECIPE_VERSION,
    ...(model !== undefined && { model }),
    ...settings,
    ...givenHashes(given),
    ...(given.holdsColours === true && { holdsColours: true }),
    ...(loras.length > 0 && {
      loras: loras.map(({ file, strength, fingerprint }) => ({
        file,
        strength,
        ...(fingerprint !== undefined && { fingerprint }),
      })),
    }),
    ...(control && { control: { ...control, maskKeys: undefined } }),
  }
}

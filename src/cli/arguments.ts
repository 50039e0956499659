import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { CHOICE_NAMES, readChoices, type ChoiceTexts } from '../protocol/engine-choices'
import { FILM_CACHES, type FilmCache } from '../protocol/live-recipe'
import { readNumberText } from '../protocol/read-number'
import type { SettingName, SettingsInput } from '../protocol/settings'
import { HELP } from './generate-help'
import { CONTROL_OPTIONS, readControlArguments, type ControlArguments } from './read-control'
import { HelpWanted, UsageError } from './usage-error'

const USAGE =
  'Usage: npm run generate -- "a red ball" --out ball.mp4 [options]\nAll options: npm run generate -- --help'

const SETTING_FLAGS = {
  seed: 'seed',
  steps: 'numInferenceSteps',
  frames: 'numFrames',
  width: 'width',
  height: 'height',
  guidance: 'guidanceScale',
  'guidance-2': 'guidanceScale2',
  shift: 'shift',
  sampler: 'sampler',
  cache: 'cache',
  decoder: 'decoder',
  upscale: 'upscale',
  negative: 'negativePrompt',
} as const satisfies Record<string, SettingName>

const flagNames = Object.keys(SETTING_FLAGS) as (keyof typeof SETTING_FLAGS)[]

export interface LiveArguments {
  seconds: number
  /** A file with a prompt a line: "3 s: a red ball". */
  prompts?: string
  cache?: FilmCache
}

export interface GenerateArguments {
  input: SettingsInput
  out: string
  /** The picture that the clip begins with. */
  image?: string
  /** The picture that it ends with. */
  lastImage?: string
  /** The end of the clip that it goes on from. */
  continueFrom?: string
  /** Where to write its own end. */
  keepEnd?: string
  holdsColours: boolean
  /** The file of an upscaler. */
  upscaler?: string
  /** Files that change the transformer, as FILE[:strength]. */
  loras: string[]
  /** What the clip follows or changes. */
  control?: ControlArguments
  /** A file of settings, which the other options overrule. */
  recipe?: string
  /** Names, folders or files. */
  models: string[]
  /** Of a film that is made live, chunk by chunk. */
  live?: LiveArguments
  /** As given, after validation. */
  choices: Partial<Record<keyof ChoiceTexts, string>>
  json: boolean
  /** Continues the run that was interrupted last; `out` is then empty, and `keepEnd` absent, where it is to be the run's own. */
  resume?: { readonly onAnyGpu: boolean }
}

/** Joins `--seed -1` into one argument: -1 is a value, not a flag, and settings are validated in one place. */
function joinValues(args: readonly string[]): string[] {
  const takesValue = new Set<string>(
    [
      ...flagNames,
      ...CHOICE_NAMES,
      ...Object.keys(CONTROL_OPTIONS),
      'out',
      'image',
      'last-image',
      'continue',
      'keep-end',
      'upscaler',
      'lora',
      'recipe',
      'model',
      'seconds',
      'prompts',
      'film-cache',
    ].map((name) => `--${name}`),
  )
  const joined: string[] = []
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? ''
    if (arg === '--') return [...joined, ...args.slice(i)]
    const next = args[i + 1]
    if (takesValue.has(arg) && next !== undefined && !next.startsWith('--')) {
      joined.push(`${arg}=${next}`)
      i += 1
    } else joined.push(arg)
  }
  return joined
}

const OF_RESUME: ReadonlySet<string> = new Set(['resume', 'any-gpu', 'out', 'keep-end', 'json'])

/** Those of --resume: the run has its own settings. */
function resumeArguments({
  positionals,
  values,
}: {
  positionals: readonly string[]
  values: Readonly<Partial<Record<string, unknown>>>
}): GenerateArguments {
  const others = Object.keys(values).filter((name) => !OF_RESUME.has(name))
  if (positionals.length > 0 || others.length > 0)
    throw new UsageError(
      `--resume continues an interrupted run with its own prompt, model and settings; leave out ${[...positionals.map((each) => `"${each}"`), ...others.map((name) => `--${name}`)].join(', ')}.`,
    )
  const { out, 'keep-end': keepEnd } = values
  if (out === '') throw new UsageError('--out needs a value.')
  if (keepEnd === '') throw new UsageError('--keep-end needs a value.')
  return {
    input: {},
    loras: [],
    holdsColours: false,
    out: typeof out === 'string' ? resolve(out) : '',
    ...(typeof keepEnd === 'string' && { keepEnd: resolve(keepEnd) }),
    models: [],
    choices: {},
    json: values['json'] === true,
    resume: { onAnyGpu: values['any-gpu'] === true },
  }
}

export function readArguments(args: readonly string[]): GenerateArguments {
  const text = { type: 'string' } as const
  const options = {
    ...Object.fromEntries(flagNames.map((name) => [name, text])),
    out: text,
    image: text,
    'last-image': text,
    continue: text,
    'keep-end': text,
    'hold-colours': { type: 'boolean' },
    upscaler: text,
    lora: { ...text, multiple: true },
    ...CONTROL_OPTIONS,
    recipe: text,
    model: { ...text, multiple: true },
    weights: text,
    memory: text,
    activations: text,
    live: { type: 'boolean' },
    seconds: text,
    prompts: text,
    'film-cache': text,
    json: { type: 'boolean' },
    resume: { type: 'boolean' },
    'any-gpu': { type: 'boolean' },
    help: { type: 'boolean' },
  } as const
  let parsed
  try {
    parsed = parseArgs({ args: joinValues(args), options, allowPositionals: true, strict: true })
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
  const values: Partial<Record<string, string | boolean | string[]>> = parsed.values
  if (values['help'] === true) throw new HelpWanted(HELP)
  const { out, json = false } = values
  const { recipe } = parsed.values
  if (parsed.values.resume === true) return resumeArguments(parsed)
  if (parsed.values['any-gpu'] === true) throw new UsageError('--any-gpu goes with --resume only.')
  if (recipe === '') throw new UsageError('--recipe needs a value.')
  const [prompt] = parsed.positionals
  const live = liveOf(parsed.values)
  if (
    parsed.positionals.length > 1 ||
    (prompt === undefined && recipe === undefined && live?.prompts === undefined)
  )
    throw new UsageError(
      `One prompt is needed, in quotation marks; ${parsed.positionals.length} were given.\n${USAGE}`,
    )
  if (typeof out !== 'string' || out === '')
    throw new UsageError(`--out must name the file to write.\n${USAGE}`)
  const input: Partial<Record<SettingName, unknown>> = { ...(prompt !== undefined && { prompt }) }
  for (const name of flagNames) {
    const value = values[name]
    // An empty field of the form means the default; an empty option is a mistake.
    if (value === '' && name !== 'negative') throw new UsageError(`--${name} needs a value.`)
    if (value !== undefined) input[SETTING_FLAGS[name]] = value
  }
  const {
    model: models = ['mini'],
    lora: loras = [],
    image,
    upscaler,
    weights,
    memory,
    activations,
  } = parsed.values
  if (models.includes('')) throw new UsageError('--model needs a value.')
  if (loras.includes('')) throw new UsageError('--lora needs a value.')
  if (image === '') throw new UsageError('--image needs a value.')
  const lastImage = parsed.values['last-image']
  if (lastImage === '') throw new UsageError('--last-image needs a value.')
  const { continue: continueFrom, 'keep-end': keepEnd, 'hold-colours': holdsColours = false } = parsed.values
  if (continueFrom === '') throw new UsageError('--continue needs a value.')
  if (keepEnd === '') throw new UsageError('--keep-end needs a value.')
  if (holdsColours && continueFrom === undefined)
    throw new UsageError('--hold-colours works only with --continue, which names the earlier clip.')
  if (upscaler === '') throw new UsageError('--upscaler needs a value.')
  const control = readControlArguments(parsed.values)
  const choices = {
    ...(weights !== undefined && { weights }),
    ...(memory !== undefined && { memory }),
    ...(activations !== undefined && { activations }),
  }
  try {
    readChoices(choices)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
  return {
    input,
    out: resolve(out),
    ...(image !== undefined && { image }),
    ...(lastImage !== undefined && { lastImage }),
    ...(continueFrom !== undefined && { continueFrom: resolve(continueFrom) }),
    ...(keepEnd !== undefined && { keepEnd: resolve(keepEnd) }),
    holdsColours,
    ...(upscaler !== undefined && { upscaler }),
    loras,
    ...(control && { control }),
    ...(recipe !== undefined && { recipe: resolve(recipe) }),
    models,
    ...(live && { live }),
    choices,
    json: json === true,
  }
}

/** @throws UsageError where options of a film are given without `--live`, or wrong */
function liveOf(values: {
  live?: boolean
  seconds?: string
  prompts?: string
  'film-cache'?: string
}): LiveArguments | undefined {
  const { live = false, seconds, prompts, 'film-cache': cache } = values
  if (!live) {
    const stray = (['seconds', 'prompts', 'film-cache'] as const).find((name) => values[name] !== undefined)
    if (stray) throw new UsageError(`--${stray} works only for a live film: add --live.`)
    return undefined
  }
  const length = seconds === undefined ? Number.NaN : readNumberText(seconds)
  if (!(length > 0))
    throw new UsageError(
      `--live needs --seconds, the length of the film, as in --seconds 10; ${seconds === undefined ? 'none was given' : `"${seconds}" is not a length`}.`,
    )
  if (prompts === '') throw new UsageError('--prompts needs a value.')
  const format = cache === undefined ? undefined : FILM_CACHES.find((each) => each === cache)
  if (cache !== undefined && format === undefined)
    throw new UsageError(`--film-cache must be one of ${FILM_CACHES.join(', ')}; "${cache}" is none of them.`)
  return {
    seconds: length,
    ...(prompts !== undefined && { prompts: resolve(prompts) }),
    ...(format && { cache: format }),
  }
}

import { parseArgs } from 'node:util'
import { HelpWanted, UsageError } from '../usage-error'
import { MIXES, type Mix } from './layouts'
import type { DitNaming } from './names'
import { MODELS, scaledSizes, type ModelName, type ModelSizes } from './sizes'

const PARTS = ['dit', 'umt5', 'vae', 'clip', 'tokenizer'] as const
export type Part = (typeof PARTS)[number]

/** Of VACE alone: the official file of two types, and a module beside text to video. */
const VACE_FORMATS = ['safetensors-mixed', 'module-bf16'] as const
export type DitFormat =
  'safetensors-f16' | 'shards-f16' | 'generator-f16' | `gguf-${Mix}` | (typeof VACE_FORMATS)[number]
const DIT_FORMATS: readonly DitFormat[] = [
  'gguf-q8_0',
  'safetensors-f16',
  'shards-f16',
  'generator-f16',
  'gguf-q5_k_m',
  'gguf-q4_k_m',
  ...VACE_FORMATS,
]
const UMT5_FORMATS: readonly `gguf-${Mix}`[] = ['gguf-q4_k_m', 'gguf-q5_k_m', 'gguf-q8_0']
export type VaeFormat = 'safetensors' | 'pth' | 'diffusers'
const VAE_FORMATS: readonly VaeFormat[] = ['safetensors', 'pth', 'diffusers']
const NAMINGS: readonly DitNaming[] = ['original', 'comfyui', 'diffusers']

const USAGE = `Usage: npm run synthesize -- --model NAME --out FOLDER [--scale N --only PARTS --dit FORMATS --umt5 FORMAT --vae FORMAT --names NAMING --threads N]
  --model    ${Object.keys(MODELS).join(', ')}
  --scale    divides widths, layers and vocabulary (1)
  --only     some of ${PARTS.join(',')} (all that the model has)
  --dit      one or more of ${DIT_FORMATS.join(',')} (the first two); shards are the official files, generator is Self-Forcing's checkpoint, ${VACE_FORMATS.join(' and ')} VACE's; each of several gets a folder of its own
  --umt5     ${UMT5_FORMATS.join(', ')} (the first)
  --vae      ${VAE_FORMATS.join(', ')} (the first): ComfyUI's file, the official one or diffusers'
  --names    of the tensors of a safetensors DiT: ${NAMINGS.join(', ')} (the first)
  --threads  (2)`

export interface SynthesizeArguments {
  readonly model: ModelName
  readonly sizes: ModelSizes
  readonly out: string
  readonly parts: readonly Part[]
  readonly dit: readonly DitFormat[]
  readonly umt5: `gguf-${Mix}`
  readonly vae: VaeFormat
  readonly names: DitNaming
  readonly threads: number
}

export function mixOf(format: `gguf-${Mix}`): Mix {
  return (Object.keys(MIXES) as Mix[]).find((mix) => format === `gguf-${mix}`)!
}

function oneOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === text)
  if (found !== undefined) return found
  throw new UsageError(`--${flag} must be one of ${allowed.join(', ')}; "${text}" is none of them.`)
}

function someOf<T extends string>(flag: string, text: string, allowed: readonly T[]): T[] {
  return [...new Set(text.split(',').map((each) => oneOf(flag, each.trim(), allowed)))]
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= least && value <= most) return value
  throw new UsageError(`--${flag} must be a whole number from ${least} to ${most}; "${text}" is not.`)
}

/** @throws UsageError | HelpWanted */
export function readArguments(args: readonly string[]): SynthesizeArguments {
  const text = { type: 'string' } as const
  let parsed
  try {
    const options = {
      model: text,
      out: text,
      scale: text,
      only: text,
      dit: text,
      umt5: text,
      vae: text,
      names: text,
      threads: text,
      help: { type: 'boolean' },
    } as const
    parsed = parseArgs({ args: [...args], options, strict: true }).values
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  }
  if (parsed.help) throw new HelpWanted(USAGE)
  const {
    model,
    out,
    scale = '1',
    only,
    dit = DIT_FORMATS.slice(0, 2).join(),
    umt5 = UMT5_FORMATS[0]!,
    vae = VAE_FORMATS[0]!,
    names = NAMINGS[0]!,
    threads = '2',
  } = parsed
  const name = (Object.keys(MODELS) as ModelName[]).find((each) => each === model)
  if (name === undefined)
    throw new UsageError(
      `--model must be one of ${Object.keys(MODELS).join(', ')}; ${model === undefined ? 'none was given' : `"${model}" is none of them`}.\n${USAGE}`,
    )
  if (!out) throw new UsageError(`--out must name a folder.\n${USAGE}`)
  const sizes: ModelSizes = MODELS[name]
  const has = PARTS.filter((part) => part !== 'clip' || sizes.clip !== undefined)
  return {
    model: name,
    out,
    sizes: scaledSizes(sizes, whole('scale', scale, 1, 64)),
    parts: only === undefined ? has : someOf('only', only, has),
    dit: someOf(
      'dit',
      dit,
      DIT_FORMATS.filter(
        (format) => sizes.dit.vace !== undefined || !VACE_FORMATS.some((own) => own === format),
      ),
    ),
    umt5: oneOf('umt5', umt5, UMT5_FORMATS),
    vae: oneOf('vae', vae, VAE_FORMATS),
    names: oneOf('names', names, NAMINGS),
    threads: whole('threads', threads, 0, 64),
  }
}

// What a LoRA's file says of itself at its beginning: whether it is one, and the words that call it.
import { isObject } from '../kept'

export interface LoraHeader {
  readonly isLora: boolean
  /** Words for the prompt, of the file's metadata. */
  readonly triggers: readonly string[]
}

const MOST_HEADER = 16 << 20
const MOST_TRIGGERS = 8
const LONGEST_TRIGGER = 80
const WEIGHTS = /\.(safetensors|sft|pt|pth|bin|ckpt)$/i
const PART = /lora|lokr_w|hada_w|dora_scale|\.diff(_b|_m)?$/i

/** Names under which trainers and sites write them. */
const TRIGGERS = [
  'modelspec.trigger_phrase',
  'trigger_words',
  'trigger_word',
  'trigger',
  'ss_trigger_words',
  'activation text',
] as const

function words(text: string): string[] {
  let list: unknown = text
  try {
    list = JSON.parse(text)
  } catch {
    // Plain text, with commas.
  }
  const parts = Array.isArray(list) ? (list as readonly unknown[]) : text.split(/[,\n]/)
  return parts.flatMap((part) => {
    const word = typeof part === 'string' ? part.replace(/[\p{C}\s]+/gu, ' ').trim() : ''
    return word === '' || word.length > LONGEST_TRIGGER ? [] : [word]
  })
}

function triggersIn(metadata: unknown): string[] {
  if (!isObject(metadata)) return []
  const found = TRIGGERS.flatMap((name) => {
    const text = metadata[name]
    return typeof text === 'string' ? words(text) : []
  })
  return [...new Set(found)].slice(0, MOST_TRIGGERS)
}

/** Reads the header of safetensors. Of other files it knows what the name says. */
export async function readLoraHeader({
  name,
  file,
}: {
  readonly name: string
  readonly file: Blob
}): Promise<LoraHeader> {
  const byName = { isLora: WEIGHTS.test(name) && /lora|lokr|loha/i.test(name), triggers: [] }
  if (!/\.(safetensors|sft)$/i.test(name)) return byName
  try {
    const length = Number(new DataView(await file.slice(0, 8).arrayBuffer()).getBigUint64(0, true))
    if (length < 2 || length > Math.min(MOST_HEADER, file.size - 8)) return byName
    const header: unknown = JSON.parse(await file.slice(8, 8 + length).text())
    if (!isObject(header)) return byName
    const isLora = Object.keys(header).some((key) => PART.test(key))
    return { isLora, triggers: triggersIn(header['__metadata__']) }
  } catch {
    return byName
  }
}

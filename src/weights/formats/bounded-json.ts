// JSON from strangers: its size, depth and number of values are known before any of it is parsed.
import { WeightsError } from '../error'
import type { ByteSource } from '../sources/byte-source'
import { duplicateKey } from './json-keys'

export interface JsonLimits {
  /** Of the text. */
  readonly bytes: number
  /** Objects and lists in each other. */
  readonly depth: number
  /** Objects and lists together; each takes some fifty bytes of memory. */
  readonly containers: number
  /** Values in all of them. */
  readonly values: number
}

/** The problem as the rest of a sentence; must throw. */
export type Fail = (problem: string) => never

/** Memory that JSON takes is so bounded by four times the text, or by 16 MiB. */
const FEW = 250_000
const BYTES_A_CONTAINER = 16

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** Scans the text once, and leaves errors of syntax to the parser. */
function checkBounds(
  bytes: Uint8Array,
  { depth: deepest, containers: most, values }: JsonLimits,
  what: string,
  fail: Fail,
): void {
  const fitting = Math.min(most, Math.max(FEW, bytes.length / BYTES_A_CONTAINER))
  let depth = 0
  let containers = 0
  let separators = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]!
    if (byte === QUOTE) {
      for (i++; i < bytes.length && bytes[i] !== QUOTE; i++) if (bytes[i] === BACKSLASH) i++
    } else if (byte === 0x7b || byte === 0x5b) {
      if (++depth > deepest) fail(`${what} nests more than ${deepest} objects and lists`)
      if (++containers > fitting) fail(`${what} has more than ${Math.floor(fitting)} objects and lists`)
    } else if (byte === 0x7d || byte === 0x5d) depth--
    else if (byte === 0x2c && ++separators > values) fail(`${what} has more than ${values} values`)
  }
}

/**
 * The value of a JSON text in UTF-8, in which no object has a key twice.
 * @param what the text is called in a sentence: "it", "its header"
 */
export function parseBoundedJson(bytes: Uint8Array, limits: JsonLimits, what: string, fail: Fail): unknown {
  if (bytes.length > limits.bytes)
    return fail(`${what} has ${bytes.length} bytes; the most allowed is ${limits.bytes}`)
  checkBounds(bytes, limits, what, fail)
  let text = ''
  let value: unknown
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    value = JSON.parse(text)
  } catch (error) {
    return fail(
      `${what} is not JSON in UTF-8 (${bytes.length} bytes; ${error instanceof Error ? error.message : String(error)})`,
    )
  }
  const twice = duplicateKey(text)
  return twice === undefined ? value : fail(`${what} has the key ${showText(twice)} twice`)
}

/**
 * A whole JSON file.
 * @param advice what to do where it is none: "Choose a folder with a model."
 */
export async function readBoundedJson(
  source: ByteSource,
  limits: JsonLimits,
  advice: string,
): Promise<unknown> {
  const { name, size } = source
  const fail: Fail = (problem) => {
    throw new WeightsError(name, `${problem}. ${advice}`)
  }
  if (size > limits.bytes) return fail(`${name} has ${size} bytes; the most allowed is ${limits.bytes}`)
  return parseBoundedJson(await source.read(0, size), limits, name, fail)
}

/** A text from a file in quotes, short enough for a sentence. */
export function showText(text: string): string {
  return text.length > 60 ? `${JSON.stringify(text.slice(0, 60)).slice(0, -1)}…"` : JSON.stringify(text)
}

/** A value from a file, short enough for a sentence; a large one is not written out first. */
export function showValue(value: unknown): string {
  if (typeof value === 'string') return showText(value)
  if (Array.isArray(value))
    return value.length > 8
      ? `a list of ${value.length}`
      : `[${value.map(showValue).join(', ')}]`.slice(0, 80)
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

// safetensors: u64 header length, a JSON header, then the tensors' bytes without gaps. As strict as the reference
// implementation.
import type { ByteSource } from '../sources/byte-source'
import { DTYPE_BITS, isFileDType, type FileDType } from '../dtype'
import { WeightsError } from '../error'
import { parseBoundedJson, showText, showValue, type Fail, type JsonLimits } from './bounded-json'
import {
  MAX_NAME,
  MAX_RANK,
  showShape,
  tensorBytes,
  weightFile,
  type TensorEntry,
  type WeightFile,
} from '../weight-file'

const METADATA = '__metadata__'
/** Wan has 1,300 tensors at most, in 0.2 MB. */
const HEADER: JsonLimits = { bytes: 16 << 20, depth: 3, containers: 150_000, values: 1_000_000 }

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function parseHeader(bytes: Uint8Array, fail: Fail): Record<string, unknown> {
  if (bytes[0] !== 0x7b) fail(`its header starts with byte ${bytes[0] ?? 'none'} and must start with "{"`)
  const header = parseBoundedJson(bytes, HEADER, 'its header', fail)
  return isRecord(header) ? header : fail('its header is not a JSON object')
}

function parseMetadata(value: unknown, fail: Fail): Record<string, string> {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) return fail(`its ${METADATA} is not an object of strings`)
  const metadata: Record<string, string> = {}
  for (const [key, text] of Object.entries(value)) {
    if (typeof text !== 'string') return fail(`its ${METADATA} has for ${showText(key)} no string`)
    Object.defineProperty(metadata, key, { value: text, enumerable: true }) // a key may be "__proto__"
  }
  return metadata
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0)
}

/** `dataStart`: position of the tensors' bytes in the file. */
function parseEntry(name: string, value: unknown, dataStart: number, fail: Fail): TensorEntry {
  if (name.length > MAX_NAME)
    return fail(`a tensor's name has ${name.length} characters; the most allowed is ${MAX_NAME}`)
  if (!isRecord(value)) return fail(`tensor ${name} is not described by an object`)
  const { dtype, shape, data_offsets: offsets } = value
  if (!isFileDType(dtype))
    return fail(
      `tensor ${name} has the type ${showValue(dtype)}, which is not one of ${Object.keys(DTYPE_BITS).join(', ')}`,
    )
  if (!isSizes(shape))
    return fail(`tensor ${name} has the shape ${showValue(shape)} and must have a list of whole numbers`)
  if (shape.length > MAX_RANK)
    return fail(`tensor ${name} has ${shape.length} dimensions; the most allowed is ${MAX_RANK}`)
  if (!isSizes(offsets) || offsets.length !== 2)
    return fail(`tensor ${name} has the offsets ${showValue(offsets)} and must have two whole numbers`)
  const [begin, end] = offsets as [number, number]
  if (end < begin) fail(`tensor ${name} ends at byte ${end}, before it begins at ${begin}`)
  let bits: number = DTYPE_BITS[dtype]
  for (const dim of shape) {
    bits *= dim
    if (bits > Number.MAX_SAFE_INTEGER)
      fail(`tensor ${name} has the shape ${showShape(shape)}, which is more than can be counted`)
  }
  if (bits !== (end - begin) * 8) {
    fail(`tensor ${name} spans ${end - begin} bytes and must span ${bits / 8} (${dtype} ${showShape(shape)})`)
  }
  return { name, dtype, shape, offset: dataStart + begin, byteLength: end - begin }
}

/** Throws unless the tensors cover the data of the file from its first byte to its last, without gap or overlap. */
function checkLayout(entries: readonly TensorEntry[], dataStart: number, size: number, fail: Fail): void {
  const ordered = [...entries].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)
  let end = dataStart
  for (const { name, offset, byteLength } of ordered) {
    if (offset !== end) {
      fail(
        `tensor ${name} begins at byte ${offset - dataStart} of the data and must begin at ${end - dataStart}, where the one before it ends`,
      )
    }
    end = offset + byteLength
  }
  if (end !== size)
    fail(`it has ${size} bytes and must have ${end}, where its last tensor ends; it may be cut off`)
}

/** Reads and checks only the header. Rejects with `WeightsError`, a sentence with file, tensor, found and needed. */
export async function openSafetensors(source: ByteSource): Promise<WeightFile> {
  const fail: Fail = (problem) => {
    throw new WeightsError(source.name, `${source.name} is not a sound safetensors file: ${problem}.`)
  }
  if (source.size < 8) fail(`it has ${source.size} bytes and must have 8 or more`)
  const first = await source.read(0, 8)
  const declared = new DataView(first.buffer, first.byteOffset).getBigUint64(0, true)
  if (declared > BigInt(HEADER.bytes))
    fail(`its header claims ${declared} bytes; the most allowed is ${HEADER.bytes}`)
  const dataStart = 8 + Number(declared)
  if (dataStart > source.size)
    fail(`its header claims ${declared} bytes, and the file has ${source.size - 8} after the length`)

  const header = parseHeader(await source.read(8, Number(declared)), fail)
  const metadata = parseMetadata(header[METADATA], fail)
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => parseEntry(name, value, dataStart, fail))
  checkLayout(entries, dataStart, source.size, fail)
  const tensors = new Map(entries.map((entry) => [entry.name, entry]))
  return weightFile(source.name, metadata, tensors, (entry, offset, length) =>
    source.read(entry.offset + offset, length),
  )
}

export interface TensorHeader {
  readonly name: string
  readonly dtype: FileDType
  readonly shape: readonly number[]
}

/**
 * Writes everything before the first tensor's bytes, which must follow in the order of `tensors`. Padded with spaces
 * to 8.
 */
export function safetensorsHeader(
  tensors: readonly TensorHeader[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  let end = 0
  const entries = tensors.map(({ name, dtype, shape }) => {
    const begin = end
    end += tensorBytes(dtype, shape)
    return [name, { dtype, shape, data_offsets: [begin, end] }] as const
  })
  if (new Set(tensors.map(({ name }) => name)).size !== tensors.length)
    throw new RangeError('Two tensors have the same name.')
  const described = Object.keys(metadata).length > 0 ? [[METADATA, metadata] as const, ...entries] : entries
  // Built by hand, because an object literal would move names like "12" to the front, and lose "__proto__".
  const json = `{${described.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(',')}}`
  const text = new TextEncoder().encode(json)
  const length = Math.ceil(text.length / 8) * 8
  const header = new Uint8Array(8 + length).fill(0x20, 8)
  new DataView(header.buffer).setBigUint64(0, BigInt(length), true)
  header.set(text, 8)
  return header
}

/** Writes a whole file in memory. Throws `RangeError` where a tensor's bytes do not fit its shape. */
export function writeSafetensors(
  tensors: readonly (TensorHeader & { readonly bytes: Uint8Array })[],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const header = safetensorsHeader(tensors, metadata)
  const file = new Uint8Array(tensors.reduce((size, { bytes }) => size + bytes.byteLength, header.length))
  file.set(header)
  let offset = header.length
  for (const { name, dtype, shape, bytes } of tensors) {
    const needed = tensorBytes(dtype, shape)
    if (bytes.byteLength !== needed)
      throw new RangeError(`Tensor ${name} has ${bytes.byteLength} bytes and needs ${needed}.`)
    file.set(bytes, offset)
    offset += bytes.byteLength
  }
  return file
}

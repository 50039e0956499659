// GGUF versions 2 and 3: magic, counts, metadata, tensor entries, then aligned data.
import type { ByteSource } from '../sources/byte-source'
import { WeightsError } from '../error'
import { readTensorEntries, readValues, type GgufTensor, type GgufValue } from './gguf-header'
import { readNumber, VALUE_BYTES } from './gguf-types'
import { RangeReader } from '../sources/range-reader'
import { elementCount, showShape, weightFile, type TensorEntry, type WeightFile } from '../weight-file'

export const GGUF_MAGIC = 0x46554747

/** The vocabulary of umT5 makes a header of 6 MB. */
const MAX_HEADER = 100_000_000
const MAX_ALIGNMENT = 1 << 20
const ORIGINAL_SHAPE = 'comfy.gguf.orig_shape.'

type Fail = (problem: string) => never

/** A `WeightFile` whose `metadata` has the numbers and short strings; arrays and long strings are read on demand. */
export interface GgufFile extends WeightFile {
  readonly values: ReadonlyMap<string, GgufValue>
  /** A string, however long. Rejects with `WeightsError` where `key` has none. */
  text(key: string): Promise<string>
  /** An array of strings. Rejects with `WeightsError` where `key` has none. */
  strings(key: string): Promise<string[]>
  /** An array of numbers (true is 1). Rejects with `WeightsError` where `key` has none. */
  numbers(key: string): Promise<number[]>
}

export function isGguf(file: WeightFile): file is GgufFile {
  return 'strings' in file && 'numbers' in file
}

function alignmentOf(values: ReadonlyMap<string, GgufValue>, fail: Fail): number {
  const found = values.get('general.alignment')
  if (found === undefined) return 32
  const value = found.kind === 'scalar' ? found.value : undefined
  if (typeof value === 'number' && value >= 1 && value <= MAX_ALIGNMENT && Number.isInteger(Math.log2(value)))
    return value
  return fail(
    `its general.alignment is ${String(value ?? found.kind)} and must be a power of two up to ${MAX_ALIGNMENT}`,
  )
}

/** Throws unless every tensor begins aligned and lies inside the file, and no two share a byte. */
function checkPlaces(
  tensors: readonly GgufTensor[],
  alignment: number,
  dataStart: number,
  size: number,
  fail: Fail,
): void {
  let last: GgufTensor | undefined
  for (const tensor of [...tensors].sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength)) {
    const { name, offset, byteLength } = tensor
    if (offset % alignment !== 0)
      fail(`tensor ${name} begins at byte ${offset} of the data, which is not a multiple of ${alignment}`)
    if (offset + byteLength > size - dataStart) {
      fail(
        `tensor ${name} ends at byte ${offset + byteLength} of the data, and the file has ${Math.max(0, size - dataStart)} after its header; it may be cut off`,
      )
    }
    if (last && offset < last.offset + last.byteLength)
      fail(
        `tensor ${name} begins at byte ${offset} of the data, inside tensor ${last.name}, which ends at ${last.offset + last.byteLength}`,
      )
    if (byteLength > 0) last = tensor
  }
}

function metadataOf(values: ReadonlyMap<string, GgufValue>): Record<string, string> {
  const metadata: Record<string, string> = {}
  for (const [key, value] of values) {
    if (value.kind === 'scalar')
      Object.defineProperty(metadata, key, { value: String(value.value), enumerable: true }) // a key may be "__proto__"
  }
  return metadata
}

/** Reads `count` strings, each a u64 length and its bytes; `undefined` where `bytes` contain anything else. */
function splitStrings(bytes: Uint8Array, count: number): string[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const strings: string[] = []
  let at = 0
  while (strings.length < count && at + 8 <= bytes.length) {
    const length = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32
    if (length > bytes.length - at - 8) return undefined
    strings.push(decoder.decode(bytes.subarray(at + 8, at + 8 + length)))
    at += 8 + length
  }
  return strings.length === count && at === bytes.length ? strings : undefined
}

/** The values that are read on demand, from the directory of all. */
function valueReaders(
  source: ByteSource,
  values: ReadonlyMap<string, GgufValue>,
): Pick<GgufFile, 'text' | 'strings' | 'numbers'> {
  const refuse = (key: string, needed: string): never => {
    const found = values.get(key)
    const shown =
      found === undefined
        ? 'missing'
        : found.kind === 'array'
          ? `an array of ${found.elements}`
          : found.kind === 'text'
            ? 'a string'
            : `a ${typeof found.value}`
    throw new WeightsError(
      source.name,
      `${source.name}: the metadata value ${key} is ${shown} and must be ${needed}. Choose a file that has it.`,
    )
  }
  return {
    async text(key) {
      const found = values.get(key)
      if (found?.kind === 'text')
        return new TextDecoder('utf-8', { ignoreBOM: true }).decode(
          await source.read(found.offset, found.byteLength),
        )
      return found?.kind === 'scalar' && typeof found.value === 'string'
        ? found.value
        : refuse(key, 'a string')
    },
    async strings(key) {
      const found = values.get(key)
      if (found?.kind !== 'array' || found.elements !== 'string') return refuse(key, 'an array of strings')
      const strings = splitStrings(await source.read(found.offset, found.byteLength), found.count)
      if (strings) return strings
      throw new WeightsError(
        source.name,
        `${source.name}: the strings of ${key} are others than when the file was opened; it changed while it was read. Choose it again.`,
      )
    },
    async numbers(key) {
      const found = values.get(key)
      if (found?.kind !== 'array' || found.elements === 'string' || found.elements === 'array')
        return refuse(key, 'an array of numbers')
      const { elements: type } = found
      const bytes = await source.read(found.offset, found.byteLength)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      return Array.from({ length: found.count }, (_, i) =>
        Number(readNumber(view, i * VALUE_BYTES[type], type)),
      )
    },
  }
}

/** ComfyUI's converter stores some tensors in another shape, and the original one in the metadata. */
async function originalShape(
  tensor: GgufTensor,
  values: ReadonlyMap<string, GgufValue>,
  numbers: GgufFile['numbers'],
  fail: Fail,
): Promise<readonly number[]> {
  const found = values.get(ORIGINAL_SHAPE + tensor.name)
  if (found === undefined) return tensor.shape
  const shape = found.kind === 'array' && found.count <= 8 ? await numbers(ORIGINAL_SHAPE + tensor.name) : []
  const sound = shape.every((dim) => Number.isSafeInteger(dim) && dim >= 0)
  if (!sound || elementCount(shape) !== elementCount(tensor.shape)) {
    fail(
      `tensor ${tensor.name} has the shape ${showShape(tensor.shape)}, and its ${ORIGINAL_SHAPE}… is ${showShape(shape)}, of another count`,
    )
  }
  return shape
}

/**
 * Reads and checks only the header, by ranges. Rejects with `WeightsError`, a sentence with file, tensor, found and
 * needed.
 */
export async function openGguf(source: ByteSource): Promise<GgufFile> {
  const { name, size } = source
  const fail: Fail = (problem) => {
    throw new WeightsError(name, `${name} is not a sound GGUF file: ${problem}.`)
  }
  const reader = new RangeReader(source, 0, Math.min(size, MAX_HEADER), fail)
  const magic = await reader.u32('its magic')
  if (magic !== GGUF_MAGIC) fail(`it begins with 0x${magic.toString(16)} and must begin with "GGUF"`)
  const version = await reader.u32('its version')
  if (version >= 0x1000000)
    fail('it is big-endian, which Zoetrope does not read; choose the little-endian file')
  if (version !== 2 && version !== 3) fail(`it has the version ${version}; versions 2 and 3 are read`)
  const tensorCount = await reader.count('the number of tensors')
  const valueCount = await reader.count('the number of metadata values')
  const values = await readValues(reader, valueCount, fail)
  const parts = values.get('split.count')
  if (parts?.kind === 'scalar' && Number(parts.value) > 1)
    fail(`it is one of ${String(parts.value)} parts; join them with gguf-split --merge first`)
  const alignment = alignmentOf(values, fail)
  const tensors = await readTensorEntries(reader, tensorCount, fail)
  const dataStart = Math.ceil(reader.position / alignment) * alignment
  checkPlaces(tensors, alignment, dataStart, size, fail)

  const readers = valueReaders(source, values)
  const entries = new Map<string, TensorEntry>()
  for (const tensor of tensors) {
    const shape = await originalShape(tensor, values, readers.numbers, fail)
    entries.set(tensor.name, { ...tensor, shape, offset: dataStart + tensor.offset })
  }
  const file = weightFile(name, metadataOf(values), entries, (entry, offset, length) =>
    source.read(entry.offset + offset, length),
  )
  return { ...file, values, ...readers }
}

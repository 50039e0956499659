// Reads everything of a GGUF file before its tensors: key-value pairs, of which long ones stay in the file, and
// tensor entries.
import { BLOCK_TYPES, isBlockDType } from '../quant/block-types'
import {
  READ_TENSOR_TYPES,
  readNumber,
  tensorType,
  unreadTypeName,
  VALUE_BYTES,
  valueType,
  type NumberType,
  type ValueType,
} from './gguf-types'
import type { RangeReader } from '../sources/range-reader'
import { MAX_NAME, showShape, tensorBytes, type TensorDType } from '../weight-file'

const MAX_KEY = 65535 // as the format says
const MAX_DEPTH = 4
const MAX_COUNT = 100_000
/** ggml has four; Wan's patch embedding is stored with five. */
const MAX_DIMS = 5
/** Most bytes of a string that is read with the header; longer ones stay in the file. */
const MAX_EAGER = 65536

export type GgufValue =
  | { readonly kind: 'scalar'; readonly value: number | bigint | boolean | string }
  /** A long string, by its bytes in the file. */
  | { readonly kind: 'text'; readonly offset: number; readonly byteLength: number }
  | {
      readonly kind: 'array'
      readonly elements: ValueType
      readonly count: number
      readonly offset: number
      readonly byteLength: number
    }

/** A tensor whose bytes begin at `offset` of the data, which begins after the header. */
export interface GgufTensor {
  readonly name: string
  readonly dtype: TensorDType
  /** Slowest dimension first, as in PyTorch: the reverse of the file's order. */
  readonly shape: readonly number[]
  readonly offset: number
  readonly byteLength: number
}

type Fail = (problem: string) => never

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

async function shortText(reader: RangeReader, most: number, what: string, fail: Fail): Promise<string> {
  const length = await reader.count(`the length of ${what}`)
  if (length > most) fail(`${what} has ${length} bytes; the most allowed is ${most}`)
  const view = await reader.take(length, what)
  try {
    return strict.decode(view)
  } catch {
    return fail(`${what} is not UTF-8`)
  }
}

async function typeOf(reader: RangeReader, what: string, fail: Fail): Promise<ValueType> {
  const id = await reader.u32(`the type of ${what}`)
  return valueType(id) ?? fail(`${what} has the value type ${id}, which is not one of GGUF's 0 to 12`)
}

/** Skips an array without keeping its elements. `inner` counts the arrays in it, at any depth. */
async function skipArray(
  reader: RangeReader,
  key: string,
  depth: number,
  inner: { count: number },
  fail: Fail,
): Promise<GgufValue> {
  if (depth > MAX_DEPTH) fail(`${key} holds arrays more than ${MAX_DEPTH} deep`)
  const elements = await typeOf(reader, `the elements of ${key}`, fail)
  const count = await reader.count(`the length of ${key}`)
  const offset = reader.position
  if (elements === 'string') await reader.skipStrings(count, key)
  else if (elements === 'array') {
    inner.count += count
    if (inner.count > MAX_COUNT) fail(`${key} holds ${inner.count} arrays; the most allowed is ${MAX_COUNT}`)
    for (let i = 0; i < count; i++) await skipArray(reader, key, depth + 1, inner, fail)
  } else reader.skip(count * VALUE_BYTES[elements], `the ${count} elements of ${key}`)
  return { kind: 'array', elements, count, offset, byteLength: reader.position - offset }
}

async function scalar(reader: RangeReader, type: NumberType, key: string, fail: Fail): Promise<GgufValue> {
  const view = await reader.take(VALUE_BYTES[type], key)
  if (type === 'bool' && view.getUint8(0) > 1)
    fail(`${key} is the byte ${view.getUint8(0)} and must be true (1) or false (0)`)
  return { kind: 'scalar', value: readNumber(view, 0, type) }
}

async function readValue(reader: RangeReader, key: string, fail: Fail): Promise<GgufValue> {
  const type = await typeOf(reader, key, fail)
  if (type === 'array') return skipArray(reader, key, 1, { count: 0 }, fail)
  if (type !== 'string') return scalar(reader, type, key, fail)
  const byteLength = await reader.count(`the length of ${key}`)
  const offset = reader.position
  if (byteLength > MAX_EAGER) {
    reader.skip(byteLength, key)
    return { kind: 'text', offset, byteLength }
  }
  return {
    kind: 'scalar',
    value: new TextDecoder('utf-8', { ignoreBOM: true }).decode(await reader.take(byteLength, key)),
  }
}

/** Throws where `count` items of at least `bytes` bytes do not fit the rest of the file. */
function checkCount(reader: RangeReader, count: number, bytes: number, what: string, fail: Fail): void {
  if (count > MAX_COUNT) fail(`it claims ${count} ${what}; the most allowed is ${MAX_COUNT}`)
  reader.check(count * bytes, `the list of its ${count} ${what}`)
}

/** Reads the key-value pairs, `count` by the file's claim. */
export async function readValues(
  reader: RangeReader,
  count: number,
  fail: Fail,
): Promise<Map<string, GgufValue>> {
  checkCount(reader, count, 13, 'metadata values', fail)
  const values = new Map<string, GgufValue>()
  for (let i = 0; i < count; i++) {
    const key = await shortText(reader, MAX_KEY, `metadata key ${i}`, fail)
    if (values.has(key)) fail(`it has the metadata key ${JSON.stringify(key)} twice`)
    values.set(key, await readValue(reader, key, fail))
  }
  return values
}

async function readTensorEntry(reader: RangeReader, index: number, fail: Fail): Promise<GgufTensor> {
  const name = await shortText(reader, MAX_NAME, `the name of tensor ${index}`, fail)
  const what = `tensor ${name}`
  const rank = await reader.u32(`the rank of ${what}`)
  if (rank > MAX_DIMS) fail(`${what} has ${rank} dimensions; the most allowed is ${MAX_DIMS}`)
  const shape: number[] = []
  for (let axis = 0; axis < rank; axis++) shape.unshift(await reader.count(`dimension ${axis} of ${what}`))
  let product = 1
  for (const dim of shape) {
    product *= dim
    if (product > Number.MAX_SAFE_INTEGER / 64)
      fail(`${what} has the shape ${showShape(shape)}, which is more than can be counted`)
  }
  const id = await reader.u32(`the type of ${what}`)
  const dtype = tensorType(id)
  if (dtype === undefined) {
    return fail(
      `${what} has the type ${unreadTypeName(id)}, which Zoetrope does not read (it reads ${READ_TENSOR_TYPES}); choose another quantisation of this model`,
    )
  }
  const inner = shape.at(-1) ?? 1
  if (isBlockDType(dtype) && inner % BLOCK_TYPES[dtype].elements !== 0) {
    fail(
      `${what} has rows of ${inner} elements, and ${dtype} needs a multiple of ${BLOCK_TYPES[dtype].elements}`,
    )
  }
  const offset = await reader.count(`the offset of ${what}`)
  return { name, dtype, shape, offset, byteLength: tensorBytes(dtype, shape) }
}

/** Reads the tensor entries, `count` by the file's claim. */
export async function readTensorEntries(
  reader: RangeReader,
  count: number,
  fail: Fail,
): Promise<GgufTensor[]> {
  checkCount(reader, count, 24, 'tensors', fail)
  const tensors: GgufTensor[] = []
  const names = new Set<string>()
  for (let i = 0; i < count; i++) {
    const tensor = await readTensorEntry(reader, i, fail)
    if (names.has(tensor.name)) fail(`it has the tensor ${JSON.stringify(tensor.name)} twice`)
    names.add(tensor.name)
    tensors.push(tensor)
  }
  return tensors
}

// A file of named tensors, whatever its format: safetensors, GGUF, or weights made from a formula.
import { BLOCK_TYPES, isBlockDType, type BlockDType } from './quant/block-types'
import { dequantize } from './quant/dequantize'
import { checkRange } from './sources/byte-source'
import { decodeFloats, DTYPE_BITS, type FileDType } from './dtype'
import { WeightsError } from './error'

export type { FileDType }

/** Plain element types, and the quantised blocks of GGUF. */
export type TensorDType = FileDType | BlockDType

export interface TensorEntry {
  readonly name: string
  readonly dtype: TensorDType
  /** Slowest dimension first, as in PyTorch; `[]` for a scalar. */
  readonly shape: readonly number[]
  /** Bytes from the start of the file; in a PyTorch checkpoint from the start of the tensor's storage. */
  readonly offset: number
  readonly byteLength: number
}

/** Every method rejects with `WeightsError` for a tensor that is missing, or not readable in the requested form. */
export interface WeightFile {
  readonly name: string
  readonly metadata: Readonly<Record<string, string>>
  readonly tensors: ReadonlyMap<string, TensorEntry>
  /** The tensor's bytes as stored, or `length` of them from `offset` on. */
  bytes(tensor: string, offset?: number, length?: number): Promise<Uint8Array<ArrayBuffer>>
  /**
   * All elements as f32 in the order of the file, with dequantised blocks. I8 yields unscaled integers (see
   * `readTensor`).
   */
  floats(tensor: string): Promise<Float32Array<ArrayBuffer>>
  /**
   * Rows `[first, first + count)` of the first dimension as f32: `[count, ...shape.slice(1)]`. Reads only those
   * bytes.
   */
  rows(tensor: string, first: number, count: number): Promise<Float32Array<ArrayBuffer>>
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, dim) => product * dim, 1)
}

/** Bytes of a tensor; not an integer where its elements do not fill the last byte or block. */
export function tensorBytes(dtype: TensorDType, shape: readonly number[]): number {
  if (isBlockDType(dtype))
    return (elementCount(shape) / BLOCK_TYPES[dtype].elements) * BLOCK_TYPES[dtype].bytes
  return (elementCount(shape) * DTYPE_BITS[dtype]) / 8
}

/** Dimensions of a tensor, at most; no model has more than five. */
export const MAX_RANK = 16
/** Characters of a tensor's name, at most. */
export const MAX_NAME = 256

/** A tensor's name, for messages; of a long one the beginning. */
export function showName(name: string): string {
  return name.length <= 100 ? name : `${name.slice(0, 100)}…`
}

/** `[2, 3]`, for messages; of a long one the beginning. */
export function showShape(shape: readonly number[]): string {
  return shape.length <= MAX_RANK
    ? `[${shape.join(', ')}]`
    : `[${shape.slice(0, 4).join(', ')}, … ${shape.length} dimensions]`
}

function findTensor(file: WeightFile, name: string): TensorEntry {
  const entry = file.tensors.get(name)
  if (entry) return entry
  const few = [...file.tensors.keys()].slice(0, 3).join(', ')
  throw new WeightsError(
    file.name,
    `${file.name} has no tensor ${name}, which the model needs; it has ${file.tensors.size} others${few && ` (${few}, …)`}. Choose a file of this model.`,
  )
}

/** The entry of `name`; throws a sentence where it is missing, or has another shape than `shape` (if given). */
export function requireTensor(file: WeightFile, name: string, shape?: readonly number[]): TensorEntry {
  const entry = findTensor(file, name)
  if (
    shape &&
    (shape.length !== entry.shape.length || shape.some((dim, axis) => dim !== entry.shape[axis]))
  ) {
    throw new WeightsError(
      file.name,
      `${file.name}: tensor ${name} has the shape ${showShape(entry.shape)} and must have ${showShape(shape)}. The file belongs to another model or size.`,
    )
  }
  return entry
}

/** @throws WeightsError unless the tensor has `count` rows from `first` on */
export function checkRows(
  file: string,
  tensor: string,
  shape: readonly number[],
  first: number,
  count: number,
): void {
  const total = shape[0] ?? 0
  const areRows = Number.isInteger(first) && Number.isInteger(count) && first >= 0 && count >= 0
  if (!areRows || first + count > total)
    throw new WeightsError(
      file,
      `${file}: rows ${first} to ${first + count - 1} of tensor ${tensor} were asked for; it has ${total} (shape ${showShape(shape)}).`,
    )
}

/**
 * Makes a `WeightFile` of a directory of entries and a function that reads part of one: `read(entry,
 * byteOffsetInTensor, length)`.
 */
export function weightFile(
  name: string,
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, TensorEntry>,
  read: (entry: TensorEntry, offset: number, length: number) => Promise<Uint8Array<ArrayBuffer>>,
): WeightFile {
  const toFloats = (entry: TensorEntry, bytes: Uint8Array) => {
    const values = isBlockDType(entry.dtype)
      ? dequantize(bytes, entry.dtype)
      : decodeFloats(bytes, entry.dtype)
    if (values) return values
    throw new WeightsError(
      name,
      `${name}: tensor ${entry.name} has the type ${entry.dtype}, which Zoetrope does not read as numbers.`,
    )
  }
  const file: WeightFile = {
    name,
    metadata,
    tensors,
    async bytes(tensor, offset = 0, length) {
      const entry = findTensor(file, tensor)
      const count = length ?? entry.byteLength - offset
      checkRange(`tensor ${tensor} of ${name}`, entry.byteLength, offset, count)
      return read(entry, offset, count)
    },
    async floats(tensor) {
      return toFloats(findTensor(file, tensor), await file.bytes(tensor))
    },
    async rows(tensor, first, count) {
      const entry = findTensor(file, tensor)
      const rowElements = elementCount(entry.shape.slice(1))
      const unit = isBlockDType(entry.dtype)
        ? BLOCK_TYPES[entry.dtype]
        : { elements: 1, bytes: DTYPE_BITS[entry.dtype] / 8 }
      checkRows(name, tensor, entry.shape, first, count)
      // Rows need not begin with a block, so the blocks that contain them are read.
      const begin = Math.floor((first * rowElements) / unit.elements)
      const end = Math.ceil(((first + count) * rowElements) / unit.elements)
      const values = toFloats(entry, await read(entry, begin * unit.bytes, (end - begin) * unit.bytes))
      const skipped = first * rowElements - begin * unit.elements
      return values.subarray(skipped, skipped + count * rowElements)
    },
  }
  return file
}

/** The shape of a tensor with `rank` dimensions. */
export function shapeOf(file: WeightFile, name: string, rank: number): readonly number[] {
  const { shape } = requireTensor(file, name)
  if (shape.length === rank) return shape
  throw new WeightsError(
    file.name,
    `${file.name}: tensor ${name} has the shape ${showShape(shape)} and must have ${rank} dimensions. The file belongs to another model.`,
  )
}

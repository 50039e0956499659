import type { Allocation } from './buffer-pool'

/** Types as stored in GPU buffers. Packed weights are `u32`. */
export type DType = 'f32' | 'f16' | 'u32'

/** A row-major array in a GPU buffer. */
export interface Tensor {
  readonly label: string
  readonly shape: readonly number[]
  readonly dtype: DType
  readonly allocation: Allocation
  /** Position of the first element in the buffer, in bytes; a multiple of 256. */
  readonly byteOffset: number
  readonly byteLength: number
}

export const DTYPE_BYTES: Readonly<Record<DType, number>> = { f32: 4, f16: 2, u32: 4 }

/** Product of the dimensions. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/** Bytes of a tensor, rounded up to the 4 that a binding needs. */
export function byteLength(shape: readonly number[], dtype: DType): number {
  return Math.ceil((elementCount(shape) * DTYPE_BYTES[dtype]) / 4) * 4
}

/** The dimension at `axis`; negative axes count from the end. @throws RangeError when there is none. */
export function dim(tensor: Tensor, axis: number): number {
  const size = tensor.shape.at(axis)
  if (size === undefined)
    throw new RangeError(`${tensor.label} has shape [${tensor.shape.join(', ')}]; there is no axis ${axis}.`)
  return size
}

/** @throws RangeError naming the tensor, the shape found and the shape needed. */
export function expectShape(tensor: Tensor, shape: readonly number[]): void {
  if (tensor.shape.length !== shape.length || tensor.shape.some((size, axis) => size !== shape[axis])) {
    throw new RangeError(
      `${tensor.label} has shape [${tensor.shape.join(', ')}]; needed [${shape.join(', ')}].`,
    )
  }
}

/** The same elements under another shape. */
export function reshape(tensor: Tensor, shape: readonly number[]): Tensor {
  if (elementCount(shape) !== elementCount(tensor.shape)) {
    throw new RangeError(
      `${tensor.label} [${tensor.shape.join(', ')}] has ${elementCount(tensor.shape)} elements; [${shape.join(', ')}] needs ${elementCount(shape)}.`,
    )
  }
  return { ...tensor, shape }
}

/** Rows `first … first + count` of the first axis, sharing the buffer. The start must fall on 256 bytes. */
export function rows(tensor: Tensor, first: number, count: number): Tensor {
  const shape = [count, ...tensor.shape.slice(1)]
  const start = tensor.byteOffset + byteLength([first, ...tensor.shape.slice(1)], tensor.dtype)
  if (start % 256 !== 0)
    throw new RangeError(
      `Row ${first} of ${tensor.label} starts at byte ${start}; a binding must start at a multiple of 256.`,
    )
  if (first + count > dim(tensor, 0))
    throw new RangeError(
      `${tensor.label} has ${dim(tensor, 0)} rows; asked for ${first} to ${first + count}.`,
    )
  return { ...tensor, shape, byteOffset: start, byteLength: byteLength(shape, tensor.dtype) }
}

/** The buffer to bind. @throws when the tensor belongs to a dry run. */
export function bufferOf(tensor: Tensor): GPUBuffer {
  const { buffer } = tensor.allocation
  if (!buffer) throw new Error(`${tensor.label} belongs to a dry run and has no GPU buffer.`)
  return buffer
}

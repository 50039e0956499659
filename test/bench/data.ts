// Random data of a row, on the GPU and as the numbers that were stored there.
import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import { encodeFloat16, float32ToFloat16 } from '../../src/weights/float16'
import { BLOCK, packF16, type PackedWeight, type WeightFormat } from '../../src/weights/quant'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

export interface Data {
  readonly tensor: Tensor
  readonly values: Float32Array
}

/** Values in [-1, 1) in the storage type. */
export function random(ops: Ops, shape: readonly number[], seed: number, label: string): Data {
  return uploadStorage(ops, randomFloats(shape.reduce((a, b) => a * b, 1), seed), shape, label)
}

/** The same in f32, whatever the storage type. */
export function random32(ops: Ops, shape: readonly number[], seed: number, label: string): Data {
  const values = randomFloats(shape.reduce((a, b) => a * b, 1), seed)
  return { tensor: ops.upload(values, shape, 'f32', label), values }
}

export function randomWords(count: number, seed: number): Uint32Array<ArrayBuffer> {
  let state = seed >>> 0
  return Uint32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x7feb352d)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
    return (mixed ^ (mixed >>> 16)) >>> 0
  })
}

/** Scales between 1/2 and 1 times `unit`, as f16 codes. */
function scaleCodes(count: number, unit: number, seed: number): Uint16Array {
  const table = Uint16Array.from({ length: 64 }, (_, i) => encodeFloat16(unit * (0.5 + i / 128)))
  return Uint16Array.from(randomWords(count, seed), (word) => table[word >>> 26]!)
}

/** A random matrix, as from a symmetric source: q4 blocks have the zero point 8, so that onnxruntime can take the same weights. */
export function randomWeight(rows: number, cols: number, format: WeightFormat, seed: number): PackedWeight {
  if (cols % BLOCK !== 0) throw new RangeError(`A row of ${cols} weights is not whole blocks of ${BLOCK}.`)
  if (format === 'f16') return packF16(float32ToFloat16(randomFloats(rows * cols, seed)), rows, cols)
  const blocks = (rows * cols) / BLOCK
  if (format === 'q8') {
    const scales = new Uint32Array(Math.ceil(blocks / 2))
    new Uint16Array(scales.buffer).set(scaleCodes(blocks, 1 / 128, seed + 1))
    return { format, rows, cols, stride: cols, data: randomWords((rows * cols) / 4, seed), scales }
  }
  // min = −8·scale: three more in the exponent, and the sign.
  const scales = Uint32Array.from(scaleCodes(blocks, 1 / 8, seed + 1), (code) => (code | ((0x8000 | (code + (3 << 10))) << 16)) >>> 0)
  return { format, rows, cols, stride: cols, data: randomWords((rows * cols) / 8, seed), scales }
}

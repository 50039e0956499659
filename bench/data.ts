// Random data of a row, on the GPU and as the stored numbers; large data repeats itself, to be made quickly.
import type { Ops } from '../src/gpu/ops'
import { elementCount, type Tensor } from '../src/gpu/tensor'
import { repeat } from '../src/gpu/tuner/noise'
import { encodeFloat16, float16ToFloat32, float32ToFloat16 } from '../src/weights/quant/float16'
import { BLOCK, packF16, type PackedWeight, type WeightFormat } from '../src/weights/quant/pack'
import { randomFloats } from '../test/support/random'

export interface Data {
  readonly tensor: Tensor
  readonly values: Float32Array
}

/** A prime period, so that no two rows of a matrix are equal. */
const PERIOD = 1_000_003

/** Values in [-1, 1) in the storage type. */
export function random(ops: Ops, shape: readonly number[], seed: number, label: string): Data {
  if (ops.storage === 'f32') return random32(ops, shape, seed, label)
  const count = elementCount(shape)
  const codes = float32ToFloat16(randomFloats(Math.min(PERIOD, count), seed))
  const tensor = ops.upload(repeat(new Uint16Array(count), codes), shape, 'f16', label)
  return { tensor, values: repeat(new Float32Array(count), float16ToFloat32(codes)) }
}

/** Values in [-1, 1) in f32, for any storage type. */
export function random32(ops: Ops, shape: readonly number[], seed: number, label: string): Data {
  const count = elementCount(shape)
  const values = repeat(new Float32Array(count), randomFloats(Math.min(PERIOD, count), seed))
  return { tensor: ops.upload(values, shape, 'f32', label), values }
}

export function randomWords(count: number, seed: number): Uint32Array<ArrayBuffer> {
  const first = new Uint32Array(Math.min(PERIOD, count))
  let state = seed | 0
  for (let i = 0; i < first.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x7feb352d)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
    first[i] = mixed ^ (mixed >>> 16)
  }
  return repeat(new Uint32Array(count), first)
}

/** Scales between 1/2 and 1 times `unit`, as f16 codes. */
function scaleCodes(count: number, unit: number, seed: number): Uint16Array {
  const table = Uint16Array.from({ length: 64 }, (_, i) => encodeFloat16(unit * (0.5 + i / 128)))
  return Uint16Array.from(randomWords(count, seed), (word) => table[word >>> 26]!)
}

/**
 * A random matrix as from a symmetric source: q4 blocks have the zero point 8, so that onnxruntime can use the same
 * weights.
 */
export function randomWeight(rows: number, cols: number, format: WeightFormat, seed: number): PackedWeight {
  if (cols % BLOCK !== 0) throw new RangeError(`A row of ${cols} weights is not whole blocks of ${BLOCK}.`)
  if (format === 'f16')
    return packF16(
      repeat(
        new Uint16Array(rows * cols),
        float32ToFloat16(randomFloats(Math.min(PERIOD, rows * cols), seed)),
      ),
      rows,
      cols,
    )
  const blocks = (rows * cols) / BLOCK
  if (format === 'q8') {
    const scales = new Uint32Array(Math.ceil(blocks / 2))
    new Uint16Array(scales.buffer).set(scaleCodes(blocks, 1 / 128, seed + 1))
    return { format, rows, cols, stride: cols, data: randomWords((rows * cols) / 4, seed), scales }
  }
  // min = −8·scale: adds three to the exponent and flips the sign.
  const scales = Uint32Array.from(
    scaleCodes(blocks, 1 / 8, seed + 1),
    (code) => (code | ((0x8000 | (code + (3 << 10))) << 16)) >>> 0,
  )
  return { format, rows, cols, stride: cols, data: randomWords((rows * cols) / 8, seed), scales }
}

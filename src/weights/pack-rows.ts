// Packs a matrix a few rows at a time, so that a large one is never held as f32.
import { BLOCK, packWeight, strideOf, type PackedWeight, type WeightFormat } from './quant'

/** Elements of f32 held at once: 4 MiB. */
const PART = 1 << 20

const BITS = { f16: 16, q8: 8, q4: 4 } as const

/**
 * The same as `packWeight` of the whole matrix [rows, cols].
 * @param read rows `[first, first + count)` as f32, [count, cols]
 * @throws RangeError on a value that is not finite, or too large for f16
 */
export async function packByRows(rows: number, cols: number, format: WeightFormat, read: (first: number, count: number) => Promise<Float32Array>): Promise<PackedWeight> {
  const stride = strideOf(cols)
  const blocks = stride / BLOCK
  const data = new Uint32Array((rows * stride * BITS[format]) / 32)
  const scales = format === 'f16' ? undefined : new Uint32Array(format === 'q8' ? Math.ceil((rows * blocks) / 2) : rows * blocks)
  const step = Math.max(2, 2 * Math.floor(PART / (2 * Math.max(1, cols)))) // even: two q8 scales share a word
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first)
    const part = packWeight(await read(first, count), count, cols, format, first)
    data.set(part.data, (first * stride * BITS[format]) / 32)
    if (part.scales) scales?.set(part.scales, (first * blocks) / (format === 'q8' ? 2 : 1))
  }
  return { format, rows, cols, stride, data, ...(scales && { scales }) }
}

// Packs a matrix a few rows at a time: neither the file's bytes nor f32 of a large one are ever held whole, and between
// two parts the thread is free.
import { BLOCK, strideOf, type PackedWeight, type WeightFormat } from './quant'
import { unlessAborted } from './unless-aborted'

const BITS = { f16: 16, q8: 8, q4: 4 } as const

export interface RowPacker {
  readonly rows: number
  readonly cols: number
  readonly format: WeightFormat
  /** Elements that one part may have. */
  readonly most: number
  /** Rows `[first, first + count)`, packed. */
  pack(first: number, count: number): Promise<PackedWeight>
  readonly signal?: AbortSignal | undefined
}

/** The whole matrix, of parts with an even number of rows: two q8 scales share a word. Rejects with the signal's reason. */
export async function packByRows({ rows, cols, format, most, pack, signal }: RowPacker): Promise<PackedWeight> {
  const stride = strideOf(cols)
  const blocks = stride / BLOCK
  const data = new Uint32Array((rows * stride * BITS[format]) / 32)
  const scales = format === 'f16' ? undefined : new Uint32Array(format === 'q8' ? Math.ceil((rows * blocks) / 2) : rows * blocks)
  const step = Math.max(2, 2 * Math.floor(most / (2 * Math.max(1, cols))))
  for (let first = 0; first < rows; first += step) {
    const part = await unlessAborted(pack(first, Math.min(step, rows - first)), signal)
    data.set(part.data, (first * stride * BITS[format]) / 32)
    if (part.scales) scales?.set(part.scales, (first * blocks) / (format === 'q8' ? 2 : 1))
  }
  return { format, rows, cols, stride, data, ...(scales && { scales }) }
}

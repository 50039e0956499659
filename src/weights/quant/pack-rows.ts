// Packs a matrix a few rows at a time: neither the file's bytes nor f32 of a large one are ever held whole, and between
// two parts the thread is free.
import { BLOCK, packedWords, rowWords, strideOf, type PackedWeight, type WeightFormat } from './pack'
import { unlessAborted } from '../sources/unless-aborted'

/** A matrix in a file, or one of several that lie one below the other. */
export interface RowPacker {
  readonly rows: number
  /** Elements that one part may have. */
  readonly most: number
  /** Rows `[first, first + count)`, packed. */
  pack(first: number, count: number): Promise<PackedWeight>
}

/**
 * The matrices one below the other as one, of parts with an even number of rows: two q8 scales share a word. So all but
 * the last have an even number too. Rejects with the signal's reason.
 */
export async function packByRows(
  matrices: readonly RowPacker[],
  {
    cols,
    format,
    signal,
  }: { readonly cols: number; readonly format: WeightFormat; readonly signal?: AbortSignal | undefined },
): Promise<PackedWeight> {
  const stride = strideOf(cols)
  const blocks = stride / BLOCK
  const words = rowWords(cols, format)
  const total = matrices.reduce((sum, { rows }) => sum + rows, 0)
  const size = packedWords(total, cols, format)
  const data = new Uint32Array(size.data)
  const scales = size.scales > 0 ? new Uint32Array(size.scales) : undefined
  let above = 0
  for (const { rows, most, pack } of matrices) {
    const step = Math.max(2, 2 * Math.floor(most / (2 * Math.max(1, cols))))
    for (let first = 0; first < rows; first += step) {
      const part = await unlessAborted(pack(first, Math.min(step, rows - first)), signal)
      const at = above + first
      data.set(part.data, at * words)
      if (part.scales) scales?.set(part.scales, (at * blocks) / (format === 'q8' ? 2 : 1))
    }
    above += rows
  }
  return { format, rows: total, cols, stride, data, ...(scales && { scales }) }
}

// Packs a matrix a few rows at a time, so that neither a large one's bytes nor its f32 values are ever in memory
// whole, and the thread is free between parts.
import { BLOCK, packedWords, rowWords, strideOf, type PackedWeight, type WeightFormat } from './pack'
import { unlessAborted } from '../sources/unless-aborted'

/** A matrix in a file, or one of several stacked ones. */
export interface RowPacker {
  readonly rows: number
  /** Most elements of one part. */
  readonly most: number
  /** Rows `[first, first + count)`, packed. */
  pack(first: number, count: number): Promise<PackedWeight>
}

/**
 * Packs stacked matrices as one, in parts with an even number of rows, because two q8 scales share a word. So all but
 * the last must have an even number too. Rejects with the signal's reason.
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

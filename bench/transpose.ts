/** Side of a block, small enough for two blocks in the processor's cache. */
const SIDE = 32

/** Writes [rows, cols] as columns: value (row, col) to `offset + col·stride + row` of `out`. */
export function transposeInto(
  out: Float32Array,
  offset: number,
  stride: number,
  values: Float32Array,
  rows: number,
  cols: number,
): void {
  for (let firstRow = 0; firstRow < rows; firstRow += SIDE) {
    const endRow = Math.min(rows, firstRow + SIDE)
    for (let firstCol = 0; firstCol < cols; firstCol += SIDE) {
      const endCol = Math.min(cols, firstCol + SIDE)
      for (let col = firstCol; col < endCol; col++) {
        const to = offset + col * stride
        for (let row = firstRow; row < endRow; row++) out[to + row] = values[row * cols + col]!
      }
    }
  }
}

/** [rows, cols] → [cols, rows]. */
export function transposed(values: Float32Array, rows: number, cols: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length)
  transposeInto(out, 0, rows, values, rows, cols)
  return out
}

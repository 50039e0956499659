/** Rows of heads rounded to 8 bits: codes of each element, and a scale for each head of each row. */
export function quantiseHeads(
  x: ArrayLike<number>,
  headDim: number,
): { codes: Int8Array; scales: Float32Array } {
  const scales = new Float32Array(x.length / headDim)
  const codes = new Int8Array(x.length)
  for (let head = 0; head < scales.length; head++) {
    let highest = 0
    for (let i = 0; i < headDim; i++) highest = Math.max(highest, Math.abs(x[head * headDim + i]!))
    scales[head] = highest / 127
    for (let i = 0; i < headDim; i++)
      codes[head * headDim + i] = highest === 0 ? 0 : Math.round((x[head * headDim + i]! / highest) * 127)
  }
  return { codes, scales }
}

/** The elements that the codes stand for. */
export function restoreHeads(
  { codes, scales }: { codes: Int8Array; scales: Float32Array },
  headDim: number,
): Float64Array {
  return Float64Array.from(codes, (code, i) => code * scales[Math.floor(i / headDim)]!)
}

// Finds weights that are not finite: one NaN in a bias makes every frame black without any other sign.

/**
 * Whether a sign bit is set after `carry` was added to the exponents of all words: a full exponent carries into it.
 * Signed words and eight at a time: a model has a thousand million weights, and this runs whenever they are read.
 */
function carries(words: Int32Array, exponents: number, carry: number, signs: number): boolean {
  let carried = 0
  let i = 0
  for (const end = words.length - 7; i < end; i += 8) {
    carried |=
      ((words[i]! & exponents) + carry) |
      ((words[i + 1]! & exponents) + carry) |
      ((words[i + 2]! & exponents) + carry) |
      ((words[i + 3]! & exponents) + carry) |
      ((words[i + 4]! & exponents) + carry) |
      ((words[i + 5]! & exponents) + carry) |
      ((words[i + 6]! & exponents) + carry) |
      ((words[i + 7]! & exponents) + carry)
  }
  for (; i < words.length; i++) carried |= (words[i]! & exponents) + carry
  return (carried & signs) !== 0
}

/** Index of the first value that is infinite or NaN; −1 where there is none. */
export function firstNonFinite(values: Float32Array): number {
  const words = new Int32Array(values.buffer, values.byteOffset, values.length)
  return carries(words, 0x7f800000, 0x00800000, 0x80000000 | 0)
    ? values.findIndex((value) => !Number.isFinite(value))
    : -1
}

/** The same of f16 codes, of which two are in a word. */
export function firstNonFiniteCode(codes: Uint16Array): number {
  const isFull = (code: number): boolean => (code & 0x7c00) === 0x7c00
  if (codes.length < 2) return codes.findIndex(isFull)
  const skipped = (codes.byteOffset / 2) % 2
  const words = new Int32Array(codes.buffer, codes.byteOffset + skipped * 2, (codes.length - skipped) >> 1)
  const isFound =
    carries(words, 0x7c007c00, 0x04000400, 0x80008000 | 0) || isFull(codes[0]!) || isFull(codes.at(-1)!)
  return isFound ? codes.findIndex(isFull) : -1
}

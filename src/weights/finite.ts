// Finds weights that are not finite: one NaN in a bias makes every frame black, and nothing else shows it.

/** Index of the first value that is infinite or NaN; −1 where there is none. */
export function firstNonFinite(values: Float32Array): number {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  // A full exponent plus one carries into the sign's place; many are checked before one is looked at.
  let carried = 0
  for (let i = 0; i < bits.length; i++) carried |= (bits[i]! & 0x7f800000) + 0x00800000
  return carried < 0 ? values.findIndex((value) => !Number.isFinite(value)) : -1
}

/** The same of f16 codes. */
export function firstNonFiniteCode(codes: Uint16Array): number {
  let carried = 0
  for (let i = 0; i < codes.length; i++) carried |= (codes[i]! & 0x7c00) + 0x0400
  return carried & 0x8000 ? codes.findIndex((code) => (code & 0x7c00) === 0x7c00) : -1
}

// float16 <-> float32, on bit patterns ("codes"). Rounds to nearest, ties to even, as IEEE 754 and WGSL do.

interface Float16ArrayLike {
  readonly buffer: ArrayBuffer
  set(values: ArrayLike<number>): void
}
type Float16Constructor = new (
  source: number | ArrayBuffer,
  offset?: number,
  length?: number,
) => Float16ArrayLike & ArrayLike<number>

/** The engine's own `Float16Array`, where it has one (Chrome 135, Node 24). */
const native = (globalThis as { Float16Array?: Float16Constructor }).Float16Array

const scratchFloat = new Float32Array(1)
const scratchBits = new Uint32Array(scratchFloat.buffer)

/** Adding and subtracting 2^52 rounds a non-negative double below it to an integer, ties to even. */
const ROUND = 2 ** 52

function encodeBits(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  if (magnitude > 0x7f800000) return sign | 0x7e00 // NaN
  if (magnitude >= 0x477ff000) return sign | 0x7c00 // 65520 and above rounds to infinity
  if (magnitude < 0x38800000) {
    // Below 2^-14: subnormal, in units of 2^-24. A carry out of the 10 bits correctly gives 2^-14.
    scratchBits[0] = magnitude
    return sign | (scratchFloat[0]! * 2 ** 24 + ROUND - ROUND)
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1)
  return sign | ((rounded - 0x38000000) >>> 13)
}

/** The f16 code nearest to `value`, which is first rounded to f32. */
export function encodeFloat16(value: number): number {
  scratchFloat[0] = value
  return encodeBits(scratchBits[0]!)
}

/** The step between values of each exponent; subnormals share that of the smallest. */
const STEPS = Float64Array.from({ length: 31 }, (_, exponent) => 2 ** (Math.max(exponent, 1) - 25))

/** The value of one f16 code; exact. */
export function decodeFloat16(code: number): number {
  const sign = code & 0x8000 ? -1 : 1
  const exponent = (code >>> 10) & 0x1f
  const fraction = code & 0x3ff
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity
  return sign * (exponent === 0 ? fraction : 1024 + fraction) * STEPS[exponent]!
}

/** Codes of all `values`, without the engine's Float16Array. */
export function float32ToFloat16Fallback(values: Float32Array): Uint16Array<ArrayBuffer> {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const codes = new Uint16Array(values.length)
  for (let i = 0; i < codes.length; i++) codes[i] = encodeBits(bits[i]!)
  return codes
}

let table: Float32Array | undefined

/** Values of all `codes`, without the engine's Float16Array, by a table of all 65536. */
export function float16ToFloat32Fallback(codes: Uint16Array): Float32Array<ArrayBuffer> {
  table ??= Float32Array.from({ length: 65536 }, (_, code) => decodeFloat16(code))
  const values = new Float32Array(codes.length)
  for (let i = 0; i < values.length; i++) values[i] = table[codes[i]!]!
  return values
}

/** f16 codes of `values`. */
export function float32ToFloat16(values: Float32Array): Uint16Array<ArrayBuffer> {
  if (!native) return float32ToFloat16Fallback(values)
  const halves = new native(values.length)
  halves.set(values)
  return new Uint16Array(halves.buffer)
}

/** Values of f16 `codes`; exact. */
export function float16ToFloat32(codes: Uint16Array): Float32Array<ArrayBuffer> {
  if (!native) return float16ToFloat32Fallback(codes)
  return new Float32Array(new native(codes.buffer as ArrayBuffer, codes.byteOffset, codes.length))
}

// Weights from a formula: models of any size to test and measure with, without a byte to store.
import { float16ToFloat32 } from '../../weights/quant/float16'
import { elementCount, weightFile, type TensorEntry, type WeightFile } from '../../weights/weight-file'

/** FNV-1a over UTF-8. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** Uniform in [-1, 1), by a 32-bit mix of `n`. */
function uniform(n: number): number {
  let h = n >>> 0
  h ^= h >>> 16
  h = Math.imul(h, 0x7feb352d)
  h ^= h >>> 15
  h = Math.imul(h, 0x846ca68b)
  h ^= h >>> 16
  return (h >>> 8) / 2 ** 23 - 1
}

/** `value = centre + spread·u`, by the kind of parameter; the first rule that fits. */
function rule(name: string, shape: readonly number[]): { centre: number; spread: number } {
  if (name.endsWith('modulation')) return { centre: 0, spread: 0.3 }
  if (name.endsWith('gamma') || (name.includes('norm') && name.endsWith('weight')))
    return { centre: 1, spread: 0.2 }
  if (name.endsWith('bias')) return { centre: 0, spread: 0.05 }
  if (name.includes('pos_embedding') || name.includes('token_embedding')) return { centre: 0, spread: 1 }
  return { centre: 0, spread: Math.sqrt(3 / elementCount(shape.slice(1))) }
}

/** By the exponent field of an f32: adding and subtracting it rounds a number of that size to f16, ties to even. */
const ROUND = Float64Array.from(
  { length: 256 },
  (_, exponent) => 1.5 * 2 ** (52 + Math.max(exponent - 127, -14) - 10),
)

/** f16 codes of elements `[first, first + count)` of the parameter `name`. */
export function formulaCodes(
  name: string,
  shape: readonly number[],
  salt: string,
  first: number,
  count: number,
): Uint16Array<ArrayBuffer> {
  const { centre, spread } = rule(name, shape)
  const start = (fnv1a32(salt + name) + first) | 0
  const codes = new Uint16Array(count)
  const single = new Float32Array(1)
  const bits = new Uint32Array(single.buffer)
  for (let i = 0; i < count; i++) {
    // Rounds once, from f64 to f16, like the official values; f32 only provides the exponent, then the bits.
    const exact = centre + spread * uniform((start + i) | 0)
    single[0] = exact
    const sign = (bits[0]! >>> 16) & 0x8000
    const round = ROUND[(bits[0]! >>> 23) & 255]!
    const rounded = exact + round - round
    single[0] = rounded
    const magnitude = bits[0]! & 0x7fffffff
    // Below 2^-14: subnormal, in units of 2^-24.
    codes[i] = sign | (magnitude < 0x38800000 ? Math.abs(rounded) * 2 ** 24 : (magnitude - 0x38000000) >>> 13)
  }
  return codes
}

/** The whole parameter `name`, rounded to f16. */
export function formulaTensor(
  name: string,
  shape: readonly number[],
  salt: string,
): Float32Array<ArrayBuffer> {
  return float16ToFloat32(formulaCodes(name, shape, salt, 0, elementCount(shape)))
}

/** A file of F16 tensors that are computed as they are read. */
export function formulaFile(
  name: string,
  shapes: ReadonlyMap<string, readonly number[]>,
  salt: string,
): WeightFile {
  const tensors = new Map<string, TensorEntry>()
  let offset = 0
  for (const [tensor, shape] of shapes) {
    const byteLength = elementCount(shape) * 2
    tensors.set(tensor, { name: tensor, dtype: 'F16', shape, offset, byteLength })
    offset += byteLength
  }
  return weightFile(name, { weights: 'formula', salt }, tensors, async (entry, begin, length) => {
    return new Uint8Array(formulaCodes(entry.name, entry.shape, salt, begin / 2, length / 2).buffer)
  })
}

// Weights made from a formula: a model of any size to test and to measure with, and not a byte to store.
import { float16ToFloat32, float32ToFloat16 } from './float16'
import { elementCount, weightFile, type TensorEntry, type WeightFile } from './weight-file'

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
  if (name.endsWith('gamma') || (name.includes('norm') && name.endsWith('weight'))) return { centre: 1, spread: 0.2 }
  if (name.endsWith('bias')) return { centre: 0, spread: 0.05 }
  if (name.includes('pos_embedding') || name.includes('token_embedding')) return { centre: 0, spread: 1 }
  return { centre: 0, spread: Math.sqrt(3 / elementCount(shape.slice(1))) }
}

/** f16 codes of elements `[first, first + count)` of the parameter `name`. */
export function formulaCodes(name: string, shape: readonly number[], salt: string, first: number, count: number): Uint16Array<ArrayBuffer> {
  const { centre, spread } = rule(name, shape)
  const start = fnv1a32(salt + name) + first
  const values = new Float32Array(count)
  const bits = new Uint32Array(values.buffer)
  for (let i = 0; i < count; i++) {
    const exact = centre + spread * uniform(start + i)
    values[i] = exact
    // The official values go from f64 to f16 in one rounding. On the way through f32 an inexact value takes the odd one
    // of its two neighbours, so that it cannot come to lie on a tie of f16.
    if (values[i] !== exact && (bits[i]! & 1) === 0) bits[i]! += Math.abs(exact) > Math.abs(values[i]!) ? 1 : -1
  }
  return float32ToFloat16(values)
}

/** The whole parameter `name`, rounded to f16. */
export function formulaTensor(name: string, shape: readonly number[], salt: string): Float32Array<ArrayBuffer> {
  return float16ToFloat32(formulaCodes(name, shape, salt, 0, elementCount(shape)))
}

/** A file of F16 tensors that are computed as they are read. */
export function formulaFile(name: string, shapes: ReadonlyMap<string, readonly number[]>, salt: string): WeightFile {
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

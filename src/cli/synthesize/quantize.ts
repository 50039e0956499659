// From f32 to ggml's blocks: Q8_0 as ggml does; Q4_K, Q5_K and Q6_K with the smallest scales that clip nothing,
// without a search for better ones.
import { BLOCK_TYPES } from '../../weights/quant/block-types'
import { decodeFloat16, encodeFloat16 } from '../../weights/quant/float16'

/** Writes the block of the elements of `values` from `from` on into `out` at `at`, whose bytes are zero. */
type BlockEncoder = (values: Float32Array, from: number, out: Uint8Array, at: number) => void

function putHalf(out: Uint8Array, at: number, value: number): number {
  const code = encodeFloat16(value)
  out[at] = code & 255
  out[at + 1] = code >> 8
  return decodeFloat16(code)
}

function largest(values: Float32Array, from: number, count: number): number {
  let found = 0
  for (let i = from; i < from + count; i++) {
    const magnitude = Math.abs(values[i]!)
    if (magnitude > found) found = magnitude
  }
  return found
}

/** Rounds `x` to the nearest whole number from `low` to `high`; the truncated sum is positive. */
function level(x: number, low: number, high: number): number {
  const rounded = ((x + 512.5) | 0) - 512
  return rounded < low ? low : rounded > high ? high : rounded
}

/**
 * d, then 32 signed bytes; w = d·q. Computed in f32 step by step with halves away from zero, like ggml, for the same
 * bits.
 */
const encodeQ80: BlockEncoder = (values, from, out, at) => {
  const d = Math.fround(largest(values, from, 32) / 127)
  putHalf(out, at, d)
  const inverse = d === 0 ? 0 : Math.fround(1 / d)
  for (let i = 0; i < 32; i++) {
    const x = Math.fround(values[from + i]! * inverse)
    out[at + 2 + i] = x < 0 ? -((0.5 - x) | 0) : (x + 0.5) | 0
  }
}

const scales = new Float64Array(16)
const mins = new Float64Array(8)
const six = new Uint8Array(16)

/**
 * Packs 8 scales and 8 minima of six bits into 12 bytes; the upper two bits of the last four share the bytes of the
 * first four.
 */
function putSixes(out: Uint8Array, at: number): void {
  for (let j = 0; j < 4; j++) {
    out[at + j] = six[j]! | ((six[4 + j]! >> 4) << 6)
    out[at + 4 + j] = six[8 + j]! | ((six[12 + j]! >> 4) << 6)
    out[at + 8 + j] = (six[4 + j]! & 15) | ((six[12 + j]! & 15) << 4)
  }
}

/** Q4_K and Q5_K: d, dmin, 8 scales and minima of six bits, [fifth bits,] nibbles; w = d·s·q − dmin·m. */
function encodeK(bits: 4 | 5): BlockEncoder {
  const most = 2 ** bits - 1
  const nibbles = bits === 4 ? 16 : 48
  return (values, from, out, at) => {
    let topScale = 0
    let topMin = 0
    for (let sub = 0; sub < 8; sub++) {
      let low = 0 // a minimum is never above zero
      let high = 0
      for (let i = from + sub * 32; i < from + sub * 32 + 32; i++) {
        const value = values[i]!
        if (value < low) low = value
        else if (value > high) high = value
      }
      scales[sub] = (high - low) / most
      mins[sub] = -low
      topScale = Math.max(topScale, scales[sub]!)
      topMin = Math.max(topMin, mins[sub]!)
    }
    const d = putHalf(out, at, topScale / 63)
    const dmin = putHalf(out, at + 2, topMin / 63)
    for (let sub = 0; sub < 8; sub++) {
      six[sub] = d === 0 ? 0 : level(scales[sub]! / d, 0, 63)
      six[8 + sub] = dmin === 0 ? 0 : level(mins[sub]! / dmin, 0, 63)
    }
    putSixes(out, at + 4)
    for (let sub = 0; sub < 8; sub++) {
      const step = d * six[sub]!
      if (step === 0) continue
      const min = dmin * six[8 + sub]!
      const inverse = 1 / step
      const quants = at + nibbles + (sub >> 1) * 32
      const shift = (sub & 1) * 4
      for (let l = 0; l < 32; l++) {
        const q = level((values[from + sub * 32 + l]! + min) * inverse, 0, most)
        out[quants + l]! |= (q & 15) << shift
        if (bits === 5) out[at + 16 + l]! |= (q >> 4) << sub
      }
    }
  }
}

/** 128 bytes of low nibbles, 64 of upper two bits, 16 signed scales, d; w = d·s·(q − 32). */
const encodeQ6K: BlockEncoder = (values, from, out, at) => {
  let top = 0
  for (let sub = 0; sub < 16; sub++) {
    scales[sub] = largest(values, from + sub * 16, 16) / 31
    top = Math.max(top, scales[sub]!)
  }
  const d = putHalf(out, at + 208, top / 127)
  if (d === 0) return
  for (let sub = 0; sub < 16; sub++) {
    const s = level(scales[sub]! / d, 0, 127)
    out[at + 192 + sub] = s
    const inverse = s === 0 ? 0 : 1 / (d * s)
    for (let i = sub * 16; i < sub * 16 + 16; i++) {
      const q = level(values[from + i]! * inverse, -32, 31) + 32
      const half = i >> 7
      const run = (i >> 5) & 3
      out[at + half * 64 + (run & 1) * 32 + (i & 31)]! |= (q & 15) << ((run >> 1) * 4)
      out[at + 128 + half * 32 + (i & 31)]! |= (q >> 4) << (run * 2)
    }
  }
}

const ENCODERS = { Q8_0: encodeQ80, Q4_K: encodeK(4), Q5_K: encodeK(5), Q6_K: encodeQ6K } as const

export type QuantizedType = keyof typeof ENCODERS

export function isQuantizedType(type: string): type is QuantizedType {
  return Object.hasOwn(ENCODERS, type)
}

/** Quantises `values`, which must be whole blocks. Throws `RangeError` otherwise. */
export function quantize(values: Float32Array, type: QuantizedType): Uint8Array<ArrayBuffer> {
  const { elements, bytes } = BLOCK_TYPES[type]
  const blocks = values.length / elements
  if (!Number.isInteger(blocks))
    throw new RangeError(`${values.length} values are not whole blocks of ${type}, which have ${elements}.`)
  const out = new Uint8Array(blocks * bytes)
  const encode = ENCODERS[type]
  for (let block = 0; block < blocks; block++) encode(values, block * elements, out, block * bytes)
  return out
}

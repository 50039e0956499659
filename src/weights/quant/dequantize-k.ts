// The K-quants of ggml: blocks of 256 elements in sub-blocks, each with a small integer scale.
import { decodeFloat16 } from './float16'

/**
 * Decodes the block at `at` into the 256 elements of `out` from `to`. Products are exact; a sum or a store rounds
 * once, to f32.
 */
export type BlockDecoder = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void

export function halfAt(bytes: Uint8Array, at: number): number {
  return decodeFloat16(bytes[at]! | (bytes[at + 1]! << 8))
}

/** Six-bit scales of Q4_K and Q5_K: entries 0–7 the scales, 8–15 the minima, from the 12 bytes at `at`. */
export function scalesAndMins(bytes: Uint8Array, at: number): Uint8Array {
  const six = new Uint8Array(16)
  for (let j = 0; j < 4; j++) {
    const [low, middle, high] = [bytes[at + j]!, bytes[at + 4 + j]!, bytes[at + 8 + j]!]
    six[j] = low & 63
    six[8 + j] = middle & 63
    six[4 + j] = (high & 15) | ((low >> 6) << 4)
    six[12 + j] = (high >> 4) | ((middle >> 6) << 4)
  }
  return six
}

/** Six-bit signed scales of Q3_K, −32 to 31, from the 12 bytes at `at`. */
function signedScales(bytes: Uint8Array, at: number): Int8Array {
  const scales = new Int8Array(16)
  for (let j = 0; j < 16; j++) {
    const low = j < 8 ? bytes[at + j]! & 15 : bytes[at + j - 8]! >> 4
    const high = (bytes[at + 8 + (j & 3)]! >> (2 * (j >> 2))) & 3
    scales[j] = (low | (high << 4)) - 32
  }
  return scales
}

/** 16 bytes of scale (low nibble) and minimum (high), 64 of 2-bit quants, d, dmin. */
export const decodeQ2K: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at + 80)
  const dmin = halfAt(bytes, at + 82)
  for (let i = 0; i < 256; i++) {
    const packed = bytes[at + (i >> 4)]!
    const q = (bytes[at + 16 + ((i >> 7) << 5) + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3
    out[to + i] = d * (packed & 15) * q - dmin * (packed >> 4)
  }
}

/** The integers s·q of a Q3_K block, −124 to 128, into `out`; the weight is d times each. */
export function integersQ3K(bytes: Uint8Array, at: number, out: Int16Array): void {
  const scales = signedScales(bytes, at + 96)
  for (let i = 0; i < 256; i++) {
    const low = (bytes[at + 32 + ((i >> 7) << 5) + (i & 31)]! >> (2 * ((i >> 5) & 3))) & 3
    const high = (bytes[at + (i & 31)]! >> (i >> 5)) & 1
    out[i] = scales[i >> 4]! * (low + 4 * high - 4)
  }
}

/** 32 bytes of high bits, 64 of 2-bit quants, 12 of scales, d. */
export const decodeQ3K: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at + 108)
  const integers = new Int16Array(256)
  integersQ3K(bytes, at, integers)
  for (let i = 0; i < 256; i++) out[to + i] = d * integers[i]!
}

/** d, dmin, 12 bytes of scales, 128 of 4-bit quants: 32 elements in low nibbles, then 32 in high ones. */
export const decodeQ4K: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at)
  const dmin = halfAt(bytes, at + 2)
  const six = scalesAndMins(bytes, at + 4)
  for (let sub = 0; sub < 8; sub++) {
    const scale = d * six[sub]!
    const min = dmin * six[8 + sub]!
    const quants = at + 16 + (sub >> 1) * 32
    const shift = (sub & 1) * 4
    for (let l = 0; l < 32; l++) out[to + sub * 32 + l] = scale * ((bytes[quants + l]! >> shift) & 15) - min
  }
}

/** As Q4_K, with 32 bytes of fifth bits before the quants. */
export const decodeQ5K: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at)
  const dmin = halfAt(bytes, at + 2)
  const six = scalesAndMins(bytes, at + 4)
  for (let sub = 0; sub < 8; sub++) {
    const scale = d * six[sub]!
    const min = dmin * six[8 + sub]!
    const quants = at + 48 + (sub >> 1) * 32
    const shift = (sub & 1) * 4
    for (let l = 0; l < 32; l++) {
      const fifth = (bytes[at + 16 + l]! >> sub) & 1
      out[to + sub * 32 + l] = scale * (((bytes[quants + l]! >> shift) & 15) | (fifth << 4)) - min
    }
  }
}

/** 128 bytes of low nibbles, 64 of upper two bits, 16 signed scales, d. Each half of 128: four runs of 32. */
export const decodeQ6K: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at + 208)
  for (let i = 0; i < 256; i++) {
    const half = i >> 7
    const run = (i >> 5) & 3
    const l = i & 31
    const low = (bytes[at + half * 64 + (run & 1) * 32 + l]! >> ((run >> 1) * 4)) & 15
    const high = (bytes[at + 128 + half * 32 + l]! >> (run * 2)) & 3
    const scale = (bytes[at + 192 + (i >> 4)]! << 24) >> 24
    out[to + i] = d * scale * ((low | (high << 4)) - 32)
  }
}

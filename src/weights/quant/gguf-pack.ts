// Repacks GGUF's blocks for the GPU, without rounding the quantised numbers again.
import { BLOCK_TYPES, type BlockDType } from './block-types'
import { fiveBits } from './dequantize'
import { halfAt, integersQ3K, scalesAndMins } from './dequantize-k'
import { decodeFloat16, encodeFloat16 } from './float16'
import { BLOCK, packQ8, type PackedWeight } from './pack'

/** The format that loses nothing, or least: q4 for four-bit blocks, q8 for all others. */
export function nativeFormat(dtype: BlockDType): 'q8' | 'q4' {
  return dtype.startsWith('Q4') ? 'q4' : 'q8'
}

/** The f16 code at `at`, which must be finite. */
function scaleAt(bytes: Uint8Array, at: number, block: number): number {
  const code = bytes[at]! | (bytes[at + 1]! << 8)
  return finite(code, block)
}

function finite(code: number, block: number): number {
  if ((code & 0x7c00) !== 0x7c00) return code
  throw new RangeError(
    `Block ${block} has the scale or minimum ${decodeFloat16(code)}, which must be between -65504 and 65504.`,
  )
}

/** Exact: keeps int8 and f16 scale. */
function packQ80(bytes: Uint8Array, q: Int8Array, scales: Uint16Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  for (let block = 0; block < scales.length; block++) {
    const at = block * 34
    scales[block] = scaleAt(bytes, at, block)
    q.set(signed.subarray(at + 2, at + 34), block * BLOCK)
  }
}

/** Exact: five bits less 16 fit int8. */
function packQ50(bytes: Uint8Array, q: Int8Array, scales: Uint16Array): void {
  for (let block = 0; block < scales.length; block++) {
    const at = block * 22
    scales[block] = scaleAt(bytes, at, block)
    for (let i = 0; i < BLOCK; i++) q[block * BLOCK + i] = fiveBits(bytes, at + 2, i) - 16
  }
}

/** Exact: scale times quant is −124 to 128, so its negative fits int8, and the block's scale is −d. */
function packQ3K(bytes: Uint8Array, q: Int8Array, scales: Uint16Array): void {
  const integers = new Int16Array(256)
  for (let block = 0; block < scales.length / 8; block++) {
    const at = block * 110
    scales.fill(scaleAt(bytes, at + 108, block) ^ 0x8000, block * 8, block * 8 + 8)
    integersQ3K(bytes, at, integers)
    for (let i = 0; i < 256; i++) q[block * 256 + i] = -integers[i]!
  }
}

/** Packs 32 nibbles from the low or the high halves of 32 bytes, two in a byte, in their own order. */
function pairNibbles(
  bytes: Uint8Array,
  at: number,
  shift: number,
  count: number,
  out: Uint8Array,
  to: number,
): void {
  for (let i = 0; i < count; i += 2)
    out[to + (i >> 1)] = ((bytes[at + i]! >> shift) & 15) | (((bytes[at + i + 1]! >> shift) & 15) << 4)
}

/** Exact: w = d·(q − 8) = d·q + (−8·d), and −8·d is an f16 where |d| ≤ 8188. */
function packQ40(bytes: Uint8Array, nibbles: Uint8Array, scales: Uint32Array): void {
  for (let block = 0; block < scales.length; block++) {
    const at = block * 18
    const min = finite(encodeFloat16(-8 * halfAt(bytes, at)), block)
    scales[block] = scaleAt(bytes, at, block) | (min << 16)
    for (const half of [0, 1]) pairNibbles(bytes, at + 2, half * 4, 16, nibbles, block * 16 + half * 8)
  }
}

/** Exact: keeps scale and minimum. */
function packQ41(bytes: Uint8Array, nibbles: Uint8Array, scales: Uint32Array): void {
  for (let block = 0; block < scales.length; block++) {
    const at = block * 20
    scales[block] = scaleAt(bytes, at, block) | (scaleAt(bytes, at + 2, block) << 16)
    for (const half of [0, 1]) pairNibbles(bytes, at + 4, half * 4, 16, nibbles, block * 16 + half * 8)
  }
}

/**
 * Keeps the quants. Scale d·s and minimum −dmin·m, products of an f16 and six bits, are rounded to f16: each by at
 * most 2^-11 of itself (2^-25 where it is below 2^-14), so a weight by at most (|d·s·q| + |dmin·m|)·2^-11.
 */
function packQ4K(bytes: Uint8Array, nibbles: Uint8Array, scales: Uint32Array): void {
  for (let block = 0; block < scales.length / 8; block++) {
    const at = block * 144
    const d = halfAt(bytes, at)
    const dmin = halfAt(bytes, at + 2)
    const six = scalesAndMins(bytes, at + 4)
    for (let sub = 0; sub < 8; sub++) {
      const scale = finite(encodeFloat16(d * six[sub]!), block)
      const min = finite(encodeFloat16(-dmin * six[8 + sub]!), block)
      scales[block * 8 + sub] = scale | (min << 16)
      pairNibbles(bytes, at + 16 + (sub >> 1) * 32, (sub & 1) * 4, 32, nibbles, (block * 8 + sub) * 16)
    }
  }
}

const TO_Q8 = { Q8_0: packQ80, Q5_0: packQ50, Q3_K: packQ3K } as const
const TO_Q4 = { Q4_0: packQ40, Q4_1: packQ41, Q4_K: packQ4K } as const

function isKey<T extends object>(table: T, key: PropertyKey): key is keyof T {
  return Object.hasOwn(table, key)
}

/** Types whose blocks have a GPU format. Q5_1, Q2_K, Q5_K and Q6_K have none: they are dequantised and rounded. */
export type MovableDType = keyof typeof TO_Q8 | keyof typeof TO_Q4

export function canMove(dtype: BlockDType): dtype is MovableDType {
  return isKey(TO_Q8, dtype) || isKey(TO_Q4, dtype)
}

/**
 * Packs a matrix [rows, cols] of blocks in its native format by rearranging bits: exact except for Q4_K (see above).
 * @throws RangeError where a scale is not finite, or `bytes` are not rows of whole blocks
 */
export function packBlocks(bytes: Uint8Array, dtype: MovableDType, rows: number, cols: number): PackedWeight {
  const { elements, bytes: blockBytes } = BLOCK_TYPES[dtype]
  if (cols % elements !== 0 || bytes.length !== ((rows * cols) / elements) * blockBytes) {
    throw new RangeError(
      `${bytes.length} bytes are not ${rows} rows of ${cols} elements in blocks of ${dtype} (${elements} in ${blockBytes} bytes).`,
    )
  }
  const blocks = (rows * cols) / BLOCK
  if (isKey(TO_Q8, dtype)) {
    const q = new Int8Array(rows * cols)
    const scales = new Uint16Array(blocks)
    TO_Q8[dtype](bytes, q, scales)
    return packQ8(q, scales, rows, cols)
  }
  const data = new Uint32Array((rows * cols) / 8)
  const scales = new Uint32Array(blocks)
  TO_Q4[dtype](bytes, new Uint8Array(data.buffer), scales)
  return { format: 'q4', rows, cols, stride: cols, data, scales }
}

// Converts ggml's blocks to f32, with the same numbers as ggml's own conversion.
import { BLOCK_TYPES, type BlockDType } from './block-types'
import {
  decodeQ2K,
  decodeQ3K,
  decodeQ4K,
  decodeQ5K,
  decodeQ6K,
  halfAt,
  type BlockDecoder,
} from './dequantize-k'

/** Element j in the low nibble of byte j, element j + 16 in its high one. */
const decodeQ40: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at)
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 2 + j]!
    out[to + j] = d * ((pair & 15) - 8)
    out[to + j + 16] = d * ((pair >> 4) - 8)
  }
}

const decodeQ41: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at)
  const m = halfAt(bytes, at + 2)
  for (let j = 0; j < 16; j++) {
    const pair = bytes[at + 4 + j]!
    out[to + j] = d * (pair & 15) + m
    out[to + j + 16] = d * (pair >> 4) + m
  }
}

/**
 * Element i of 32, from 0 to 31, with its fifth bit in the 4 bytes at `fifth` and its nibble in the 16 bytes after
 * them.
 */
export function fiveBits(bytes: Uint8Array, fifth: number, i: number): number {
  const nibble = (bytes[fifth + 4 + (i & 15)]! >> ((i >> 4) * 4)) & 15
  return nibble | (((bytes[fifth + (i >> 3)]! >> (i & 7)) & 1) << 4)
}

const decodeQ50: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at)
  for (let i = 0; i < 32; i++) out[to + i] = d * (fiveBits(bytes, at + 2, i) - 16)
}

const decodeQ51: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at)
  const m = halfAt(bytes, at + 2)
  for (let i = 0; i < 32; i++) out[to + i] = d * fiveBits(bytes, at + 4, i) + m
}

const decodeQ80: BlockDecoder = (bytes, at, out, to) => {
  const d = halfAt(bytes, at)
  for (let i = 0; i < 32; i++) out[to + i] = d * ((bytes[at + 2 + i]! << 24) >> 24)
}

const DECODERS: Readonly<Record<BlockDType, BlockDecoder>> = {
  Q4_0: decodeQ40,
  Q4_1: decodeQ41,
  Q5_0: decodeQ50,
  Q5_1: decodeQ51,
  Q8_0: decodeQ80,
  Q2_K: decodeQ2K,
  Q3_K: decodeQ3K,
  Q4_K: decodeQ4K,
  Q5_K: decodeQ5K,
  Q6_K: decodeQ6K,
}

/** Decodes whole blocks in the order of the file. Throws `RangeError` where the last block is incomplete. */
export function dequantize(bytes: Uint8Array, dtype: BlockDType): Float32Array<ArrayBuffer> {
  const { elements, bytes: blockBytes } = BLOCK_TYPES[dtype]
  const blocks = bytes.length / blockBytes
  if (!Number.isInteger(blocks))
    throw new RangeError(`${bytes.length} bytes are not whole blocks of ${dtype}, which have ${blockBytes}.`)
  const out = new Float32Array(blocks * elements)
  const decode = DECODERS[dtype]
  for (let block = 0; block < blocks; block++) decode(bytes, block * blockBytes, out, block * elements)
  return out
}

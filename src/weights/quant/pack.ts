// Weights as the GPU reads them: u32 words of f16, int8 or 4 bits, in blocks of 32 along the inputs.
import { decodeFloat16, encodeFloat16, float16ToFloat32, float32ToFloat16 } from './float16'

export type WeightFormat = 'f16' | 'q8' | 'q4'

/** Inputs that share one scale. */
export const BLOCK = 32

/**
 * A matrix [rows, cols] (outputs, inputs), row-major, each row padded with zero bits to `stride` elements.
 *
 * - `f16`: `data` [rows, stride/2], two f16 a word, lower index in the low half.
 * - `q8`: `data` [rows, stride/4], four int8 a word, lowest index in the low byte; w = q·scale. `scales`: one f16 a
 *   block, [rows, stride/32] flattened over the matrix, two a word, low half first, padded to even.
 * - `q4`: `data` [rows, stride/8], eight nibbles a word, lowest index in the lowest nibble; w = q·scale + min, q in
 *   0..15. `scales`: one word a block, [rows, stride/32]: f16 scale in the low half, f16 min in the high half.
 *
 * In `q4` a zero padding nibble means `min`, so a kernel must treat inputs past `cols` as zero.
 */
export interface PackedWeight {
  readonly format: WeightFormat
  readonly rows: number
  readonly cols: number
  /** `cols` rounded up to a multiple of 32. */
  readonly stride: number
  readonly data: Uint32Array<ArrayBuffer>
  readonly scales?: Uint32Array<ArrayBuffer>
}

export function strideOf(cols: number): number {
  return Math.ceil(cols / BLOCK) * BLOCK
}

const BITS = { f16: 16, q8: 8, q4: 4 } as const

/** Words of `data` in a row of `cols`. */
export function rowWords(cols: number, format: WeightFormat): number {
  return (strideOf(cols) * BITS[format]) / 32
}

/** u32 words of a matrix's `data` and `scales` (none in f16). */
export function packedWords(
  rows: number,
  cols: number,
  format: WeightFormat,
): { readonly data: number; readonly scales: number } {
  const blocks = (rows * strideOf(cols)) / BLOCK
  return {
    data: rows * rowWords(cols, format),
    scales: format === 'f16' ? 0 : format === 'q8' ? Math.ceil(blocks / 2) : blocks,
  }
}

/** `values` [rows, cols] with each row padded to [rows, strideOf(cols)]; the same bytes as u32 words. */
function paddedWords(values: Uint16Array | Int8Array, rows: number, cols: number): Uint32Array<ArrayBuffer> {
  const stride = strideOf(cols)
  const size = values.BYTES_PER_ELEMENT
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  const words = new Uint32Array((rows * stride * size) / 4)
  const out = new Uint8Array(words.buffer)
  if (stride === cols) out.set(bytes)
  else
    for (let row = 0; row < rows; row++)
      out.set(bytes.subarray(row * cols * size, (row + 1) * cols * size), row * stride * size)
  return words
}

function checkCount(what: string, found: number, rows: number, cols: number): void {
  if (found !== rows * cols)
    throw new RangeError(`A matrix of ${rows} × ${cols} needs ${rows * cols} ${what}; ${found} were given.`)
}

/** Two f16 codes a word, padded to an even count. */
function pairs(codes: Uint16Array): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(codes.length / 2))
  new Uint16Array(words.buffer).set(codes)
  return words
}

/** `codes`: f16 bit patterns [rows, cols], which stay exact. */
export function packF16(codes: Uint16Array, rows: number, cols: number): PackedWeight {
  checkCount('f16 codes', codes.length, rows, cols)
  return { format: 'f16', rows, cols, stride: strideOf(cols), data: paddedWords(codes, rows, cols) }
}

/** Packs the file form: `q` [rows, cols] and f16 codes `scales` [rows, ceil(cols/32)], which stay exact. */
export function packQ8(q: Int8Array, scales: Uint16Array, rows: number, cols: number): PackedWeight {
  checkCount('int8 values', q.length, rows, cols)
  checkCount('scales', scales.length, rows, strideOf(cols) / BLOCK)
  return {
    format: 'q8',
    rows,
    cols,
    stride: strideOf(cols),
    data: paddedWords(q, rows, cols),
    scales: pairs(scales),
  }
}

/**
 * The f16 code of the step between levels so that `levels` steps cover `span`; the next larger f16 where rounding
 * would clip.
 */
function stepCode(span: number, levels: number): number {
  const code = encodeFloat16(span / levels)
  return span > decodeFloat16(code) * (levels + 0.5) ? code + 1 : code
}

/** The largest f16 not above `value`. */
function floorCode(value: number): number {
  const code = encodeFloat16(value)
  if (decodeFloat16(code) <= value) return code
  if (code === 0) return 0x8001 // below zero comes the smallest negative
  return code & 0x8000 ? code + 1 : code - 1
}

function quantize8(values: Float32Array, rows: number, cols: number): PackedWeight {
  const blocks = strideOf(cols) / BLOCK
  const q = new Int8Array(rows * cols)
  const scales = new Uint16Array(rows * blocks)
  for (let block = 0; block < rows * blocks; block++) {
    const row = Math.floor(block / blocks)
    const begin = row * cols + (block % blocks) * BLOCK
    const end = Math.min(begin + BLOCK, (row + 1) * cols)
    let largest = 0
    for (let i = begin; i < end; i++) {
      const magnitude = Math.abs(values[i]!)
      if (magnitude > largest) largest = magnitude
    }
    const code = stepCode(largest, 127)
    const scale = decodeFloat16(code)
    scales[block] = code
    if (scale === 0) continue
    for (let i = begin; i < end; i++) {
      const level = ((values[i]! / scale + 128.5) | 0) - 128 // rounds to nearest: the sum is positive, and cut to a whole number
      q[i] = level > 127 ? 127 : level < -127 ? -127 : level
    }
  }
  return packQ8(q, scales, rows, cols)
}

function quantize4(values: Float32Array, rows: number, cols: number): PackedWeight {
  const stride = strideOf(cols)
  const blocks = stride / BLOCK
  const data = new Uint32Array((rows * stride) / 8)
  const scales = new Uint32Array(rows * blocks)
  for (let block = 0; block < rows * blocks; block++) {
    const row = Math.floor(block / blocks)
    const begin = row * cols + (block % blocks) * BLOCK
    const end = Math.min(begin + BLOCK, (row + 1) * cols)
    let low = Infinity
    let high = -Infinity
    for (let i = begin; i < end; i++) {
      const value = values[i]!
      if (value < low) low = value
      if (value > high) high = value
    }
    const minCode = floorCode(low)
    const min = decodeFloat16(minCode)
    const code = stepCode(high - min, 15)
    const scale = decodeFloat16(code)
    scales[block] = code | (minCode << 16)
    if (scale === 0) continue
    for (let i = begin; i < end; i++) {
      const level = ((values[i]! - min) / scale + 0.5) | 0 // rounds to nearest: no value is below the minimum
      data[block * 4 + ((i - begin) >> 3)]! |= (level > 15 ? 15 : level) << (((i - begin) & 7) * 4)
    }
  }
  return { format: 'q4', rows, cols, stride, data, scales }
}

/** Beyond this an f16, and so a quantised block's minimum, would be infinite. */
const LARGEST = 65504

/**
 * Packs `values` [rows, cols]. q8 and q4 round to the nearest level of a scale that is itself an f16: the error is at
 * most half a scale. Throws `RangeError` on a value that is not finite, or too large for f16.
 * @param firstRow of `values` in a larger matrix, for the message
 */
export function packWeight(
  values: Float32Array,
  rows: number,
  cols: number,
  format: WeightFormat,
  firstRow = 0,
): PackedWeight {
  checkCount('values', values.length, rows, cols)
  for (let i = 0; i < values.length; i++) {
    if (Math.abs(values[i]!) <= LARGEST) continue // also false for NaN
    throw new RangeError(
      `The weight at row ${firstRow + Math.floor(i / cols)}, column ${i % cols} is ${values[i]}; it must be between -${LARGEST} and ${LARGEST}.`,
    )
  }
  if (format === 'f16') return packF16(float32ToFloat16(values), rows, cols)
  return format === 'q8' ? quantize8(values, rows, cols) : quantize4(values, rows, cols)
}

function asUint16(words: Uint32Array<ArrayBuffer>): Uint16Array<ArrayBuffer> {
  return new Uint16Array(words.buffer, words.byteOffset, words.length * 2)
}

/** The values as a kernel reads them, [rows, cols]. */
export function unpackWeight({
  format,
  rows,
  cols,
  stride,
  data,
  scales,
}: PackedWeight): Float32Array<ArrayBuffer> {
  const halves = float16ToFloat32(asUint16(format === 'f16' ? data : scales!))
  const int8 = new Int8Array(data.buffer, data.byteOffset, data.byteLength)
  const out = new Float32Array(rows * cols)
  for (let row = 0; row < rows; row++) {
    for (let col = 0; col < cols; col++) {
      const i = row * stride + col
      const block = Math.floor(i / BLOCK)
      if (format === 'f16') out[row * cols + col] = halves[i]!
      else if (format === 'q8') out[row * cols + col] = int8[i]! * halves[block]!
      else
        out[row * cols + col] =
          ((data[i >> 3]! >>> ((i & 7) * 4)) & 15) * halves[block * 2]! + halves[block * 2 + 1]!
    }
  }
  return out
}

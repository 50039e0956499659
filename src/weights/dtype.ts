// The element types a weight file may hold, and how each becomes f32. Files are little-endian, and so is every WebGPU
// platform.
import { float16ToFloat32 } from './quant/float16'

/** Bits per element, by safetensors name. */
export const DTYPE_BITS = {
  F64: 64,
  F32: 32,
  F16: 16,
  BF16: 16,
  F8_E4M3: 8,
  F8_E5M2: 8,
  F8_E8M0: 8,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F4: 4,
  C64: 64,
  I64: 64,
  U64: 64,
  I32: 32,
  U32: 32,
  I16: 16,
  U16: 16,
  I8: 8,
  U8: 8,
  BOOL: 8,
} as const

export type FileDType = keyof typeof DTYPE_BITS

export function isFileDType(name: unknown): name is FileDType {
  return typeof name === 'string' && Object.hasOwn(DTYPE_BITS, name)
}

/** float8 E4M3FN: 4 exponent bits with bias 7, no infinity, NaN is 0x7f. */
function decodeE4M3(code: number): number {
  const sign = code & 0x80 ? -1 : 1
  const exponent = (code >>> 3) & 15
  const fraction = code & 7
  if ((code & 0x7f) === 0x7f) return NaN
  return exponent === 0 ? sign * fraction * 2 ** -9 : sign * (8 + fraction) * 2 ** (exponent - 10)
}

const E4M3 = Float32Array.from({ length: 256 }, (_, code) => decodeE4M3(code))
/** Its codes are the upper bytes of f16's. */
const E5M2 = float16ToFloat32(Uint16Array.from({ length: 256 }, (_, code) => code << 8))

function lookUp(table: Float32Array, codes: Uint8Array): Float32Array<ArrayBuffer> {
  const values = new Float32Array(codes.length)
  for (let i = 0; i < codes.length; i++) values[i] = table[codes[i]!]!
  return values
}

/** A typed view at any byte offset; copies where the offset is not aligned. */
export function aligned(
  bytes: Uint8Array,
  elementBytes: number,
): { buffer: ArrayBuffer; offset: number; length: number } {
  const own =
    bytes.buffer instanceof ArrayBuffer && bytes.byteOffset % elementBytes === 0
      ? bytes
      : new Uint8Array(bytes)
  return { buffer: own.buffer as ArrayBuffer, offset: own.byteOffset, length: own.byteLength / elementBytes }
}

/**
 * The numbers in `bytes`, as f32; `undefined` for a type that has no plain conversion (F4, F6, E8M0, C64). I8 is not
 * scaled.
 */
export function decodeFloats(bytes: Uint8Array, dtype: FileDType): Float32Array<ArrayBuffer> | undefined {
  const { buffer, offset, length } = aligned(bytes, DTYPE_BITS[dtype] >= 8 ? DTYPE_BITS[dtype] / 8 : 1)
  switch (dtype) {
    case 'F32':
      return new Float32Array(buffer, offset, length)
    case 'F64':
      return new Float32Array(new Float64Array(buffer, offset, length))
    case 'F16':
      return float16ToFloat32(new Uint16Array(buffer, offset, length))
    case 'BF16': {
      const codes = new Uint16Array(buffer, offset, length)
      const bits = new Uint32Array(length)
      for (let i = 0; i < length; i++) bits[i] = codes[i]! << 16
      return new Float32Array(bits.buffer)
    }
    case 'F8_E4M3':
      return lookUp(E4M3, new Uint8Array(buffer, offset, length))
    case 'F8_E5M2':
      return lookUp(E5M2, new Uint8Array(buffer, offset, length))
    case 'I8':
      return new Float32Array(new Int8Array(buffer, offset, length))
    case 'U8':
    case 'BOOL':
      return new Float32Array(new Uint8Array(buffer, offset, length))
    case 'I16':
      return new Float32Array(new Int16Array(buffer, offset, length))
    case 'U16':
      return new Float32Array(new Uint16Array(buffer, offset, length))
    case 'I32':
      return new Float32Array(new Int32Array(buffer, offset, length))
    case 'U32':
      return new Float32Array(new Uint32Array(buffer, offset, length))
    case 'I64':
      return Float32Array.from(new BigInt64Array(buffer, offset, length), Number)
    case 'U64':
      return Float32Array.from(new BigUint64Array(buffer, offset, length), Number)
    default:
      return undefined
  }
}

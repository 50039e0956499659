// GGUF's numbers for value types and tensor types.
import type { BlockDType } from '../quant/block-types'
import type { FileDType } from '../dtype'

/** Bytes of one value; strings and arrays have their own length in the file. */
export const VALUE_BYTES = {
  u8: 1,
  i8: 1,
  u16: 2,
  i16: 2,
  u32: 4,
  i32: 4,
  f32: 4,
  bool: 1,
  u64: 8,
  i64: 8,
  f64: 8,
} as const

export type NumberType = keyof typeof VALUE_BYTES
export type ValueType = NumberType | 'string' | 'array'

const VALUE_TYPES: readonly ValueType[] = [
  'u8',
  'i8',
  'u16',
  'i16',
  'u32',
  'i32',
  'f32',
  'bool',
  'string',
  'array',
  'u64',
  'i64',
  'f64',
]

export function valueType(id: number): ValueType | undefined {
  return VALUE_TYPES[id]
}

/** One value of `type` at `at`; whole numbers beyond 2^53 come as bigint. */
export function readNumber(view: DataView, at: number, type: NumberType): number | bigint | boolean {
  const whole = (value: bigint): number | bigint =>
    BigInt.asIntN(54, value) === value ? Number(value) : value
  switch (type) {
    case 'u8':
      return view.getUint8(at)
    case 'i8':
      return view.getInt8(at)
    case 'u16':
      return view.getUint16(at, true)
    case 'i16':
      return view.getInt16(at, true)
    case 'u32':
      return view.getUint32(at, true)
    case 'i32':
      return view.getInt32(at, true)
    case 'f32':
      return view.getFloat32(at, true)
    case 'bool':
      return view.getUint8(at) !== 0
    case 'u64':
      return whole(view.getBigUint64(at, true))
    case 'i64':
      return whole(view.getBigInt64(at, true))
    case 'f64':
      return view.getFloat64(at, true)
  }
}

/** By ggml's number. */
const TENSOR_TYPES: ReadonlyMap<number, FileDType | BlockDType> = new Map([
  [0, 'F32'],
  [1, 'F16'],
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [6, 'Q5_0'],
  [7, 'Q5_1'],
  [8, 'Q8_0'],
  [10, 'Q2_K'],
  [11, 'Q3_K'],
  [12, 'Q4_K'],
  [13, 'Q5_K'],
  [14, 'Q6_K'],
  [24, 'I8'],
  [25, 'I16'],
  [26, 'I32'],
  [27, 'I64'],
  [28, 'F64'],
  [30, 'BF16'],
])

/** ggml's types that this reader does not support, for messages. */
const OTHER_TYPES: ReadonlyMap<number, string> = new Map([
  [9, 'Q8_1'],
  [15, 'Q8_K'],
  [16, 'IQ2_XXS'],
  [17, 'IQ2_XS'],
  [18, 'IQ3_XXS'],
  [19, 'IQ1_S'],
  [20, 'IQ4_NL'],
  [21, 'IQ3_S'],
  [22, 'IQ2_S'],
  [23, 'IQ4_XS'],
  [29, 'IQ1_M'],
  [34, 'TQ1_0'],
  [35, 'TQ2_0'],
  [39, 'MXFP4'],
])

export function tensorType(id: number): FileDType | BlockDType | undefined {
  return TENSOR_TYPES.get(id)
}

/** The name of an unsupported type: "IQ4_NL", or "number 77". */
export function unreadTypeName(id: number): string {
  return OTHER_TYPES.get(id) ?? `number ${id}`
}

/** For messages. */
export const READ_TENSOR_TYPES: string = [...TENSOR_TYPES.values()]
  .filter((name) => !/^[IF]\d+$/.test(name) || name === 'F32' || name === 'F16')
  .join(', ')

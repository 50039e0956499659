// A small GGUF file in memory, as llama.cpp's and ComfyUI's converters write them.
import { encodeFloat16, float32ToFloat16 } from '../../src/weights/quant/float16'
import { elementCount } from '../../src/weights/weight-file'

const TYPES = { F32: 0, F16: 1, Q8_0: 8 } as const
const ALIGNMENT = 32

export type WrittenType = keyof typeof TYPES

export interface WrittenTensor {
  readonly name: string
  readonly dtype: WrittenType
  /** Slowest dimension first. */
  readonly shape: readonly number[]
  readonly values: Float32Array
}

export type WrittenValue = string | number | boolean | readonly string[] | Float32Array | Int32Array

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([u64(bytes.length), bytes])
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength)

/** Type and value. Whole numbers are u32. */
function valueBytes(value: WrittenValue): Buffer {
  if (typeof value === 'string') return Buffer.concat([u32(8), text(value)])
  if (typeof value === 'boolean') return Buffer.concat([u32(7), Buffer.of(Number(value))])
  if (typeof value === 'number') return Buffer.concat([u32(4), u32(value)])
  if (value instanceof Float32Array) return Buffer.concat([u32(9), u32(6), u64(value.length), bytesOf(value)])
  if (value instanceof Int32Array) return Buffer.concat([u32(9), u32(5), u64(value.length), bytesOf(value)])
  return Buffer.concat([u32(9), u32(8), u64(value.length), ...value.map(text)])
}

/** Each 32 values: f16 scale, then int8. */
function blocksOfQ80(values: Float32Array): Buffer {
  const bytes = Buffer.alloc((values.length / 32) * 34)
  for (let block = 0; block < values.length / 32; block++) {
    const part = values.subarray(block * 32, block * 32 + 32)
    const scale = part.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / 127
    bytes.writeUInt16LE(encodeFloat16(scale), block * 34)
    part.forEach((value, i) =>
      bytes.writeInt8(scale === 0 ? 0 : Math.round(value / scale), block * 34 + 2 + i),
    )
  }
  return bytes
}

function dataOf({ dtype, values }: WrittenTensor): Buffer {
  if (dtype === 'F32') return bytesOf(values)
  return dtype === 'F16' ? bytesOf(float32ToFloat16(values)) : blocksOfQ80(values)
}

export function writeGguf(
  values: Readonly<Record<string, WrittenValue>>,
  tensors: readonly WrittenTensor[],
): Uint8Array<ArrayBuffer> {
  const header = [Buffer.from('GGUF'), u32(3), u64(tensors.length), u64(Object.keys(values).length)]
  for (const [key, value] of Object.entries(values)) header.push(text(key), valueBytes(value))
  const data: Buffer[] = []
  let offset = 0
  for (const tensor of tensors) {
    if (tensor.values.length !== elementCount(tensor.shape))
      throw new RangeError(`Tensor ${tensor.name} has ${tensor.values.length} values.`)
    header.push(
      text(tensor.name),
      u32(tensor.shape.length),
      ...[...tensor.shape].reverse().map(u64),
      u32(TYPES[tensor.dtype]),
      u64(offset),
    )
    const bytes = dataOf(tensor)
    const padded = Buffer.alloc(Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT)
    bytes.copy(padded)
    data.push(padded)
    offset += padded.length
  }
  const head = Buffer.concat(header)
  const padding = Buffer.alloc(Math.ceil(head.length / ALIGNMENT) * ALIGNMENT - head.length)
  return new Uint8Array(Buffer.concat([head, padding, ...data]))
}

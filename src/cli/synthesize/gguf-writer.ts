// The header of a GGUF file, version 3: magic, counts, key-value pairs, tensor entries.
import { GGUF_MAGIC } from '../../weights/formats/gguf'
import { GrowingBytes } from './growing-bytes'
import type { StoredType } from './planned-file'

export const ALIGNMENT = 32

/** Numbers are written as u32, lists of numbers in the given type. */
export type GgufMetadata = ReadonlyMap<
  string,
  string | number | boolean | readonly string[] | Float32Array | Int32Array
>

export interface GgufEntry {
  readonly name: string
  readonly dtype: StoredType
  /** Slowest dimension first; the file stores them in reverse. */
  readonly shape: readonly number[]
  /** From the start of the data. */
  readonly offset: number
}

const VALUE = { u32: 4, i32: 5, f32: 6, bool: 7, string: 8, array: 9 } as const
const TENSOR: Readonly<Record<StoredType, number>> = {
  F32: 0,
  F16: 1,
  BF16: 30,
  Q8_0: 8,
  Q4_K: 12,
  Q5_K: 13,
  Q6_K: 14,
}

function writeValue(
  out: GrowingBytes,
  value: GgufMetadata extends ReadonlyMap<string, infer V> ? V : never,
): void {
  if (typeof value === 'string') {
    out.u32(VALUE.string)
    out.text(value)
  } else if (typeof value === 'number') {
    out.u32(VALUE.u32)
    out.u32(value)
  } else if (typeof value === 'boolean') {
    out.u32(VALUE.bool)
    out.raw(Uint8Array.of(Number(value)))
  } else {
    out.u32(VALUE.array)
    const numbers = ArrayBuffer.isView(value)
    out.u32(!numbers ? VALUE.string : value instanceof Float32Array ? VALUE.f32 : VALUE.i32)
    out.u64(value.length)
    if (numbers) out.raw(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    else for (const text of value) out.text(text)
  }
}

/** Everything before the data, padded to the beginning of the data. */
export function ggufHeader(metadata: GgufMetadata, tensors: readonly GgufEntry[]): Uint8Array<ArrayBuffer> {
  const out = new GrowingBytes()
  out.u32(GGUF_MAGIC)
  out.u32(3)
  out.u64(tensors.length)
  out.u64(metadata.size)
  for (const [key, value] of metadata) {
    out.text(key)
    writeValue(out, value)
  }
  for (const { name, dtype, shape, offset } of tensors) {
    out.text(name)
    out.u32(shape.length)
    for (const dim of [...shape].reverse()) out.u64(dim)
    out.u32(TENSOR[dtype])
    out.u64(offset)
  }
  out.align(ALIGNMENT)
  return out.taken()
}

// A file before it is written: its header, and where each tensor goes.
import type { QuantizedType } from './quantize'

export type StoredType = 'F32' | 'F16' | QuantizedType

export interface PlannedTensor {
  /** The name that the formula takes: Wan's original one. */
  readonly original: string
  readonly shape: readonly number[]
  readonly dtype: StoredType
  /** Bytes from the start of the file. */
  readonly offset: number
}

export interface PlannedFile {
  /** Path in the model's folder. */
  readonly name: string
  /** Bytes of the whole. */
  readonly size: number
  /** What lies between the tensors: the header, and of an archive more. */
  readonly pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[]
  readonly tensors: readonly PlannedTensor[]
}

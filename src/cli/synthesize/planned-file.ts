// A file that is yet to be written: its header, and the place of each tensor.
import type { QuantizedType } from './quantize'

export type StoredType = 'F32' | 'F16' | 'BF16' | QuantizedType

export interface PlannedTensor {
  /** Wan's original name, which the formula takes. */
  readonly original: string
  readonly shape: readonly number[]
  readonly dtype: StoredType
  /** Bytes from the start of the file. */
  readonly offset: number
}

export interface PlannedFile {
  /** Path in the model's folder. */
  readonly name: string
  /** Bytes of the whole file. */
  readonly size: number
  /** Everything but the tensors: the header, and the records of an archive. */
  readonly pieces: readonly { readonly offset: number; readonly bytes: Uint8Array }[]
  readonly tensors: readonly PlannedTensor[]
}

import { storedBytes } from '../../../src/cli/synthesize/fill'
import type { PlannedFile } from '../../../src/cli/synthesize/planned-file'
import type { ByteSource } from '../../../src/weights/sources/byte-source'
import { DTYPE_BITS } from '../../../src/weights/dtype'
import { isBlockDType } from '../../../src/weights/quant/block-types'
import { tensorBytes } from '../../../src/weights/weight-file'

/** A file that was planned and not written: its weights are computed as they are read. */
export function plannedSource({ name, size, pieces, tensors }: PlannedFile): ByteSource {
  return {
    name,
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      const end = offset + length
      for (const piece of pieces) {
        const from = Math.max(offset, piece.offset)
        const to = Math.min(end, piece.offset + piece.bytes.length)
        if (from < to) bytes.set(piece.bytes.subarray(from - piece.offset, to - piece.offset), from - offset)
      }
      for (const { original, shape, dtype, offset: start } of tensors) {
        if (isBlockDType(dtype)) throw new Error(`${original} is ${dtype}; only plain numbers are read here.`)
        const from = Math.max(offset, start)
        const to = Math.min(end, start + tensorBytes(dtype, shape))
        if (from >= to) continue
        const unit = DTYPE_BITS[dtype] / 8
        const first = Math.floor((from - start) / unit)
        const count = Math.ceil((to - start) / unit) - first
        const part = storedBytes({ original, shape, dtype }, first, count)
        bytes.set(part.subarray(from - start - first * unit, to - start - first * unit), from - offset)
      }
      return bytes
    },
  }
}

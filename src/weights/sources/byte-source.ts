// Sources of bytes: memory, a File of the user, a URL. Read by range, so that a large file is never in memory whole.
import { WeightsError } from '../error'

/** A file of known size, read by ranges. The caller owns the returned bytes. */
export interface ByteSource {
  readonly name: string
  /** Bytes. */
  readonly size: number
  /** Exactly `length` bytes from `offset`; rejects with `WeightsError` where the file has fewer. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>
}

/** Throws unless `[offset, offset + length)` lies inside a file of `size` bytes. */
export function checkRange(name: string, size: number, offset: number, length: number): void {
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length)
  if (!whole || offset < 0 || length < 0 || offset + length > size) {
    throw new WeightsError(
      name,
      `${name} has ${size} bytes; ${length} bytes from offset ${offset} were asked for, and those are not in it.`,
    )
  }
}

/** A source over bytes in memory. */
export function bufferSource(name: string, bytes: Uint8Array): ByteSource {
  return {
    name,
    size: bytes.byteLength,
    async read(offset, length) {
      checkRange(name, bytes.byteLength, offset, length)
      return new Uint8Array(bytes.subarray(offset, offset + length))
    },
  }
}

/**
 * A source over a `Blob` or `File`, which stays on the disk until its slices are read.
 * @param remedy where it cannot be read any more, in a sentence
 */
export function blobSource(name: string, blob: Blob, remedy = 'Choose it again.'): ByteSource {
  return {
    name,
    size: blob.size,
    async read(offset, length) {
      checkRange(name, blob.size, offset, length)
      const bytes = new Uint8Array(
        await blob
          .slice(offset, offset + length)
          .arrayBuffer()
          .catch(() => {
            throw new WeightsError(
              name,
              `${name} can no longer be read: it was moved, deleted or changed, or its disk was taken away. ${remedy}`,
              'model-missing',
            )
          }),
      )
      if (bytes.byteLength !== length) {
        throw new WeightsError(
          name,
          `${name} gave ${bytes.byteLength} of ${length} bytes from offset ${offset}; it changed while it was read. ${remedy}`,
          'model-missing',
        )
      }
      return bytes
    },
  }
}

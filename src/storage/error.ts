import { shortMessage } from '../protocol/errors'

/** A failure of the browser's storage, or a conflict with another tab. The message is a sentence. */
export class StoreError extends Error {
  override readonly name = 'StoreError'

  constructor(
    readonly code: 'storage-failed' | 'no-storage' | 'busy',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(shortMessage(message), options)
  }
}

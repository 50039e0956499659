/** The browser's storage did not do what was asked, or another tab has it. The message is a sentence. */
export class StoreError extends Error {
  override readonly name = 'StoreError'

  constructor(
    readonly code: 'storage-failed' | 'no-storage' | 'busy',
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }
}

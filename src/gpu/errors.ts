/** A failure on the GPU: a code for the caller, and a sentence for the user. */
export type GpuErrorCode =
  'no-webgpu' | 'no-adapter' | 'limit' | 'out-of-memory' | 'device-lost' | 'validation'

export class GpuError extends Error {
  override readonly name = 'GpuError'
  constructor(
    readonly code: GpuErrorCode,
    message: string,
  ) {
    super(message)
  }
}

/** What went wrong on the GPU, in a code a caller can act on and a sentence a person can. */
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

/** What went wrong, for code; the error's message is for people. */
const ERROR_CODES = [
  'no-webgpu', // the browser has no WebGPU at all
  'no-adapter', // WebGPU without a usable GPU
  'limit', // the GPU is too small for this job
  'out-of-memory',
  'device-lost', // the GPU was reset; a retry opens it again
  'other-gpu', // an interrupted run was begun on another GPU, or with another version of the app
  'invalid-settings',
  'model-missing', // the files are missing
  'model-invalid', // the files are there, and wrong
  'codec-missing', // no video encoder works in this browser
  'video-broken', // the encoder's frames are wrong
  'not-finite', // the model's numbers overflowed: NaN or infinity
  'storage-failed', // full, busy or broken
  'no-storage', // the browser keeps nothing for this page, as in private windows
  'engine-missing', // its thread did not start
  'engine-broken', // its thread is of no more use; another one takes its place
  'busy', // one job at a time
  'cancelled',
  'internal',
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

/** Errors that trying again cannot cure: they need another browser or another setting. */
export const NO_RETRY: ReadonlySet<ErrorCode> = new Set(['no-webgpu', 'invalid-settings'])

/** Characters of a message, at most: a page shows it whole. */
const LONGEST = 800
/** Of what the console gets. */
const LONGEST_DETAIL = 8000

/** A message that fits a page, whatever a file, a server or a driver put into it. */
export function shortMessage(message: string, longest = LONGEST): string {
  return message.length > longest ? `${message.slice(0, longest)}…` : message
}

/** An error whose message is a sentence with the value found, the value needed and the remedy. */
export class ZoetropeError extends Error {
  override readonly name = 'ZoetropeError'

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(shortMessage(message), options)
  }
}

/** An error on its way between worker and page. */
export interface Failure {
  code: ErrorCode
  message: string
  /** Stack of the worker, for the console. */
  detail?: string
  /** Of the run that failed, if it had begun: a random seed too can be used again. */
  seed?: number
}

function isErrorCode(value: unknown): value is ErrorCode {
  return (ERROR_CODES as readonly unknown[]).includes(value)
}

type NoRoomName = 'QuotaExceededError' | 'NoSpaceError'

/** Whether this is how browsers, or our own storage, report a full disk. */
export function isNoRoom(error: unknown): error is Error & { readonly name: NoRoomName } {
  return error instanceof Error && /^(QuotaExceededError|NoSpaceError)$/.test(error.name)
}

function codeOf(error: Error): ErrorCode {
  // Any layer may carry a code, whatever its class.
  if ('code' in error && isErrorCode(error.code)) return error.code
  if (error.name === 'AbortError') return 'cancelled'
  if (isNoRoom(error)) return 'storage-failed'
  if (error.name === 'WeightsError') return 'model-invalid'
  if (error.name === 'GPUOutOfMemoryError') return 'out-of-memory'
  return 'internal'
}

export function toFailure(error: unknown): Failure {
  if (!(error instanceof Error))
    return { code: 'internal', message: shortMessage(`Something went wrong: ${String(error)}`) }
  const code = codeOf(error)
  const message =
    code === 'cancelled'
      ? 'Cancelled.'
      : shortMessage(error.message) || 'Something went wrong, without a further message.'
  return error.stack === undefined
    ? { code, message }
    : { code, message, detail: shortMessage(error.stack, LONGEST_DETAIL) }
}

export function fromFailure(failure: Failure): ZoetropeError {
  return new ZoetropeError(failure.code, failure.message, { cause: failure.detail })
}

/** Whatever was thrown, as an error with a code. */
export function asZoetropeError(error: unknown): ZoetropeError {
  return error instanceof ZoetropeError ? error : fromFailure(toFailure(error))
}

/** Characters of a message, at most: a page shows it whole. */
const LONGEST = 800

/**
 * A weight file, one of its tensors or a manifest is wrong. The message is one sentence with the value found and the
 * value needed.
 */
export class WeightsError extends Error {
  override readonly name = 'WeightsError'

  /** `file` is the name of the faulty file, as the user knows it. */
  constructor(
    readonly file: string,
    message: string,
    /** Whether the file is wrong or missing. */
    readonly code: 'model-invalid' | 'model-missing' = 'model-invalid',
  ) {
    // What a file says of itself is shortened where it is quoted; this is for what slips through.
    super(message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message)
  }
}

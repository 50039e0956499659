import { shortMessage } from '../protocol/errors'

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
    // Quotes from files are already shortened; this limits what slips through.
    super(shortMessage(message))
  }
}

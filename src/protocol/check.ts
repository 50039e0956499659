// The self-check of a GPU: what the page asks of its worker, and what comes back.
import type { CancelCommand, FailedReply } from './requests'

/** The result of one comparison with a reference. */
export interface CheckLine {
  /** Of a kernel with its variant, or of a part of the bundled model. */
  readonly name: string
  /** ‖ours − reference‖ / ‖reference‖; NaN where something is not a number. */
  readonly relError: number
  /** The largest relative error that counts as right. */
  readonly allowed: number
  readonly isRight: boolean
  /** A sentence, where the GPU did not get as far as a result. */
  readonly problem?: string
}

/** The GPU that was checked. */
export interface CheckedGpu {
  readonly adapter: string
  /** Type in which activations are stored. */
  readonly storage: 'f16' | 'f32'
  readonly features: readonly string[]
  /** 10^12 operations a second in large matrix products. */
  readonly teraflops: number
}

/** Page to worker. */
export type CheckCommand =
  | {
      type: 'check'
      id: number
      /** The page's folder, which has the references and the bundled model; ends in a slash. */
      base: string
    }
  | CancelCommand

/** Worker to page. */
export type CheckReply =
  | { type: 'progress'; id: number; line: CheckLine; of: number }
  | { type: 'checked'; id: number; gpu: CheckedGpu }
  | FailedReply

export type CheckRequest = Exclude<CheckCommand, CancelCommand>

/** The last reply of each command. */
export interface CheckFinalReply {
  check: 'checked'
}

// A small instruct model that writes prompts: what the page asks of its worker, and what comes back.
import type { CancelCommand, FailedReply } from './requests'

/** Types of its weights, as transformers.js names them. */
export type WriterDtype = 'q4f16' | 'fp32'

/** What is to be written, and by which downloaded model. */
export interface WriterInput {
  /** Id of the stored model. */
  readonly model: string
  readonly dtype: WriterDtype
  /** Instructions to the model. */
  readonly task: string
  readonly prompt: string
}

/** Page to worker. */
export type WriterCommand = ({ type: 'write'; id: number } & WriterInput) | CancelCommand

/** Worker to page. */
export type WriterReply = { type: 'written'; id: number; text: string } | FailedReply

export type WriterRequest = Exclude<WriterCommand, CancelCommand>

/** The last reply of each command. */
export interface WriterFinalReply {
  write: 'written'
}

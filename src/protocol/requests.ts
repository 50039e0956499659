// The common part of all worker protocols: request numbers, cancellation, and failure.
import type { Failure } from './errors'

/** The first word of every worker, before any command: it runs, and will answer. */
export interface ReadyReply {
  type: 'ready'
  id: 0
}

/** A command or a reply; `id` is the page's number for the request. */
export interface Numbered {
  readonly type: string
  readonly id: number
}

/** Cancels the request of that id, which answers `failed` with the code `cancelled`. */
export interface CancelCommand {
  type: 'cancel'
  id: number
}

/** May replace any final reply. */
export interface FailedReply {
  type: 'failed'
  id: number
  failure: Failure
}

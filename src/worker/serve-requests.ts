import { toFailure, ZoetropeError } from '../protocol/errors'
import type { CancelCommand, FailedReply, Numbered } from '../protocol/requests'
import { afterGrace } from './after-grace'

/** A command that this version does not know: an old page has started a newer worker, or the other way round. */
export function unknownCommand({ type }: Numbered): ZoetropeError {
  return new ZoetropeError(
    'engine-missing',
    `This page and its worker are of different versions: the worker does not know the command "${String(type).slice(0, 40)}". Reload the page.`,
  )
}

/**
 * The worker's side of `client-requests.ts`: runs every command until it has answered, failed or been cancelled. One
 * that goes on after its cancel is left to itself: what it answers then, nobody waits for.
 * @param answer posts the final reply itself
 */
export function answerCommands<Request extends Numbered>(
  answer: (request: Request, signal: AbortSignal) => Promise<void>,
  fail: (reply: FailedReply) => void,
): (command: Request | CancelCommand) => void {
  const running = new Map<number, AbortController>()
  const isCancel = (command: Numbered): command is CancelCommand => command.type === 'cancel'

  return (command) => {
    if (typeof command !== 'object' || command === null) return // an extension's, or another version's
    const { id } = command
    if (isCancel(command)) {
      running.get(id)?.abort(new ZoetropeError('cancelled', 'Cancelled.'))
      return
    }
    const controller = new AbortController()
    running.set(id, controller)
    afterGrace(answer(command, controller.signal), controller.signal)
      .catch((error: unknown) => {
        // Whatever stopping throws, the user has cancelled.
        fail({
          type: 'failed',
          id,
          failure: toFailure(controller.signal.aborted ? controller.signal.reason : error),
        })
      })
      .finally(() => running.delete(id))
  }
}

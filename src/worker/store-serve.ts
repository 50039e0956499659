import { toFailure, ZoetropeError } from '../protocol/errors'
import type { StoreCommand, StoreReply, StoreRequest } from '../protocol/store'
import type { ModelStore } from '../weights/store/model-store'

/** Answers the page's commands with one store. */
export function serveStore(store: ModelStore, post: (reply: StoreReply) => void): (command: StoreCommand) => void {
  const running = new Map<number, AbortController>()

  const answer = async (request: StoreRequest, signal: AbortSignal): Promise<StoreReply> => {
    const { id } = request
    switch (request.type) {
      case 'list':
        return { type: 'listed', id, models: await store.list() }
      case 'download':
        await store.download(request.model, request.check, (progress) => post({ type: 'progress', id, progress }), signal)
        return { type: 'downloaded', id }
      case 'remove':
        await store.remove(request.model)
        return { type: 'removed', id }
    }
  }

  return (command) => {
    const { id } = command
    if (command.type === 'pause') {
      running.get(id)?.abort(new ZoetropeError('cancelled', 'Paused.'))
      return
    }
    const controller = new AbortController()
    running.set(id, controller)
    answer(command, controller.signal)
      .catch((error: unknown): StoreReply => ({ type: 'failed', id, failure: toFailure(controller.signal.aborted ? controller.signal.reason : error) }))
      .then(post)
      .finally(() => running.delete(id))
  }
}

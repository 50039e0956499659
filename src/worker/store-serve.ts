import type { StoreCommand, StoreReply, StoreRequest } from '../protocol/store'
import type { ModelStore } from '../storage/model-store'
import { answerCommands, unknownCommand } from './serve-requests'

/** Answers the page's commands with one store. */
export function serveStore(
  store: ModelStore,
  post: (reply: StoreReply) => void,
): (command: StoreCommand) => void {
  const answer = async (request: StoreRequest, signal: AbortSignal): Promise<void> => {
    const { id } = request
    switch (request.type) {
      case 'list':
        return post({ type: 'listed', id, models: await store.list() })
      case 'download':
        await store.download(
          request.model,
          request.check,
          (progress) => post({ type: 'progress', id, progress }),
          signal,
        )
        return post({ type: 'downloaded', id })
      case 'remove':
        await store.remove(request.model)
        return post({ type: 'removed', id })
      default:
        throw unknownCommand(request)
    }
  }

  return answerCommands(answer, post)
}

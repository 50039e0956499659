import { ZoetropeError } from '../protocol/errors'
import type {
  WriterCommand,
  WriterFinalReply,
  WriterInput,
  WriterReply,
  WriterRequest,
} from '../protocol/writer'
import { connectWorker } from './client-requests'

const CANCELLED = 'Cancelled.'

/**
 * Writes a text in a worker of its own, which ends with it: nothing of the model stays in memory, on the CPU or on the
 * GPU.
 * @throws ZoetropeError `cancelled` after an abort, at once
 */
export async function writeInWorker(input: WriterInput, signal: AbortSignal): Promise<string> {
  if (signal.aborted) throw new ZoetropeError('cancelled', CANCELLED)
  const { ask, close } = connectWorker<WriterRequest, WriterReply, WriterFinalReply>(
    () => {
      const worker = new Worker(new URL('./writer-worker.ts', import.meta.url), {
        type: 'module',
        name: 'writer',
      })
      return {
        postMessage: (command: WriterCommand) => worker.postMessage(command),
        addEventListener: worker.addEventListener.bind(worker),
        terminate: () => worker.terminate(),
      }
    },
    { who: 'The writing model', cancelled: CANCELLED },
  )
  signal.addEventListener('abort', close, { once: true })
  try {
    return (await ask({ type: 'write', ...input })).text
  } finally {
    signal.removeEventListener('abort', close)
    close()
  }
}

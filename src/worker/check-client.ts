import type {
  CheckCommand,
  CheckedGpu,
  CheckFinalReply,
  CheckLine,
  CheckReply,
  CheckRequest,
} from '../protocol/check'
import { connectWorker } from './client-requests'

/**
 * Runs the self-check in a worker of its own, which ends with it.
 * @param base the page's folder
 * @param onLine called with each result, and with how many there will be
 * @throws ZoetropeError `cancelled` after an abort
 */
export async function checkGpu(
  base: string,
  onLine: (line: CheckLine, of: number) => void,
  signal: AbortSignal,
): Promise<CheckedGpu> {
  const { ask, close } = connectWorker<CheckRequest, CheckReply, CheckFinalReply>(
    () => {
      const worker = new Worker(new URL('./check-worker.ts', import.meta.url), {
        type: 'module',
        name: 'check',
      })
      return {
        postMessage: (command: CheckCommand) => worker.postMessage(command),
        addEventListener: worker.addEventListener.bind(worker),
        terminate: () => worker.terminate(),
      }
    },
    { who: 'The self-check', cancelled: 'Cancelled.' },
  )
  const onReply = (reply: CheckReply): void => {
    if (reply.type === 'progress') onLine(reply.line, reply.of)
  }
  try {
    return (await ask({ type: 'check', base }, { signal, onReply })).gpu
  } finally {
    close()
  }
}

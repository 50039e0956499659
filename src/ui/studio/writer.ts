// The small model that writes prompts: whether it can, and that nothing of it is left when a video begins. Without React.
import type { WriterEntry } from '../../catalogue/writers'
import type { WriterInput } from '../../protocol/writer'
import type { ModelLibrary } from '../library/model-library'
import type { Session } from '../session-state'

export interface Writer {
  readonly entry: WriterEntry
  /** Whether it is in this browser, the GPU can run it, and no video needs that now. */
  canWrite(): Promise<boolean>
  /** @throws ZoetropeError `cancelled` after an abort or `stop` */
  write(task: string, prompt: string, signal: AbortSignal): Promise<string>
  /** Ends what is being written, and frees its memory at once. */
  stop(): void
}

export interface WriterOptions {
  readonly entry: WriterEntry
  readonly library: Pick<ModelLibrary, 'get'>
  readonly session: Pick<Session, 'get'>
  /** Runs it; an abort frees everything. */
  run(input: WriterInput, signal: AbortSignal): Promise<string>
  /** Whether the GPU computes in 16 bits. */
  hasF16(): Promise<boolean>
}

/** Asks the browser, once it matters. */
export async function gpuHasF16(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter().catch(() => null)
  return adapter?.features.has('shader-f16') ?? false
}

export function createWriter({ entry, library, session, run, hasF16 }: WriterOptions): Writer {
  let running: AbortController | undefined
  let isFit: Promise<boolean> | undefined
  return {
    entry,
    async canWrite() {
      const isHere = library.get().installed.get(entry.id)?.isWhole === true
      if (!isHere || session.get().job !== undefined) return false
      return entry.needsF16 ? (isFit ??= hasF16()) : true
    },
    async write(task, prompt, signal) {
      running?.abort()
      const own = (running = new AbortController())
      const stop = (): void => own.abort()
      if (signal.aborted) stop()
      signal.addEventListener('abort', stop, { once: true })
      try {
        const { id: model, dtype } = entry
        return await run({ model, dtype, task, prompt }, own.signal)
      } finally {
        signal.removeEventListener('abort', stop)
        if (running === own) running = undefined
      }
    },
    stop: () => running?.abort(),
  }
}

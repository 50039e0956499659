import type { GenerationEvents, GenerationInput, GenerationResult, LiveResult } from '../protocol/engine'
import { toFailure, ZoetropeError } from '../protocol/errors'
import type { Command, CommandOf, Reply, Request } from '../protocol/messages'
import { resumed, type InterruptedRun } from '../protocol/runs'
import { unlessLost } from '../protocol/unless-lost'
import { afterGrace } from './after-grace'
import { EngineSlot, lossOf, type OpenEngine, type ServedEngine } from './engine-slot'
import { LiveRuns } from './live-runs'
import { answerCommands, unknownCommand } from './serve-requests'

/** Runs that were interrupted. */
export interface ServedRuns {
  list(): Promise<InterruptedRun[]>
  discard(run: string): Promise<void>
}

export type PostReply = (reply: Reply, transfer: Transferable[]) => void

/** The settings themselves are the engine's to check. @throws ZoetropeError where there are none */
function checkSettings(request: CommandOf<'plan'> | CommandOf<'generate'>): void {
  const settings: unknown = request.settings
  if (typeof settings !== 'object' || settings === null) throw unknownCommand(request)
}

/** Answers the page's commands with one engine, and opens it again after its device was lost. */
export function serveEngine(
  openEngine: OpenEngine,
  post: PostReply,
  runs?: ServedRuns,
): (command: Command) => void {
  const slot = new EngineSlot(openEngine)
  let isMaking = false
  /** Ends the denoising of the running video. */
  let finishing = new AbortController()
  const films = new LiveRuns()

  /** One video at a time. A device that is lost in it takes its engine with it. */
  const alone = async <T>(work: () => Promise<T>): Promise<T> => {
    if (isMaking) throw new ZoetropeError('busy', 'One video at a time: cancel the running one first.')
    isMaking = true
    try {
      return await work()
    } catch (error) {
      if (toFailure(error).code === 'device-lost') slot.drop()
      throw error
    } finally {
      isMaking = false
    }
  }

  /** An engine that hangs in a run is of no more use. */
  const unlessHung = <T>(run: Promise<T>, engine: ServedEngine, signal: AbortSignal): Promise<T> =>
    afterGrace(run, signal, () => {
      engine.dispose()
      slot.drop()
    })

  const attempt = async (
    id: number,
    settings: GenerationInput,
    onKept: (run: string) => void,
    signal: AbortSignal,
  ): Promise<GenerationResult> => {
    const opened = await slot.current(signal)
    signal.throwIfAborted()
    const events: GenerationEvents = {
      onProgress: (progress) => post({ type: 'progress', id, progress }, []),
      onPreview: (preview) =>
        post(
          { type: 'preview', id, preview },
          preview.rgba.map((image) => image.buffer),
        ),
      onKept,
      onPiece: (bytes) => post({ type: 'piece', id, bytes }, [bytes.buffer]),
    }
    const run = opened.generate(settings, events, signal, finishing.signal)
    return unlessHung(unlessLost(run, lossOf(opened)), opened, signal)
  }

  const generate = (
    { id, settings }: CommandOf<'generate'>,
    signal: AbortSignal,
  ): Promise<GenerationResult> =>
    alone(async () => {
      let kept: string | undefined
      const onKept = (run: string): void => {
        kept = run
        post({ type: 'kept', id, run }, [])
      }
      finishing = new AbortController()
      try {
        return await attempt(id, settings, onKept, signal)
      } catch (error) {
        // Reopens a GPU silently after its first reset, and continues where it was. After the second, the user decides.
        if (signal.aborted || toFailure(error).code !== 'device-lost') throw error
        slot.lose()
        return attempt(id, resumed(settings, kept), onKept, signal)
      }
    })

  /** A film that loses its GPU ends there, and is kept. */
  const live = ({ id, key, input }: CommandOf<'live'>, signal: AbortSignal): Promise<LiveResult> =>
    alone(async () => {
      films.expect(key)
      try {
        const opened = await slot.current(signal)
        signal.throwIfAborted()
        const run = opened.live(
          input,
          {
            onProgress: (progress) => post({ type: 'progress', id, progress }, []),
            onFrame: (frame) => post({ type: 'frame', id, frame }, [frame.i420.buffer]),
            onPiece: (bytes) => post({ type: 'piece', id, bytes }, [bytes.buffer]),
          },
          signal,
        )
        films.begin(key, run)
        return await unlessHung(run.result, opened, signal)
      } finally {
        films.end(key)
      }
    })

  const answer = async (request: Request, signal: AbortSignal): Promise<void> => {
    const { id } = request
    switch (request.type) {
      case 'open': {
        if (isMaking)
          throw new ZoetropeError('busy', 'A video is being made: cancel it before you open another model.')
        const { card } = await slot.replace(request.request, signal)
        post({ type: 'opened', id, engine: card }, [])
        return
      }
      case 'plan': {
        checkSettings(request)
        const opened = await slot.current(signal)
        post({ type: 'planned', id, planned: await opened.plan(request.settings, signal) }, [])
        return
      }
      case 'generate': {
        checkSettings(request)
        const result = await generate(request, signal)
        const { mp4, latents, end } = result
        const large = [mp4, ...(latents ? [latents] : []), ...(end ? [end.frame] : [])]
        post(
          { type: 'generated', id, result },
          large.map(({ buffer }) => buffer),
        )
        return
      }
      case 'live': {
        const result = await live(request, signal)
        post({ type: 'ended', id, result }, [result.mp4.buffer])
        return
      }
      case 'list-runs':
        return post({ type: 'runs', id, runs: (await runs?.list()) ?? [] }, [])
      case 'discard-run':
        await runs?.discard(request.run)
        return post({ type: 'run-discarded', id }, [])
      case 'finish':
        finishing.abort()
        return post({ type: 'finishing', id }, [])
      default:
        throw unknownCommand(request)
    }
  }

  const handle = answerCommands(answer, (reply) => post(reply, []))
  return (command) => {
    const isCommand = typeof command === 'object' && command !== null // anything may come
    if (isCommand && command.type === 'steer') films.change(command.key, command.change)
    else handle(command)
  }
}

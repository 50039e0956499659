import type {
  GenerationEvents,
  GenerationInput,
  GenerationResult,
  LiveResult,
  VideoEngine,
} from '../protocol/engine'
import { toFailure, ZoetropeError } from '../protocol/errors'
import type { Command, CommandOf, Reply, Request } from '../protocol/messages'
import type { OpenRequest } from '../protocol/model-source'
import { resumed, type InterruptedRun } from '../protocol/runs'
import { unlessLost } from '../protocol/unless-lost'
import { afterGrace } from './after-grace'
import { LiveRuns } from './live-runs'
import { answerCommands, unknownCommand } from './serve-requests'

/** An engine that can be lost. */
export interface ServedEngine extends VideoEngine {
  /** Resolves with a sentence when the device is lost. */
  readonly lost: Promise<string>
}

/** Opens the engine of a model, unless `signal` aborts. */
export type OpenEngine = (request: OpenRequest, signal: AbortSignal) => Promise<ServedEngine>

/** Runs that were interrupted. */
export interface ServedRuns {
  list(): Promise<InterruptedRun[]>
  discard(run: string): Promise<void>
}

export type PostReply = (reply: Reply, transfer: Transferable[]) => void

const GPU_WITHHELD =
  'The GPU stopped, and the browser will not give it back to this page. Reload the page, or open it in a new tab; if that does not help, restart the browser.'

const LOSSES = new WeakMap<ServedEngine, Promise<never>>()

/** Rejects when the engine is lost: the same promise each time. */
function lossOf(engine: ServedEngine): Promise<never> {
  const known = LOSSES.get(engine)
  if (known) return known
  const lost = engine.lost.then((reason): never => {
    throw new ZoetropeError('device-lost', reason)
  })
  lost.catch(() => undefined) // ignored where no job is running
  LOSSES.set(engine, lost)
  return lost
}

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
  let wanted: OpenRequest | undefined
  let engine: Promise<ServedEngine> | undefined
  let generating = false
  /** Ends the denoising of the running video. */
  let finishing = new AbortController()
  let wasLost = false
  const films = new LiveRuns()

  const forget = (lost: Promise<ServedEngine>): void => {
    if (engine === lost) engine = undefined
  }

  /** Frees `previous` first, even while it is still opening: there is one engine at a time. */
  const open = async (
    request: OpenRequest,
    signal: AbortSignal,
    previous?: Promise<ServedEngine>,
  ): Promise<ServedEngine> => {
    const replace = async (): Promise<ServedEngine> => {
      ;(await previous?.catch(() => undefined))?.dispose()
      signal.throwIfAborted()
      const coming = openEngine(request, signal)
      const free = (): void =>
        void coming.then(
          (late) => late.dispose(),
          () => undefined,
        )
      return afterGrace(coming, signal, free)
    }
    const opening = replace().catch((error: unknown) => {
      const failure = toFailure(error)
      throw wasLost && failure.code === 'no-adapter'
        ? new ZoetropeError('device-lost', GPU_WITHHELD, { cause: error })
        : error
    })
    engine = opening
    try {
      const opened = await opening
      void opened.lost.then(() => {
        if (engine === opening) wasLost = true // else it was freed here
        forget(opening)
      })
      return opened
    } catch (error) {
      forget(opening) // the next request tries again
      throw error
    }
  }

  const current = (signal: AbortSignal): Promise<ServedEngine> => {
    if (wanted === undefined) throw new ZoetropeError('internal', 'No model is open yet. Choose one first.')
    return engine ?? open(wanted, signal)
  }

  const attempt = async (
    id: number,
    settings: GenerationInput,
    onKept: (run: string) => void,
    signal: AbortSignal,
  ): Promise<GenerationResult> => {
    const opened = await current(signal)
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
    /** An engine that hangs in a run is of no more use. */
    const giveUp = (): void => {
      opened.dispose()
      engine = undefined
    }
    return afterGrace(
      unlessLost(opened.generate(settings, events, signal, finishing.signal), lossOf(opened)),
      signal,
      giveUp,
    )
  }

  const generate = async (
    { id, settings }: CommandOf<'generate'>,
    signal: AbortSignal,
  ): Promise<GenerationResult> => {
    let kept: string | undefined
    const onKept = (run: string): void => {
      kept = run
      post({ type: 'kept', id, run }, [])
    }
    if (generating) throw new ZoetropeError('busy', 'One video at a time: cancel the running one first.')
    generating = true
    finishing = new AbortController()
    try {
      return await attempt(id, settings, onKept, signal).catch((error: unknown) => {
        // Reopens a GPU silently after its first reset, and continues where it was. After the second, the user decides.
        if (signal.aborted || toFailure(error).code !== 'device-lost') throw error
        engine = undefined
        wasLost = true
        return attempt(id, resumed(settings, kept), onKept, signal)
      })
    } catch (error) {
      if (toFailure(error).code === 'device-lost') engine = undefined
      throw error
    } finally {
      generating = false
    }
  }

  /** A film that loses its GPU ends there, and is kept. */
  const live = async ({ id, key, input }: CommandOf<'live'>, signal: AbortSignal): Promise<LiveResult> => {
    if (generating) throw new ZoetropeError('busy', 'One video at a time: cancel the running one first.')
    generating = true
    films.expect(key)
    try {
      const opened = await current(signal)
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
      const giveUp = (): void => {
        opened.dispose()
        engine = undefined
      }
      return await afterGrace(run.result, signal, giveUp)
    } catch (error) {
      if (toFailure(error).code === 'device-lost') engine = undefined
      throw error
    } finally {
      films.end(key)
      generating = false
    }
  }

  const answer = async (request: Request, signal: AbortSignal): Promise<void> => {
    const { id } = request
    switch (request.type) {
      case 'open': {
        if (generating)
          throw new ZoetropeError('busy', 'A video is being made: cancel it before you open another model.')
        wanted = request.request
        post({ type: 'opened', id, engine: (await open(wanted, signal, engine)).card }, [])
        return
      }
      case 'plan': {
        checkSettings(request)
        const opened = await current(signal)
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

import { toFailure, ZoetropeError } from '../protocol/errors'
import { limitsFor } from '../protocol/limits'
import type { Command, CommandOf, EngineCard, GenerationResult, Reply, Request } from '../protocol/messages'
import type { OpenRequest } from '../protocol/model-source'
import { normaliseSettings } from '../protocol/normalise'
import type { MemoryPlan, PreviewImage, StageProgress } from '../protocol/progress'
import type { GenerationSettings, SettingsDefaults } from '../protocol/settings'
import { afterGrace } from './after-grace'
import { answerCommands } from './serve-requests'

/** What the worker needs of an engine. */
export interface ServedEngine {
  readonly manifest: ServedManifest
  readonly adapter: string
  /** Resolves with a sentence when the device is lost. */
  readonly lost: Promise<string>
  plan(settings: GenerationSettings): MemoryPlan | Promise<MemoryPlan>
  generate(settings: GenerationSettings, events: EngineEvents, signal: AbortSignal): Promise<GenerationResult>
  dispose(): void
}

export interface ServedManifest {
  readonly id: string
  readonly name: string
  readonly version: string
  readonly defaults: Readonly<Partial<SettingsDefaults>> & { readonly fps: number }
  readonly sizes: readonly (readonly [number, number])[]
  readonly files: readonly { readonly bytes: number }[]
}

export interface EngineEvents {
  onProgress(progress: StageProgress): void
  onPreview(preview: PreviewImage): void
}

/** Opens the engine of a model, until `signal` ends that. */
export type OpenEngine = (request: OpenRequest, signal: AbortSignal) => Promise<ServedEngine>

export type PostReply = (reply: Reply, transfer: Transferable[]) => void

const GPU_WITHHELD =
  'The GPU stopped and the browser does not hand it out again. Reload this page yourself, or open it in a new tab; if that does not help, restart the browser.'

function cardOf({ manifest, adapter }: ServedEngine): EngineCard {
  const { id, name, version, defaults, sizes, files } = manifest
  return {
    adapter,
    model: {
      id,
      title: name,
      version,
      fps: defaults.fps,
      defaults: limitsFor(defaults).defaults,
      sizes: sizes.map(([width, height]) => ({ width, height })),
      bytes: files.reduce((sum, file) => sum + file.bytes, 0),
    },
  }
}

/** Answers the page's commands with one engine, which is opened again after its device was lost. */
export function serveEngine(openEngine: OpenEngine, post: PostReply): (command: Command) => void {
  let wanted: OpenRequest | undefined
  let engine: Promise<ServedEngine> | undefined
  let generating = false
  let wasLost = false

  const forget = (lost: Promise<ServedEngine>): void => {
    if (engine === lost) engine = undefined
  }

  /** `previous` is freed first, also while it still opens: there is one engine at a time. */
  const open = async (
    request: OpenRequest,
    signal: AbortSignal,
    previous?: Promise<ServedEngine>,
  ): Promise<ServedEngine> => {
    const replace = async (): Promise<ServedEngine> => {
      ;(await previous?.catch(() => undefined))?.dispose()
      signal.throwIfAborted()
      const coming = openEngine(request, signal)
      return afterGrace(coming, signal, () =>
        coming.then(
          (late) => late.dispose(),
          () => undefined,
        ),
      )
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
        wasLost = true
        forget(opening)
      })
      return opened
    } catch (error) {
      forget(opening) // the next request tries again
      throw error
    }
  }

  const current = (signal: AbortSignal): Promise<ServedEngine> => {
    if (wanted === undefined) throw new ZoetropeError('internal', 'No model was opened yet.')
    return engine ?? open(wanted, signal)
  }

  const checked = (
    settings: GenerationSettings,
    { manifest }: ServedEngine,
  ): { settings: GenerationSettings; notes: string[] } => {
    const result = normaliseSettings(settings, limitsFor(manifest.defaults))
    if (!result.ok) throw new ZoetropeError('invalid-settings', result.reason)
    return result
  }

  const attempt = async (
    { id, settings }: CommandOf<'generate'>,
    signal: AbortSignal,
  ): Promise<GenerationResult> => {
    const opened = await current(signal)
    const clean = checked(settings, opened)
    signal.throwIfAborted()
    const events: EngineEvents = {
      onProgress: (progress) => post({ type: 'progress', id, progress }, []),
      onPreview: (preview) =>
        post(
          { type: 'preview', id, preview },
          preview.rgba.map((image) => image.buffer),
        ),
    }
    const lost = opened.lost.then((reason) => {
      throw new ZoetropeError('device-lost', reason)
    })
    lost.catch(() => undefined) // heard by the race, or by nobody once the job is done
    /** An engine that hangs in a run is of no more use. */
    const giveUp = (): void => {
      opened.dispose()
      engine = undefined
    }
    const run = opened.generate(clean.settings, events, signal)
    const result = await afterGrace(Promise.race([run, lost]), signal, giveUp)
    return { ...result, notes: [...clean.notes, ...result.notes] }
  }

  const generate = async (command: CommandOf<'generate'>, signal: AbortSignal): Promise<GenerationResult> => {
    if (generating) throw new ZoetropeError('busy', 'One video at a time: cancel the running one first.')
    generating = true
    try {
      return await attempt(command, signal).catch((error: unknown) => {
        // A GPU that was reset once is opened again in silence. The second time the person decides.
        if (signal.aborted || toFailure(error).code !== 'device-lost') throw error
        engine = undefined
        wasLost = true
        return attempt(command, signal)
      })
    } catch (error) {
      if (toFailure(error).code === 'device-lost') engine = undefined
      throw error
    } finally {
      generating = false
    }
  }

  const answer = async (request: Request, signal: AbortSignal): Promise<void> => {
    const { id } = request
    switch (request.type) {
      case 'open': {
        if (generating)
          throw new ZoetropeError('busy', 'A video is being made: cancel it before another model is opened.')
        wanted = request.request
        post({ type: 'opened', id, engine: cardOf(await open(wanted, signal, engine)) }, [])
        return
      }
      case 'plan': {
        const opened = await current(signal)
        post({ type: 'planned', id, plan: await opened.plan(checked(request.settings, opened).settings) }, [])
        return
      }
      case 'generate': {
        const result = await generate(request, signal)
        post({ type: 'generated', id, result }, [result.mp4.buffer])
        return
      }
    }
  }

  return answerCommands(answer, (reply) => post(reply, []))
}

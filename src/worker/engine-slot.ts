// The one engine of a worker: opened, replaced, and opened again after its device was lost.
import type { VideoEngine } from '../protocol/engine'
import { toFailure, ZoetropeError } from '../protocol/errors'
import type { OpenRequest } from '../protocol/model-source'
import { afterGrace } from './after-grace'

/** An engine that can be lost. */
export interface ServedEngine extends VideoEngine {
  /** Resolves with a sentence when the device is lost. */
  readonly lost: Promise<string>
}

/** Opens the engine of a model, unless `signal` aborts. */
export type OpenEngine = (request: OpenRequest, signal: AbortSignal) => Promise<ServedEngine>

const GPU_WITHHELD =
  'The GPU stopped, and the browser will not give it back to this page. Reload the page, or open it in a new tab; if that does not help, restart the browser.'

export class EngineSlot {
  private wanted: OpenRequest | undefined
  private engine: Promise<ServedEngine> | undefined
  private wasLost = false

  constructor(private readonly openEngine: OpenEngine) {}

  /** Opens the engine of a model in the place of the one before. */
  replace(request: OpenRequest, signal: AbortSignal): Promise<ServedEngine> {
    this.wanted = request
    return this.open(request, signal, this.engine)
  }

  /** The engine that is open; else opens that of the model asked for last. @throws ZoetropeError where there is none */
  async current(signal: AbortSignal): Promise<ServedEngine> {
    if (this.wanted === undefined)
      throw new ZoetropeError('internal', 'No model is open yet. Choose one first.')
    return this.engine ?? this.open(this.wanted, signal)
  }

  /** Lets go of an engine that is of no more use: the next request opens another. */
  drop(): void {
    this.engine = undefined
  }

  /** Does the same after the device was lost. */
  lose(): void {
    this.wasLost = true
    this.drop()
  }

  /** Frees `previous` first, even while it is still opening: there is one engine at a time. */
  private async open(
    request: OpenRequest,
    signal: AbortSignal,
    previous?: Promise<ServedEngine>,
  ): Promise<ServedEngine> {
    const opening = this.inPlaceOf(previous, request, signal)
    this.engine = opening
    try {
      const opened = await opening
      // Where another one is here by then, it was freed for that.
      void opened.lost.then(() => this.engine === opening && this.lose())
      return opened
    } catch (error) {
      if (this.engine === opening) this.drop() // the next request tries again
      throw error
    }
  }

  private async inPlaceOf(
    previous: Promise<ServedEngine> | undefined,
    request: OpenRequest,
    signal: AbortSignal,
  ): Promise<ServedEngine> {
    try {
      const before = await previous?.catch(() => undefined)
      before?.dispose()
      signal.throwIfAborted()
      const coming = this.openEngine(request, signal)
      const free = (): void =>
        void coming.then(
          (late) => late.dispose(),
          () => undefined,
        )
      return await afterGrace(coming, signal, free)
    } catch (error) {
      if (this.wasLost && toFailure(error).code === 'no-adapter')
        throw new ZoetropeError('device-lost', GPU_WITHHELD, { cause: error })
      throw error
    }
  }
}

const LOSSES = new WeakMap<ServedEngine, Promise<never>>()

/** Rejects when the engine is lost: the same promise each time. */
export function lossOf(engine: ServedEngine): Promise<never> {
  const known = LOSSES.get(engine)
  if (known) return known
  const lost = engine.lost.then((reason): never => {
    throw new ZoetropeError('device-lost', reason)
  })
  lost.catch(() => undefined) // ignored where no job is running
  LOSSES.set(engine, lost)
  return lost
}

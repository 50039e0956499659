// What a session knows and offers; `session.ts` makes one.
import type { Failure } from '../protocol/errors'
import type { Limits } from '../protocol/limits'
import type {
  EngineCard,
  GenerationEvents,
  GenerationInput,
  GenerationResult,
  LiveInput,
  LiveResult,
  Planned,
} from '../protocol/engine'
import type { LoraReport } from '../protocol/lora'
import type { ControlWork, GpuSpeed } from '../protocol/estimate'
import type { FilmSoFar, LiveChange, LiveFrame } from '../protocol/live'
import type { OpenRequest } from '../protocol/model-source'
import type { MemoryPlan, PreviewImage, StageProgress } from '../protocol/progress'
import type { InterruptedRun } from '../protocol/runs'
import type { GenerationSettings } from '../protocol/settings'
import type { EngineClient } from '../worker/client'
import { type FilmPiece, type LiveView } from './live/live-feed'
import { type Store } from './store'

export interface Job {
  settings: GenerationSettings
  /** By `Date.now()`. */
  begunAt: number
  notes: string[]
  progress: StageProgress | undefined
  preview: PreviewImage | undefined
  isStopping: boolean
  /** The step that runs is the last one: what is there then is decoded and kept. */
  isFinishing: boolean
  /** What a control adds to it. */
  control?: ControlWork
  /** Of a film that plays while it is made. */
  live?: LiveView
}

export interface Clip {
  result: GenerationResult
  /** Of the file, for player and download. */
  url: string
  fileName: string
}

export interface LiveClip extends Clip {
  result: LiveResult
}

export interface SessionState {
  /** Undefined while the engine opens, and where it failed. */
  engine: EngineCard | undefined
  job: Job | undefined
  clip: Clip | undefined
  /** The last film, which another one may go on from. */
  film: { film: FilmSoFar; settings: GenerationSettings } | undefined
  /** The last thing that went wrong, until the next try. */
  problem: Failure | undefined
  plan: MemoryPlan | undefined
  /**
   * Settings last planned, including the size taken from a picture or a video, with notes and the disk space that the
   * run needs.
   */
  planned: Pick<Planned, 'settings' | 'notes' | 'runBytes'> | undefined
  /** What the LoRAs that were last planned with change in the model. */
  loras: readonly LoraReport[]
  /** What this GPU was measured to do. */
  speed: GpuSpeed | undefined
  /** Why these settings cannot be run, as far as it is known before. */
  planProblem: Failure | undefined
}

/** Another model was opened than the one that a video was asked of: it waits. */
export class OtherModel extends Error {
  constructor() {
    super('Another model is open.')
  }
}

/** What whoever begins a run may hear of it, beside what the session shows. */
export type RunEvents = Pick<GenerationEvents, 'onKept' | 'onPiece'>

export interface Session extends Pick<Store<SessionState>, 'get' | 'subscribe'> {
  limits(): Limits
  /** Opens a model; without one, the last that was asked for. */
  open(request?: OpenRequest): Promise<void>
  /** Until a model is asked for again, none is opened: the one of the last visit is not to be had. */
  withhold(): void
  /** Whether no model is asked for, so that nothing can be made. */
  isWithheld(): boolean
  /** Works out the memory of these settings, and what the LoRAs change; a newer call wins. */
  plan(input: LiveInput): Promise<void>
  /**
   * Makes a clip, or goes on with an interrupted run. Rejects with a `ZoetropeError`, which is also shown; with
   * `OtherModel`, which is not, where another model than `model` opens.
   */
  generate(input: GenerationInput, events?: RunEvents & { readonly model?: string }): Promise<Clip>
  /** Runs that can go on, the newest first. */
  interruptedRuns(): Promise<InterruptedRun[]>
  /** Removes every trace of an interrupted run. */
  discardRun(run: string): Promise<void>
  /**
   * Makes a film that plays while it is made. Rejects with a `ZoetropeError`, which is also shown.
   * @param isWatched whether it is made only a little ahead of what the player has shown
   */
  live(input: LiveInput, isWatched?: boolean): Promise<LiveClip>
  /** Changes the film that is being made. */
  change(change: LiveChange): void
  /** Calls back with every frame of films that are being made; at once with the last one of the film at work. */
  watch(listener: (frame: LiveFrame) => void): () => void
  /** What the player says about the film that is being made. */
  reportPlaying(playing: Pick<LiveView, 'playing' | 'speed' | 'buffered'>): void
  /** Calls back with the pieces of the file of the film that is being made. */
  collect(listener: (piece: FilmPiece) => void): () => void
  /** Ends the video that is being made, or the opening of a model. */
  cancel(): void
  /** Ends the denoising of the video that is being made, and keeps what was made of it so far. */
  finish(): void
  /** Takes what went wrong out of sight. */
  dismiss(): void
}

export interface SessionOptions {
  client: EngineClient
  /** The model of the first `open`. */
  request: OpenRequest | undefined
  /** Known before anything is tried: no WebGPU. */
  missing: Failure | undefined
}

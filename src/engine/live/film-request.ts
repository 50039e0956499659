// What a film is asked for, and what its viewer says while it is made.
import type { CheckedLive, FilmSoFar } from '../../protocol/live'
import type { GenerationSettings } from '../../protocol/settings'
import type { Materials } from '../clip-job'

/** A film's checked input. */
export interface FilmRequest {
  readonly settings: GenerationSettings
  readonly live: CheckedLive
  readonly materials: Materials
  readonly before?: FilmSoFar
}

/** What the viewer wants, read by the film between chunks. */
export interface Steering {
  /** The prompt that holds from the next chunk on, once; undefined where nothing changed. */
  takePrompt(): string | undefined
  readonly isStopped: boolean
  /** Resolves once so many frames were watched; at once where nobody watches, or the film is stopped. */
  untilWatched(frames: number, signal: AbortSignal): Promise<void>
}

// A film that plays while it is made: what is asked for, what comes, and what may be changed on the way.
import { cleanText } from './clean-text'
import { ZoetropeError } from './errors'
import type { Limits } from './limits'
import { FILM_CACHES, type FilmCache, type TimedPrompt } from './live-recipe'
import type { GivenHashes } from './recipe'
import type { DecoderId } from './settings'

/** How a model makes a film, as far as the page needs it. */
export interface LiveCard {
  /** Video frames of the first chunk, and of each later one. */
  readonly firstFrames: number
  readonly chunkFrames: number
  /** The decoder that is used unless another is asked for. */
  readonly decoder: DecoderId
  /** Whether its clips are made as films too, and so leave no end that another could go on from. */
  readonly clipsAreFilms?: boolean
}

/** Frames of latents [C, frames, height, width], from the film's frame `first` on. */
export interface FilmLatents {
  readonly first: number
  readonly shape: readonly [C: number, frames: number, height: number, width: number]
  readonly values: Float32Array<ArrayBuffer>
}

/** A finished film, as far as another one that goes on from it needs it. */
export interface FilmSoFar {
  readonly mp4: Uint8Array<ArrayBuffer>
  readonly seed: number
  /** Video frames. */
  readonly frames: number
  /** The latents that later frames would attend to, in the film's order. */
  readonly latents: readonly FilmLatents[]
  /** For the recipe of both: its prompts by time, and what it began with. */
  readonly prompts: readonly TimedPrompt[]
  readonly given: GivenHashes
}

export interface LiveOptions {
  /** Length at which the film ends by itself; without one it goes on until it is stopped. */
  readonly seconds?: number
  /** Prompts of later parts; that of the settings is the first. */
  readonly prompts?: readonly TimedPrompt[]
  readonly cache?: FilmCache
  /** The film that this one goes on from. */
  readonly before?: FilmSoFar
}

/** A frame as the encoder gets it. */
export interface LiveFrame {
  /** In the film, from 0. */
  readonly index: number
  readonly width: number
  readonly height: number
  readonly i420: Uint8Array<ArrayBuffer>
}

/** What the viewer wants while a film is made: it takes effect after the chunk that is being made. */
export type LiveChange =
  | { readonly prompt: string }
  | { readonly stop: true }
  /** Frames that were watched: a film that is watched is not made far ahead of that. */
  | { readonly watched: number }

/**
 * Frames that a film is made ahead of what was watched: a second, for that is how often a viewer reports, and another
 * one, or the chunk that is made meanwhile. A new prompt shows after these.
 */
export function framesAhead(fps: number, chunkFrames: number): number {
  return fps + Math.max(fps, chunkFrames)
}

/** A day. */
const MOST_SECONDS = 86_400
const MOST_PROMPTS = 1000

function secondsOf(what: string, value: unknown, least: number): number {
  if (typeof value === 'number' && value >= least && value <= MOST_SECONDS) return value
  throw new ZoetropeError(
    'invalid-settings',
    `${what} must be a number of seconds from ${least} to ${MOST_SECONDS}; ${String(value)} is not.`,
  )
}

export interface CheckedLive {
  readonly seconds?: number
  /** By time, the first at 0; never empty. */
  readonly prompts: readonly TimedPrompt[]
  readonly cache: FilmCache
}

/**
 * Checks the options of a film.
 * @param prompt of the settings, checked
 * @throws ZoetropeError `invalid-settings`
 */
export function checkLive(
  { seconds, prompts = [], cache = 'auto' }: LiveOptions,
  prompt: string,
  { promptCharacters }: Pick<Limits, 'promptCharacters'>,
): { live: CheckedLive; notes: string[] } {
  const notes: string[] = []
  if (prompts.length > MOST_PROMPTS)
    throw new ZoetropeError(
      'invalid-settings',
      `A film takes at most ${MOST_PROMPTS} prompts; ${prompts.length} were given.`,
    )
  if (!FILM_CACHES.includes(cache))
    throw new ZoetropeError(
      'invalid-settings',
      `The film's cache must be one of ${FILM_CACHES.join(', ')}; "${String(cache)}" is none of them.`,
    )
  const later = prompts.map((each) => {
    const clean = cleanText(each.prompt, 'prompt', promptCharacters)
    if (clean.text === '')
      throw new ZoetropeError(
        'invalid-settings',
        `The prompt at ${each.seconds} s is empty: describe what the film should show from there on.`,
      )
    notes.push(...clean.notes)
    return { seconds: secondsOf("A prompt's time", each.seconds, 0), prompt: clean.text }
  })
  const all = [{ seconds: 0, prompt }, ...later].sort((a, b) => a.seconds - b.seconds)
  return {
    live: {
      ...(seconds !== undefined && { seconds: secondsOf('The length of a film', seconds, 0.01) }),
      prompts: all.filter(({ seconds: at }, i) => all[i + 1]?.seconds !== at), // the later of two at one time
      cache,
    },
    notes,
  }
}

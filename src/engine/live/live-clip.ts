// A film as the engine plans and makes it, in latent frames.
import type { Geometry } from '../../models/family'
import type { KvWindow } from '../../models/blocks/kv-cache'
import type { CheckedLive, FilmLatents, FilmSoFar } from '../../protocol/live'
import { chunkLengths } from '../../sampling/causal'
import type { LiveFacts } from '../model/live-facts'

/** Beside a clip's settings and prompts, what makes it a film. */
export interface LiveClip {
  readonly facts: LiveFacts
  readonly window: KvWindow
  /** Latent frames at which it ends by itself, those before it included; endless without. */
  readonly frames?: number
  /** By frame, the first at the beginning: the index of the clip's prompt from there on. */
  readonly prompts: readonly { readonly first: number; readonly prompt: number }[]
  /** The longest prompt that the viewer may ask for on the way, in tokens; none where absent. */
  readonly promptTokens?: number
  /** Latents of an earlier film, which this one goes on from. */
  readonly before?: readonly FilmLatents[]
}

/** The film's first frame that is not there yet. */
export function firstNew({ before = [] }: Pick<LiveClip, 'before'>): number {
  const last = before.at(-1)
  return last ? last.first + last.shape[1] : 0
}

/** Video frames of so many latent frames. */
export function videoFrames(latentFrames: number, { stride }: Geometry): number {
  return latentFrames === 0 ? 0 : 1 + (latentFrames - 1) * stride.frames
}

/** The latent frame that a second of the film is in. */
function latentFrameAt(seconds: number, fps: number, { stride }: Geometry): number {
  return Math.max(0, Math.ceil((Math.round(seconds * fps) - 1) / stride.frames))
}

/**
 * Latent frames of whole chunks that last at least so many seconds of video.
 * @param first latent frames of an earlier film, which count beside those seconds
 * @param begun latent frames before the first chunk: a picture is also one, which is shown and so counts as one of
 * those seconds
 */
export function framesFor(
  seconds: number,
  fps: number,
  geometry: Geometry,
  { chunk, isFirstAlone }: LiveFacts,
  first = 0,
  begun = first,
): number {
  // A length of whole frames may be a hair more in seconds: 125 frames at 15 a second.
  const wanted = Math.ceil(seconds * fps - 1e-6) + videoFrames(first, geometry)
  const lengths = chunkLengths(chunk, isFirstAlone && begun === 0)
  let frames = begun
  do frames += lengths.next().value
  while (videoFrames(frames, geometry) < wanted)
  return frames
}

/** Latent frames after which a film takes no more memory: its window is full and has moved on. */
export function settledFrames({ facts: { chunk }, window, frames = Infinity, before }: LiveClip): number {
  return Math.min(frames, firstNew({ before: before ?? [] }) + window.frames + 2 * chunk)
}

/** The film's prompts by latent frame. */
export function promptsByFrame(
  { prompts }: CheckedLive,
  fps: number,
  geometry: Geometry,
  first: number,
): LiveClip['prompts'] {
  return prompts.map(({ seconds }, prompt) => ({
    first: first + (seconds === 0 ? 0 : latentFrameAt(seconds, fps, geometry)),
    prompt,
  }))
}

/** Keeps the latents that later frames attend to: the sink's and the latest. */
export class FilmTail {
  private parts: FilmLatents[]

  constructor(
    private readonly window: KvWindow,
    before: readonly FilmLatents[] = [],
  ) {
    this.parts = [...before]
  }

  add(part: FilmLatents): void {
    const end = part.first + part.shape[1]
    this.parts = [...this.parts, part].filter(
      ({ first, shape }) => first < this.window.sink || first + shape[1] > end - this.window.frames,
    )
  }

  get latents(): readonly FilmLatents[] {
    return this.parts
  }
}

/** Those latents of an earlier film that fit a window: all but the oldest behind the sink. */
export function withinWindow({ latents }: FilmSoFar, { frames, sink }: KvWindow): readonly FilmLatents[] {
  const end = firstNew({ before: latents })
  const kept = (parts: readonly FilmLatents[]): number => parts.reduce((sum, { shape }) => sum + shape[1], 0)
  const head = latents.filter(({ first, shape }) => first + shape[1] <= sink && end > frames)
  const rest = latents.filter((part) => !head.includes(part))
  while (kept(head) + kept(rest) > frames && rest.length > 1) rest.shift()
  return [...head, ...rest]
}

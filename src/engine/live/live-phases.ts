// The phases of a film: encode the prompts, encode a picture, then denoiser and decoder together, by turns, chunk after
// chunk.
import type { Ops } from '../../gpu/ops'
import { dim, type Tensor } from '../../gpu/tensor'
import { releaseTree } from '../../models/blocks/tensor-tree'
import type { Decoder, FilmDenoiser, Networks, Prepared, TextModel } from '../../models/family'
import { gaussianNoise } from '../../sampling/rng'
import type { Clip, ClipEvents } from '../clip'
import { conditionPhases } from '../condition'
import { inTurn, packedLater, type Enlarge } from '../decode-frames'
import { makeFilm, type GivenFrames } from '../film'
import { filmRecipe } from '../model/live-facts'
import type { Phase } from '../phases'
import { firstNew, videoFrames, type LiveClip } from './live-clip'

/** A clip that is a film. */
export type FilmClip = Clip & { readonly film: LiveClip }

/** Callbacks of a film. */
export interface FilmEvents extends Pick<
  ClipEvents,
  'remember' | 'onEncoded' | 'onTextBytes' | 'onFrame' | 'signal'
> {
  /**
   * Asked before each chunk: the tokens of a prompt that holds from there on, whatever the film's list has. `first` is
   * never a frame of an earlier film.
   */
  newPrompt?(first: number): readonly number[] | undefined
  /** Called with the clean latents of each chunk. */
  onChunk?(first: number, latents: Tensor, bytes: Promise<Uint8Array<ArrayBuffer>>): void
  /** Asked once a chunk is decoded: whether the film ends before frame `next`. */
  isEnd?(next: number): boolean | Promise<boolean>
}

/** Noise of the film's first streams, apart from those of clips. */
const FIRST_STREAM = 2 ** 20
/** Streams of a chunk: its noise, and fresh noise after each step. */
const STREAMS = 64

/** The noise of a chunk depends on the seed and its first frame, not on what was made before. */
function noiseOf(seed: number, first: number, step: number, count: number): Float32Array<ArrayBuffer> {
  return gaussianNoise(seed, FIRST_STREAM + first * STREAMS + step, count)
}

export function livePhases(networks: Networks, ops: Ops, clip: FilmClip, events: FilmEvents = {}): Phase[] {
  const { settings, prompts, film } = clip
  const { upscale } = settings
  const decoder = settings.decoder === 'tiny' ? 'tinyDecoder' : 'decoder'
  const contexts: Float32Array[] = []
  let picture: Tensor | undefined
  const encode = async (
    text: TextModel,
    ids: readonly number[],
    onStep?: (done: number) => void,
  ): Promise<Float32Array<ArrayBuffer>> => {
    const run = () =>
      text.encode(ids, {
        ...(onStep && { onStep }),
        onBytes: (bytes) => events.onTextBytes?.(bytes),
      })
    return events.remember?.(ids, run) ?? run()
  }
  return [
    {
      name: 'encode',
      steps: prompts.length * networks.textSteps,
      holds: ['text'],
      async run(held) {
        for (const ids of prompts) {
          const before = contexts.length * networks.textSteps
          contexts.push(await encode(held('text'), ids, (done) => events.onEncoded?.(before + done)))
        }
      },
    },
    ...conditionPhases(networks, ops, clip, ({ held }) => (picture = held?.[0]?.latents), {
      ...(events.signal && { signal: events.signal }),
    }),
    {
      name: 'denoise',
      steps: Math.max(1, framesToMake(film, networks)),
      holds: ['filmDenoiser', decoder, ...(upscale > 1 ? (['upscaler'] as const) : [])],
      async run(held, _reopen, borrow) {
        const denoiser = held('filmDenoiser')
        const upscaler = upscale > 1 ? held('upscaler') : undefined
        await runFilm(ops, networks, clip, {
          events,
          denoiser,
          decoder: held(decoder),
          ...(upscaler && { enlarge: (frame) => upscaler.upscale(frame, upscale) }),
          contexts,
          picture,
          encodeNew: (ids) => borrow('text', (text) => encode(text, ids)),
        })
        if (picture) ops.release(picture)
      },
    },
  ]
}

/** Video frames of a film that ends by itself; 0 of an endless one. */
function framesToMake(film: LiveClip, { geometry }: Networks): number {
  return film.frames === undefined
    ? 0
    : videoFrames(film.frames, geometry) - videoFrames(firstNew(film), geometry)
}

interface FilmParts {
  readonly events: FilmEvents
  readonly denoiser: FilmDenoiser
  readonly decoder: Decoder<unknown>
  readonly enlarge?: Enlarge
  readonly contexts: readonly Float32Array[]
  /** The first frame's latents. */
  readonly picture: Tensor | undefined
  encodeNew(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>>
}

async function runFilm(ops: Ops, networks: Networks, clip: FilmClip, parts: FilmParts): Promise<void> {
  const { settings, film } = clip
  const { events, denoiser, picture } = parts
  const { signal } = events
  const { channels, stride } = networks.geometry
  const latents = [channels, settings.height / stride.height, settings.width / stride.width] as const
  const frames = new FrameLine(ops, parts)
  const held = film.facts.holdsPicture && !film.before ? picture : undefined
  const given = givenFrames(ops, film, held ? undefined : picture)
  const prompts = new FilmPrompts(ops, clip, parts, frames)
  const count = (length: number): number => length * latents[0] * latents[1] * latents[2]
  try {
    for (const { latents: part } of lastRow(given)) await frames.decode(part, part === picture)
    const chunks = makeFilm(ops, denoiser, filmRecipe(film.facts, film.window), {
      latents,
      given,
      ...(held && { held }),
      noise: (first, length) => noiseOf(settings.seed, first, 0, count(length)),
      fresh: (first, length, k) => noiseOf(settings.seed, first, k + 1, count(length)),
      prompt: (first) => prompts.at(first),
      ...(signal && { signal }),
    })
    for await (const { first, latents: chunk } of chunks) {
      events.onChunk?.(first, chunk, ops.readLater(chunk))
      // Decoder and denoiser work in the same memory, by turns.
      ops.pool.trim()
      await frames.decode(chunk)
      await frames.drained()
      ops.pool.trim()
      const next = first + dim(chunk, 1)
      if (next >= (film.frames ?? Infinity) || (await events.isEnd?.(next))) break
    }
    await frames.end()
  } finally {
    await frames.settled()
    prompts.release()
    ops.release(...given.filter(({ latents: own }) => own !== picture).map(({ latents: own }) => own))
  }
  frames.release()
}

/** Frames that the film begins with: of a picture, or of the film before it. */
function givenFrames(ops: Ops, { before = [] }: LiveClip, picture: Tensor | undefined): GivenFrames[] {
  if (picture && before.length === 0) return [{ first: 0, latents: picture }]
  return before.map(({ first, shape, values }) => ({
    first,
    latents: ops.upload(() => values, [...shape], 'f32', 'film.before'),
  }))
}

/** Those of the given frames that end the film so far without a gap: the decoder goes on from them. */
function lastRow(given: readonly GivenFrames[]): readonly GivenFrames[] {
  const gap = given.findLastIndex(({ first }, i) => {
    const before = given[i - 1]
    return before !== undefined && before.first + dim(before.latents, 1) !== first
  })
  return given.slice(Math.max(0, gap))
}

/** The prompt of each chunk; the last one stays prepared. */
class FilmPrompts {
  private current: { readonly key: string; readonly prepared: Prepared } | undefined
  /** Asked for on the way; it holds until the list has another one. */
  private asked: { readonly first: number; readonly ids: readonly number[] } | undefined

  constructor(
    private readonly ops: Ops,
    private readonly clip: FilmClip,
    private readonly parts: FilmParts,
    private readonly frames: FrameLine,
  ) {}

  async at(first: number): Promise<Prepared> {
    // Frames of an earlier film enter the cache with the prompt of the first new one.
    const at = Math.max(first, firstNew(this.clip.film))
    const ids = this.parts.events.newPrompt?.(at)
    if (ids) this.asked = { first: at, ids }
    const listed = this.clip.film.prompts.findLast((each) => each.first <= at)
    const asked = this.asked && this.asked.first >= (listed?.first ?? 0) ? this.asked.ids : undefined
    const number = listed?.prompt ?? 0
    const key = asked ? asked.join(' ') : `listed ${number}`
    if (this.current?.key === key) return this.current.prepared
    this.release()
    const text = asked ? await this.encode(asked) : this.parts.contexts[number]!
    const prepared = await this.parts.denoiser.prepare({ text })
    this.current = { key, prepared }
    return prepared
  }

  /** Free memory is given to the text encoder, which comes for a moment. */
  private async encode(ids: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
    await this.frames.drained()
    await this.ops.drain(this.parts.events.signal)
    this.ops.pool.trim()
    return this.parts.encodeNew(ids)
  }

  release(): void {
    this.current?.prepared.release()
    this.current = undefined
  }
}

/**
 * Decodes latent frames and passes on their I420 bytes in order: while the GPU goes on, the frames before are copied out
 * and encoded.
 */
class FrameLine {
  private state: unknown
  private draining: Promise<void> = Promise.resolve()
  private leaving: Promise<void> = Promise.resolve()

  constructor(
    private readonly ops: Ops,
    private readonly parts: Pick<FilmParts, 'decoder' | 'enlarge' | 'events'>,
  ) {
    this.state = parts.decoder.start
  }

  /** @param isSeen whether the frames are passed on, or only bring the decoder up to there */
  async decode(latents: Tensor, isSeen = true): Promise<void> {
    const { decoder, enlarge, events } = this.parts
    await this.leaving
    for (let t = 0; t < dim(latents, 1); t++) {
      const [frames, next] = decoder.decode(latents, t, this.state)
      this.state = next
      const images = isSeen ? frames.map((frame) => packedLater(this.ops, frame, enlarge)) : []
      if (!isSeen) this.ops.release(...frames)
      const before = this.draining
      this.draining = this.ops.drain(events.signal)
      this.draining.catch(() => {}) // Thrown one turn later, like the errors of frames that are passed on.
      await before
      this.leaving = this.passOn(images, this.leaving, this.draining)
      this.leaving.catch(() => {})
    }
  }

  /** What a failed drain computed is no frame. */
  private async passOn(
    images: readonly Promise<Uint8Array<ArrayBuffer>>[],
    before: Promise<void>,
    drained: Promise<void>,
  ): Promise<void> {
    await before
    await drained
    await inTurn(images, async (i420) => this.parts.events.onFrame?.(i420))
  }

  async drained(): Promise<void> {
    await this.draining
  }

  /** Every frame has been passed on. */
  async end(): Promise<void> {
    await this.draining
    await this.leaving
  }

  /** No buffer may be released while commands that use it are yet to run, and no frame may come after the end. */
  async settled(): Promise<void> {
    await Promise.allSettled([this.draining, this.leaving])
  }

  release(): void {
    releaseTree(this.ops, this.state)
  }
}

// A film of a causal model: chunk after chunk, each attending to the ones before through the cache of keys and values.
import type { Ops } from '../gpu/ops'
import { dim, type Tensor } from '../gpu/tensor'
import type { KvCache, KvWindow } from '../models/blocks/kv-cache'
import { releaseTree } from '../models/blocks/tensor-tree'
import type { FilmDenoiser, Prepared } from '../models/family'
import { chunkLengths, denoiseChunk, type ChunkSteps } from '../sampling/causal'
import { heldTimesteps } from '../sampling/held-frames'

/** How a causal model was trained to make films. */
export interface FilmRecipe {
  /** Latent frames of a chunk. */
  readonly chunk: number
  /** Whether the first chunk is one frame. */
  readonly isFirstAlone: boolean
  readonly steps: ChunkSteps
  /** Steps of the first chunk; `steps` by default. */
  readonly firstSteps?: ChunkSteps
  readonly window: KvWindow
  /** The timestep at which clean frames go into the cache. */
  readonly contextTimestep: number
  /**
   * Effect of a change of the prompt on the frames in the cache: keeps them, or recomputes all, or all but the
   * sink's.
   */
  readonly recache?: 'all' | 'behind-sink'
}

/** Frames that are there before the film begins: of a picture, or of an earlier film. */
export interface GivenFrames {
  /** The film's number of the first of them. */
  readonly first: number
  /** [C, f, H, W] f32, owned by the caller. */
  readonly latents: Tensor
}

/** Inputs of a film. */
export interface FilmInputs {
  /** Channels, height and width of the latents. */
  readonly latents: readonly [C: number, H: number, W: number]
  /** Given frames in the parts that enter the cache, in the film's order. */
  readonly given?: readonly GivenFrames[]
  /** Clean latents of the first chunk's first frames, held in it at timestep 0; the caller's. */
  readonly held?: Tensor
  /** The noise of a chunk of `frames` latent frames from film frame `first` on. */
  noise(first: number, frames: number): Float32Array<ArrayBuffer>
  /** Fresh noise after step `k` of that chunk. */
  fresh(first: number, frames: number, k: number): Float32Array<ArrayBuffer>
  /** The prompt from film frame `first` on. The film does not release it. */
  prompt(first: number): Promise<Prepared> | Prepared
  readonly signal?: AbortSignal
}

export interface FilmChunk {
  /** Its first film frame; given frames count. */
  readonly first: number
  /** [C, f, H, W] f32. The film releases it once the next chunk is asked for, or none. */
  readonly latents: Tensor
}

/** Events for observers. */
export interface FilmEvents {
  /** Called after clean frames entered the cache: given ones, a chunk, or those of a new prompt. */
  onCached?(kind: 'given' | 'chunk' | 'recache', cache: KvCache): Promise<void>
}

/**
 * Yields chunks until the consumer stops, then releases all memory. A chunk is there as soon as its last step is; it
 * enters the cache when the next one is asked for.
 */
export async function* makeFilm(
  ops: Ops,
  denoiser: FilmDenoiser,
  recipe: FilmRecipe,
  inputs: FilmInputs,
  { onCached }: FilmEvents = {},
): AsyncGenerator<FilmChunk, never, void> {
  const { latents, signal } = inputs
  const [C, H, W] = latents
  const { window, contextTimestep } = recipe
  let cache = denoiser.openCache([C, 0, H, W], window)
  const recent = new RecentFrames(latents, window.frames)
  let prompt = await inputs.prompt(inputs.given?.[0]?.first ?? 0)
  let latest: Tensor | undefined

  /** A pass that only puts clean frames into the cache; its velocity is not used. */
  const keepClean = async (x: Tensor, first: number, keepSink = false): Promise<void> => {
    const [velocity, next] = await denoiser.extend(x, { values: [contextTimestep] }, prompt, cache, {
      first,
      keepSink,
    })
    cache = next
    ops.release(velocity)
    await ops.drain(signal)
  }
  const remember = async (x: Tensor, first: number): Promise<void> => {
    if (recipe.recache) recent.add(first, await ops.read(x, signal))
  }

  try {
    let first = 0
    for (const { first: start, latents: x } of inputs.given ?? []) {
      await keepClean(x, start)
      await onCached?.('given', cache)
      await remember(x, start)
      first = start + dim(x, 1)
    }
    const lengths = chunkLengths(recipe.chunk, recipe.isFirstAlone && first === 0)
    for (let isFirst = true; ; isFirst = false) {
      signal?.throwIfAborted()
      const frames = lengths.next().value
      const asked = await inputs.prompt(first)
      if (asked !== prompt) {
        prompt = asked
        if (recipe.recache && first > 0) {
          const { from, values } = recent.last(Math.min(window.frames, first))
          const x = ops.upload(values, [C, first - from, H, W], 'f32', 'film.recent')
          const keepsSink = recipe.recache === 'behind-sink' && from > 0
          if (!keepsSink) cache = { ...cache, slots: [] }
          await keepClean(x, from, keepsSink)
          ops.release(x)
          ops.pool.trim() // A pass over so many frames has larger tensors than those that follow.
          await onCached?.('recache', cache)
        }
      }
      const shape = [C, frames, H, W]
      const noise = ops.upload(() => inputs.noise(first, frames), shape, 'f32', 'film.noise')
      const held = isFirst && inputs.held ? [{ latents: inputs.held, first: 0 }] : []
      const chunk = await denoiseChunk(
        ops,
        {
          noise,
          steps: (isFirst && recipe.firstSteps) || recipe.steps,
          async velocity(x, timestep) {
            const time = held.length > 0 ? heldTimesteps(timestep, frames, held) : { values: [timestep] }
            const [velocity, next] = await denoiser.extend(x, time, prompt, cache, { first })
            cache = next
            return velocity
          },
          fresh: (k) => ops.upload(() => inputs.fresh(first, frames, k), shape, 'f32', 'film.fresh'),
          held,
        },
        signal,
      )
      ops.release(noise)
      latest = chunk
      yield { first, latents: chunk }
      await keepClean(chunk, first)
      await onCached?.('chunk', cache)
      await remember(chunk, first)
      ops.release(chunk)
      latest = undefined
      first += frames
    }
  } finally {
    if (latest) ops.release(latest)
    releaseTree(ops, cache)
  }
}

/** The film's last frames on the CPU, to recompute the cache. */
class RecentFrames {
  private chunks: { readonly first: number; readonly values: Float32Array; readonly frames: number }[] = []

  constructor(
    private readonly latents: readonly [C: number, H: number, W: number],
    private readonly most: number,
  ) {}

  add(first: number, values: Float32Array): void {
    const [C, H, W] = this.latents
    this.chunks.push({ first, values, frames: values.length / (C * H * W) })
    const end = first + this.chunks.at(-1)!.frames
    this.chunks = this.chunks.filter((chunk) => chunk.first + chunk.frames > end - this.most)
  }

  /** The last `count` frames as [C, count, H, W], and the number of the first of them. */
  last(count: number): { from: number; values: Float32Array<ArrayBuffer> } {
    const [C, H, W] = this.latents
    const plane = H * W
    const latest = this.chunks.at(-1)!
    const from = latest.first + latest.frames - count
    const values = new Float32Array(C * count * plane)
    for (const { first, frames, values: chunk } of this.chunks) {
      for (let t = Math.max(0, from - first); t < frames; t++) {
        for (let c = 0; c < C; c++) {
          const source = (c * frames + t) * plane
          values.set(chunk.subarray(source, source + plane), (c * count + first + t - from) * plane)
        }
      }
    }
    return { from, values }
  }
}

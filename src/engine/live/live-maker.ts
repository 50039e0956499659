import { GpuError } from '../../gpu/errors'
import { floatsOf } from '../../gpu/ops'
import { dim, type Tensor } from '../../gpu/tensor'
import { openFilmWriter, type FilmWriter } from '../../media/film-writer'
import { probeVideo } from '../../media/video-writer'
import type { LiveEvents, LiveResult } from '../../protocol/engine'
import { toFailure, ZoetropeError } from '../../protocol/errors'
import type { CheckedLive, FilmSoFar } from '../../protocol/live'
import type { ClipMetadata, GenerationSettings } from '../../protocol/settings'
import { sizeUnits } from '../../models/family'
import { sha256Hex } from '../../weights/sources/sha256'
import { unlessAborted } from '../../weights/sources/unless-aborted'
import { promptKey } from '../cache-keys'
import { metadataOf, tooLong, withPlan, type Materials } from '../clip-job'
import { loadingFor, type Workshop } from '../workshop'
import { assertFinite } from '../finite'
import { compileAhead } from '../kernels/compile-ahead'
import { clipPictures } from '../given-picture'
import { filmRecipe, type LiveFacts } from '../model/live-facts'
import { loraNotes, LoraOverlay } from '../model/loras'
import { withFilesFor } from '../model/on-demand'
import type { ModelFiles } from '../model/opened'
import { runPhases } from '../phases'
import { StageClock } from '../stage-clock'
import { FilmTail, firstNew, framesFor, promptsByFrame, videoFrames, withinWindow } from './live-clip'
import { livePhases, type FilmClip } from './live-phases'
import { planFilm, type FittedFilm } from './live-plan'
import { FilmPace } from './pace'

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

/** Tokens for which a prompt that is typed on the way is planned. */
const TYPED_TOKENS = 128
/** Seconds that a film is made ahead of what was watched. */
const SECONDS_AHEAD = 10

/** Makes films of one model on one device. */
export class LiveMaker {
  constructor(private readonly shop: Workshop) {}

  async plan(given: FilmRequest): Promise<FittedFilm> {
    const { gpu, request: memory } = this.shop
    const request = await complete(given)
    const { files } = request.materials
    return planFilm(files, this.clipOf(request).clip, gpu, { ...memory, cache: request.live.cache })
  }

  /** Releases everything of the film in any case. */
  async make(
    request: FilmRequest,
    steering: Steering,
    events: LiveEvents,
    signal: AbortSignal,
  ): Promise<LiveResult> {
    const { pool, recorder } = this.shop.ops
    const before = pool.mark()
    try {
      return await this.run(request, steering, events, signal)
    } finally {
      recorder.discard()
      pool.releaseSince(before)
      pool.trim()
    }
  }

  private facts({ manifest }: ModelFiles): LiveFacts {
    if (manifest.live) return manifest.live
    throw new ZoetropeError(
      'invalid-settings',
      `${manifest.name} makes clips, not films that play while they are made. Choose a causal model, such as Self-Forcing or LongLive.`,
    )
  }

  /** Video frames of the first chunk. */
  private firstFrames({ before, materials: { files } }: FilmRequest): number {
    const { chunk, isFirstAlone } = this.facts(files)
    const { geometry } = files.networks
    return before ? chunk * geometry.stride.frames : videoFrames(isFirstAlone ? 1 : chunk, geometry)
  }

  private clipOf({ settings, live, materials, before }: FilmRequest): {
    clip: FilmClip
    cut: readonly string[]
  } {
    const { extensions } = this.shop
    const { files, pictures, loras } = materials
    const { networks, manifest, tokenizer } = files
    const facts = this.facts(files)
    const use = before ? undefined : networks.pictures
    const { fps } = manifest.defaults
    const encoded = live.prompts.map(({ prompt }) => tokenizer.encode(prompt, networks.maxTokens))
    const latents = before && withinWindow(before, facts.window)
    const first = firstNew({ before: latents ?? [] })
    const begun = pictures && use && !facts.holdsPicture ? 1 : first
    return {
      clip: {
        settings,
        prompts: encoded.map(({ ids }) => ids),
        samplers: extensions.samplers,
        ...(loras && { loras }),
        ...(pictures &&
          use && { pictures: clipPictures(pictures, use, settings, sizeUnits(networks.geometry)) }),
        film: {
          facts,
          window: facts.window,
          ...(live.seconds !== undefined && {
            frames: framesFor(live.seconds, fps, networks.geometry, facts, begun),
          }),
          prompts: promptsByFrame(live, fps, networks.geometry, first),
          promptTokens: Math.min(networks.maxTokens, TYPED_TOKENS),
          ...(latents && { before: latents }),
        },
      },
      cut: live.prompts.flatMap(({ seconds }, i) =>
        encoded[i]?.truncated ? [seconds === 0 ? 'prompt' : `prompt at ${seconds} s`] : [],
      ),
    }
  }

  private async run(
    given: FilmRequest,
    steering: Steering,
    { onProgress, onFrame, onPiece }: LiveEvents,
    signal: AbortSignal,
  ): Promise<LiveResult> {
    const { gpu, ops: opened, tuning } = this.shop
    const { settings, before } = given
    const pace = new FilmPace(this.firstFrames(given))
    const clock = new StageClock((progress) => onProgress?.(progress))
    const { fps } = given.materials.files.manifest.defaults
    const { width, height } = settings
    const { request, plan, residency, clip } = await clock.run('load', 1, async () => {
      await probeVideo({ width, height, fps }, signal)
      const request = await unlessAborted(complete(given), signal)
      return { request, ...(await this.plan(request)) }
    })
    const { files, loras = [] } = request.materials
    const { manifest, networks } = files
    const overlay = new LoraOverlay(loras, 0)
    const { cut } = await clock.run('tokenise', 1, async () => this.clipOf(request))
    const tuned = await tuning.choose(files, clip, residency.weights, clock, signal)
    const ops = { ...opened, variants: tuned.variants }
    await compileAhead(files, clip, residency, ops)

    const { window, facts } = clip.film
    const start = before?.frames ?? 0
    const prompts = clip.film.prompts.map(({ first, prompt }) => ({
      seconds: videoFrames(first, networks.geometry) / fps,
      prompt: request.live.prompts[prompt]!.prompt,
    }))
    const recipeOf = (numFrames: number): ClipMetadata => ({
      ...metadataOf(settings, request.materials),
      numFrames,
      numInferenceSteps: filmRecipe(facts, window).steps.timesteps.length,
      guidanceScale: 1,
      shift: facts.shift,
      live: { prompts, windowFrames: window.frames, cache: window.format ?? 'float' },
    })
    const video: FilmWriter = await openFilmWriter({
      width,
      height,
      fps,
      recipe: recipeOf(start),
      signal,
      ...(before && { before: before.mp4 }),
      ...(onPiece && { onPiece }),
    })
    const tail = new FilmTail(window, clip.film.before)
    const shown = manifest.name
    let made = 0
    let hash = ''
    let hashing: Promise<void> = Promise.resolve()
    let overflow: unknown
    const keep = async (first: number, latents: Tensor, bytes: Uint8Array<ArrayBuffer>): Promise<void> => {
      const values = floatsOf(latents, bytes)
      const shape = [dim(latents, 0), dim(latents, 1), dim(latents, 2), dim(latents, 3)] as const
      assertFinite(values, { what: `The latents from frame ${first} on`, model: shown, shape, axes: 'CTHW' })
      tail.add({ first, shape, values })
      const own = await sha256Hex(bytes)
      hash = hash === '' ? own : await sha256Hex(new TextEncoder().encode(hash + own))
    }
    const phases = livePhases(networks, ops, clip, {
      signal,
      remember: (ids, encode) =>
        this.shop.cache.get(promptKey(files, residency, ids), ids.length * networks.textDim, encode),
      onEncoded: (done) => clock.step(done),
      onTextBytes: (bytes) => clock.measured('encode', bytes),
      newPrompt: (first) => {
        const text = steering.takePrompt()
        if (text === undefined) return undefined
        prompts.push({ seconds: videoFrames(first, networks.geometry) / fps, prompt: text })
        return files.tokenizer.encode(text, networks.maxTokens).ids
      },
      onChunk(first, latents, bytes) {
        hashing = hashing.then(async () => keep(first, latents, await bytes))
        hashing.catch((error: unknown) => (overflow = error))
      },
      async isEnd() {
        if (overflow) throw overflow
        await steering.untilWatched(start + made - SECONDS_AHEAD * fps, signal)
        return steering.isStopped
      },
      async onFrame(i420) {
        pace.frame()
        onFrame?.({ index: start + made, width, height, i420: i420.slice() })
        await video.addFrame(i420)
        clock.step(++made)
      },
    })
    let ended: string | undefined
    try {
      await runPhases(
        phases,
        networks,
        loadingFor(this.shop, { ops, files, clip, residency, overlay, signal }),
        {
          async around({ name, steps }, body) {
            await clock.run(name, steps, body)
            clock.measured(name, ops.pool.highWater)
          },
        },
      )
      await hashing
    } catch (error) {
      if (signal.aborted || video.frames <= start) {
        video.abort()
        throw error
      }
      ended = endingOf(error)
    }
    pace.end()
    try {
      const mp4 = await clock.run('finish', 1, () => video.finish(recipeOf(video.frames)))
      const recipe = recipeOf(video.frames) // without an earlier film that it does not join
      return {
        ...recipe,
        mp4,
        codec: video.codec,
        adapter: gpu.adapter,
        seconds: pace.seconds,
        stages: clock.times.map((time) => withPlan(time, plan)),
        peakGpuBytes: Math.max(...clock.times.map(({ peakGpuBytes = 0 }) => peakGpuBytes)),
        plannedGpuBytes: plan.peakBytes,
        latentsSha256: hash,
        variants: { ...tuned.variants },
        firstFrameSeconds: pace.firstFrameSeconds,
        realTimeFactor: pace.realTimeFactor(fps),
        film: { mp4, seed: settings.seed, frames: video.frames, latents: tail.latents },
        notes: [
          ...(ended === undefined ? [] : [ended]),
          ...(files.notes ?? []),
          ...loraNotes(loras),
          ...tuned.notes,
          ...video.notes,
          ...plan.notes,
          ...cut.map((name) => tooLong(name, files)),
        ],
      }
    } catch (error) {
      video.abort()
      throw error
    }
  }
}

/** With the files that a film needs. */
async function complete(request: FilmRequest): Promise<FilmRequest> {
  const { materials, settings } = request
  const files = await withFilesFor(materials.files, settings, materials.pictures !== undefined, true)
  return { ...request, materials: { ...materials, files } }
}

/** Why a film ended before it was stopped. */
function endingOf(error: unknown): string {
  const { message } = toFailure(error)
  return error instanceof GpuError || error instanceof ZoetropeError
    ? `The film ends here: ${message}`
    : `The film ends here, as something went wrong: ${message}`
}

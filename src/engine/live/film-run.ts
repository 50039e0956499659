// A film while it is made: chunks and frames come until it ends, then the file.
import { GpuError } from '../../gpu/errors'
import type { Tuned } from '../../gpu/tuner/autotune'
import { openFilmWriter, type FilmWriter } from '../../media/film-writer'
import type { LiveEvents, LiveResult } from '../../protocol/engine'
import { toFailure, ZoetropeError } from '../../protocol/errors'
import { framesAhead } from '../../protocol/live'
import { givenHashes } from '../../protocol/recipe'
import { filmSize } from '../../protocol/settings'
import { promptKey } from '../cache-keys'
import { tooLong, withPlan } from '../clip-job'
import { loraNotes, LoraOverlay } from '../model/loras'
import { runPhases } from '../phases'
import type { StageClock } from '../stage-clock'
import { loadingFor, type RecordedOps, type Workshop } from '../workshop'
import type { FilmRequest, Steering } from './film-request'
import { FilmScript } from './film-script'
import { KeptLatents } from './kept-latents'
import { livePhases, type FilmEvents } from './live-phases'
import type { FittedFilm } from './live-plan'
import type { FilmPace } from './pace'

/** A film that can begin: planned, tuned and compiled. */
export interface ReadyFilm extends FittedFilm {
  readonly request: FilmRequest
  /** With the tuned variants. */
  readonly ops: RecordedOps
  readonly tuned: Tuned
  /** Names of the prompts that were too long. */
  readonly cut: readonly string[]
}

/** How a film is steered, heard and timed. */
export interface FilmControls {
  readonly steering: Steering
  readonly events: LiveEvents
  readonly signal: AbortSignal
  readonly clock: StageClock
  readonly pace: FilmPace
}

export async function shootFilm(
  shop: Workshop,
  ready: ReadyFilm,
  controls: FilmControls,
): Promise<LiveResult> {
  const { request, clip } = ready
  const { settings, before, materials } = request
  const script = new FilmScript(request, clip.film)
  const video = await openFilmWriter({
    ...filmSize(settings),
    fps: materials.files.manifest.defaults.fps,
    recipe: script.recipe(before?.frames ?? 0),
    signal: controls.signal,
    ...(before && { before: before.mp4 }),
    ...(controls.events.onPiece && { onPiece: controls.events.onPiece }),
  })
  try {
    return await new FilmRun(shop, ready, controls, script, video).result()
  } catch (error) {
    video.abort()
    throw error
  }
}

class FilmRun {
  private readonly latents: KeptLatents
  private readonly overlay: LoraOverlay
  /** Video frames of the film before. */
  private readonly start: number
  private made = 0

  constructor(
    private readonly shop: Workshop,
    private readonly ready: ReadyFilm,
    private readonly controls: FilmControls,
    private readonly script: FilmScript,
    private readonly video: FilmWriter,
  ) {
    const { request, clip } = ready
    this.latents = new KeptLatents(request.materials.files.manifest.name, clip.film)
    this.overlay = new LoraOverlay(request.materials.loras ?? [], 0)
    this.start = request.before?.frames ?? 0
  }

  async result(): Promise<LiveResult> {
    const { signal, pace } = this.controls
    let ended: string | undefined
    try {
      await this.makeChunks()
    } catch (error) {
      if (signal.aborted || this.video.frames <= this.start) throw error
      ended = endingOf(error)
    }
    pace.end()
    return this.finish(ended)
  }

  /** Until the film ends. */
  private async makeChunks(): Promise<void> {
    const { ops, clip, residency, request } = this.ready
    const { clock, signal } = this.controls
    const { files } = request.materials
    await runPhases(
      livePhases(files.networks, ops, clip, this.events()),
      files.networks,
      loadingFor(this.shop, { ops, files, clip, residency, overlay: this.overlay, signal }),
      {
        async around({ name, steps }, body) {
          await clock.run(name, steps, body)
          clock.measured(name, ops.pool.highWater)
        },
      },
    )
    await this.latents.settled()
  }

  private events(): FilmEvents {
    const { clip, residency, request } = this.ready
    const { steering, signal, clock } = this.controls
    const { files } = request.materials
    const { networks, tokenizer, manifest } = files
    return {
      signal,
      remember: (ids, encode) =>
        this.shop.cache.get(promptKey(files, residency, ids), ids.length * networks.textDim, encode),
      onEncoded: (done) => clock.step(done),
      onTextBytes: (bytes) => clock.measured('encode', bytes),
      newPrompt: (first) => {
        const text = steering.takePrompt()
        if (text === undefined) return undefined
        this.script.add(first, text)
        return tokenizer.encode(text, networks.maxTokens).ids
      },
      onChunk: (first, latents, bytes) => this.latents.add(first, latents, bytes),
      isEnd: async () => {
        this.latents.check()
        const chunkFrames = clip.film.facts.chunk * networks.geometry.stride.frames
        const ahead = framesAhead(manifest.defaults.fps, chunkFrames)
        await steering.untilWatched(this.start + this.made - ahead, signal)
        return steering.isStopped
      },
      onFrame: (i420) => this.addFrame(i420),
    }
  }

  private async addFrame(i420: Uint8Array<ArrayBuffer>): Promise<void> {
    const { pace, events, clock } = this.controls
    const { width, height } = filmSize(this.ready.request.settings)
    pace.frame()
    events.onFrame?.({ index: this.start + this.made, width, height, i420: i420.slice() })
    await this.video.addFrame(i420)
    this.made += 1
    clock.step(this.made)
  }

  /** @param ended why it ended before it was stopped, in a sentence */
  private async finish(ended: string | undefined): Promise<LiveResult> {
    const { request, plan, tuned, cut } = this.ready
    const { clock, pace } = this.controls
    const { video, latents, script } = this
    const { files, loras = [] } = request.materials
    const mp4 = await clock.run('finish', 1, () => video.finish(script.recipe(video.frames)))
    const recipe = script.recipe(video.frames) // without an earlier film that it does not join
    return {
      ...recipe,
      mp4,
      codec: video.codec,
      adapter: this.shop.gpu.adapter,
      seconds: pace.seconds,
      stages: clock.times.map((time) => withPlan(time, plan)),
      peakGpuBytes: Math.max(...clock.times.map(({ peakGpuBytes = 0 }) => peakGpuBytes)),
      plannedGpuBytes: plan.peakBytes,
      latentsSha256: latents.sha256,
      variants: { ...tuned.variants },
      firstFrameSeconds: pace.firstFrameSeconds,
      realTimeFactor: pace.realTimeFactor(recipe.fps),
      film: {
        mp4,
        seed: request.settings.seed,
        frames: video.frames,
        latents: latents.latents,
        prompts: recipe.live.prompts,
        given: givenHashes(recipe),
      },
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
  }
}

/** Why a film ended before it was stopped. */
function endingOf(error: unknown): string {
  const { message } = toFailure(error)
  return error instanceof GpuError || error instanceof ZoetropeError
    ? `The film ends here: ${message}`
    : `The film ends here, as something went wrong: ${message}`
}

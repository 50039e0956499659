import { sizeUnits } from '../../models/family'
import { probeVideo } from '../../media/video-writer'
import type { LiveEvents, LiveResult } from '../../protocol/engine'
import { ZoetropeError } from '../../protocol/errors'
import { filmSize } from '../../protocol/settings'
import { unlessAborted } from '../../weights/sources/unless-aborted'
import { clipPictures } from '../given-picture'
import { compileAhead } from '../kernels/compile-ahead'
import type { LiveFacts } from '../model/live-facts'
import { withFilesFor } from '../model/on-demand'
import type { ModelFiles } from '../model/opened'
import { StageClock } from '../stage-clock'
import type { Workshop } from '../workshop'
import type { FilmRequest, Steering } from './film-request'
import { shootFilm, type ReadyFilm } from './film-run'
import { firstNew, framesFor, promptsByFrame, videoFrames, withinWindow } from './live-clip'
import type { FilmClip } from './live-phases'
import { planFilm, type FittedFilm } from './live-plan'
import { FilmPace } from './pace'

/** Tokens for which a prompt that is typed on the way is planned. */
const TYPED_TOKENS = 128

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
      const pace = new FilmPace(this.firstFrames(request))
      const clock = new StageClock((progress) => events.onProgress?.(progress))
      const ready = await this.prepare(request, clock, signal)
      return await shootFilm(this.shop, ready, { steering, events, signal, clock, pace })
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
            frames: framesFor(live.seconds, fps, networks.geometry, facts, first, begun),
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

  private async prepare(given: FilmRequest, clock: StageClock, signal: AbortSignal): Promise<ReadyFilm> {
    const { ops: opened, tuning } = this.shop
    const { fps } = given.materials.files.manifest.defaults
    const { request, ...fitted } = await clock.run('load', 1, async () => {
      await probeVideo({ ...filmSize(given.settings), fps }, signal)
      const request = await unlessAborted(complete(given), signal)
      return { request, ...(await this.plan(request)) }
    })
    const { files } = request.materials
    const { clip, residency } = fitted
    const { cut } = await clock.run('tokenise', 1, async () => this.clipOf(request))
    const tuned = await tuning.choose(files, clip, residency.weights, clock, signal)
    const ops = { ...opened, variants: tuned.variants }
    await compileAhead(files, clip, residency, ops)
    return { ...fitted, request, ops, tuned, cut }
  }
}

/** With the files that a film needs. */
async function complete(request: FilmRequest): Promise<FilmRequest> {
  const { materials, settings } = request
  const files = await withFilesFor(materials.files, settings, materials.pictures !== undefined, true)
  return { ...request, materials: { ...materials, files } }
}

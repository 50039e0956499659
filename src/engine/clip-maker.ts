import { version } from '../../package.json'
import type { Gpu } from '../gpu/device'
import { floatsOf, type Ops } from '../gpu/ops'
import type { Recorder } from '../gpu/recorder'
import type { Tensor } from '../gpu/tensor'
import { openVideoWriter, probeVideo } from '../media/video-writer'
import { fileLoader } from '../models/blocks/weight-loader'
import { latentShape, sizeUnits, type Loading, type Residency } from '../models/family'
import type { ChannelStatistics } from '../protocol/clip-end'
import type { GenerationEvents, GenerationResult, StageTime } from '../protocol/engine'
import { ZoetropeError } from '../protocol/errors'
import type { MemoryPlan } from '../protocol/progress'
import { filmSize, type ClipMetadata, type GenerationSettings } from '../protocol/settings'
import { statisticsOf } from '../sampling/match-statistics'
import { sha256Hex } from '../weights/sources/sha256'
import { unlessAborted } from '../weights/sources/unless-aborted'
import { clipPhases, type Clip, type ClipEvents } from './clip'
import type { ClipControl } from './control-phase'
import type { Extensions } from './extensions'
import { promptKey, pictureKey } from './cache-keys'
import { assertFinite } from './finite'
import type { GivenControl } from './given-control'
import { clipPictures, type Given } from './given-picture'
import { isGuided } from './guidance'
import { compileAhead } from './kernels/compile-ahead'
import { Tuning } from './kernels/tuning'
import { stageBytes } from './memory/dry-run'
import { planClip, type FittedPlan, type MemoryRequest } from './memory/fit-memory'
import { loraNotes, LoraOverlay, loraReport, type ClipLora } from './model/loras'
import { withFilesFor } from './model/on-demand'
import type { ModelFiles } from './model/opened'
import { runPhases } from './phases'
import { previewDecoder, previewLatents } from './preview'
import { PromptCache } from './prompt-cache'
import { StageClock } from './stage-clock'

const APP = { app: 'Zoetrope', appVersion: version }

/** What every clip of one open model shares. */
export interface Workshop {
  readonly gpu: Gpu
  readonly ops: Ops & { readonly recorder: Recorder }
  readonly extensions: Extensions
  readonly request: MemoryRequest
  readonly cache: PromptCache
  readonly tuning: Tuning
}

/** What a clip is made of. */
export interface Materials extends Given {
  /** The model, and what was given with the clip. */
  readonly files: ModelFiles
  readonly loras?: readonly ClipLora[]
  /** Name of the upscaler that was given. */
  readonly upscaler?: string
  readonly control?: GivenControl
}

/** Makes clips of one model on one device. */
export class ClipMaker {
  constructor(private readonly shop: Workshop) {}

  async plan(settings: GenerationSettings, given: Materials): Promise<FittedPlan> {
    const { gpu, request } = this.shop
    const materials = await complete(given, settings)
    const control = materials.control?.sketch(settings)
    return planClip(materials.files, this.clipOf(settings, materials, control).clip, gpu, request)
  }

  /** Releases everything of the clip in any case. */
  async make(
    settings: GenerationSettings,
    materials: Materials,
    events: GenerationEvents,
    signal: AbortSignal,
    finish?: AbortSignal,
  ): Promise<GenerationResult> {
    const { pool, recorder } = this.shop.ops
    const before = pool.mark()
    try {
      return await this.run(settings, materials, events, signal, finish)
    } finally {
      recorder.discard()
      pool.releaseSince(before)
      pool.trim()
    }
  }

  private clipOf(
    settings: GenerationSettings,
    { files, pictures, rowColours, holdsColours, loras }: Materials,
    control: ClipControl | undefined,
  ): { clip: Clip; cut: readonly string[] } {
    const { extensions } = this.shop
    const { networks } = files
    const { pictures: use } = networks
    const { prompt, negativePrompt } = settings
    const texts = isGuided(settings) ? [prompt, negativePrompt] : [prompt]
    const encoded = texts.map((text) => files.tokenizer.encode(text, networks.maxTokens))
    return {
      clip: {
        settings,
        prompts: encoded.map(({ ids }) => ids),
        samplers: extensions.samplers,
        ...(holdsColours && rowColours && { colours: rowColours }),
        ...(loras && { loras }),
        ...(pictures &&
          use && { pictures: clipPictures(pictures, use, settings, sizeUnits(networks.geometry)) }),
        ...(control && { control }),
      },
      cut: PROMPTS.filter((_name, i) => encoded[i]?.truncated),
    }
  }

  private async run(
    settings: GenerationSettings,
    given: Materials,
    { onProgress, onPreview }: GenerationEvents,
    signal: AbortSignal,
    finish?: AbortSignal,
  ): Promise<GenerationResult> {
    const { gpu, ops: opened, tuning } = this.shop
    const began = performance.now()
    const clock = new StageClock((progress) => onProgress?.(progress))
    const { loras = [] } = given
    const metadata = { ...metadataOf(settings, given), ...(await given.control?.metadata()) }
    const film = { ...filmSize(settings), fps: metadata.fps }
    const { materials, plan, residency } = await clock.run('load', 1, async () => {
      await probeVideo(film, signal)
      const materials = await unlessAborted(complete(given, settings), signal)
      return { materials, ...(await this.plan(settings, materials)) }
    })
    const { files } = materials
    const { manifest, networks } = files
    const { clip, cut } = await clock.run('tokenise', 1, async () =>
      this.clipOf(settings, materials, await given.control?.load(settings, signal)),
    )
    const tuned = await tuning.choose(files, clip, residency.weights, clock, signal)
    const ops = { ...opened, variants: tuned.variants }
    await compileAhead(files, clip, residency, ops)

    const notes: string[] = [...tuned.notes]
    const video = openVideoWriter({ ...film, recipe: metadata, signal })
    const shape = latentShape(networks.geometry, settings)
    const named = { model: manifest.name, shape, axes: 'CTHW' }
    let overflow: ZoetropeError | undefined
    let shown: Promise<void> = Promise.resolve()
    let latentsSha256 = ''
    let decoded = 0
    let colours: ChannelStatistics | undefined
    let lastFrame: Float32Array<ArrayBuffer> | undefined
    const overlay = new LoraOverlay(loras, 0)
    const events: ClipEvents = {
      signal,
      ...(finish && { finish }),
      onFinished(steps) {
        metadata.stepsRun = steps
        notes.push(
          `Stopped after step ${steps} of ${settings.numInferenceSteps}, and decoded as it was then.`,
        )
      },
      overlay,
      remember: (ids, encode) =>
        this.shop.cache.get(promptKey(files, residency, ids), ids.length * networks.textDim, encode),
      onEncoded: (done) => clock.step(done),
      rememberFeatures: (sha256, encode) => {
        const { count = 0, width = 0 } = networks.pictures?.features ?? {}
        return this.shop.cache.get(pictureKey(files, sha256), count * width, encode)
      },
      onConditioned: (done) => clock.step(done),
      onTextBytes: (bytes) => clock.measured('encode', bytes),
      onStep(done, predicted, preview) {
        if (overflow) throw overflow
        const what = `The latents after step ${done} of ${settings.numInferenceSteps}`
        const picture = preview
          ? previewDecoder(ops, preview, predicted)
          : ops.readLater(predicted).then((bytes) => {
              const values = floatsOf(predicted, bytes)
              assertFinite(values, { ...named, what })
              return previewLatents(values, shape, manifest.latentPreview)
            })
        shown = picture.then((image) => {
          clock.step(done)
          onPreview?.(image)
        })
        // Awaited after the last step. Before that, a drain throws the same error, and the next step one of the values.
        shown.catch((error: unknown) => {
          if (error instanceof ZoetropeError) overflow = error
        })
      },
      async onDenoised(latents: Tensor) {
        await shown
        const bytes = await ops.readBytes(latents, signal)
        assertFinite(floatsOf(latents, bytes), { ...named, what: 'The latents after the last step' })
        latentsSha256 = await sha256Hex(bytes)
        if (given.keepsEnd) colours = given.rowColours ?? statisticsOf(floatsOf(latents, bytes), shape)
      },
      onReused: (steps) =>
        notes.push(
          `EasyCache made ${steps} of ${settings.numInferenceSteps} steps without running the model.`,
        ),
      ...(given.keepsEnd && { onLastFrame: (frame) => void (lastFrame = frame) }),
      async onFrame(i420) {
        await video.addFrame(i420)
        clock.step(++decoded)
      },
    }
    try {
      await runPhases(
        clipPhases(networks, ops, clip, events),
        networks,
        loadingFor(this.shop, { ops, files, clip, residency, overlay, signal }),
        {
          async around({ name, steps }, body) {
            await clock.run(name, steps, body)
            clock.measured(name, ops.pool.highWater)
          },
        },
      )
      const mp4 = await clock.run('finish', 1, () => video.finish())
      return {
        ...metadata,
        mp4,
        codec: video.codec,
        adapter: gpu.adapter,
        seconds: (performance.now() - began) / 1000,
        stages: clock.times.map((time) => withPlan(time, plan)),
        peakGpuBytes: Math.max(...clock.times.map(({ peakGpuBytes = 0 }) => peakGpuBytes)),
        plannedGpuBytes: plan.peakBytes,
        latentsSha256,
        variants: { ...tuned.variants },
        ...(lastFrame &&
          colours && {
            end: { width: settings.width, height: settings.height, frame: lastFrame, statistics: colours },
          }),
        notes: [
          ...(files.notes ?? []),
          ...loraNotes(loras),
          ...notes,
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

/** Opens networks on the device for a clip. */
export function loadingFor(
  { gpu: { device } }: Workshop,
  {
    ops,
    files: { weights },
    clip: { prompts, film },
    residency,
    overlay,
    signal,
  }: {
    readonly ops: Ops
    readonly files: ModelFiles
    readonly clip: Clip
    readonly residency: Residency
    readonly overlay: LoraOverlay
    readonly signal: AbortSignal
  },
): Loading {
  return {
    ops,
    device,
    weights,
    residency,
    tokens: Math.max(...prompts.map(({ length }) => length), film?.promptTokens ?? 0),
    loader: (role, format) =>
      overlay.loader(role, weights[role]!, (file) => fileLoader(ops, file, format, signal), { signal }),
    signal,
  }
}

async function complete(given: Materials, settings: GenerationSettings): Promise<Materials> {
  return { ...given, files: await withFilesFor(given.files, settings, given.pictures !== undefined) }
}

export function metadataOf(
  settings: GenerationSettings,
  { files, upscaler, loras = [], ...given }: Materials,
): ClipMetadata {
  const { id, version: modelVersion, defaults } = files.manifest
  return {
    ...settings,
    ...APP,
    model: id,
    modelVersion,
    fps: defaults.fps,
    ...factsOf(given),
    ...(upscaler !== undefined && settings.upscale > 1 && { upscaler }),
    ...(loras.length > 0 && { loras: loras.map(loraReport) }),
  }
}

/** The texts of a clip, in their order. */
const PROMPTS = ['prompt', 'negative prompt']

export function tooLong(name: string, { manifest, networks }: ModelFiles): string {
  return `The ${name} was longer than the ${networks.maxTokens} tokens that ${manifest.name} reads; the rest was left out.`
}

/** What a recipe says of the pictures, and of the clip that this one goes on from. */
function factsOf({ pictures, rowColours, holdsColours }: Given): Partial<ClipMetadata> {
  if (!pictures) return {}
  const { first, last } = pictures
  return {
    ...('rgb' in first ? { imageSha256: first.sha256 } : { continuesSha256: first.sha256 }),
    ...(last && { lastImageSha256: last.sha256 }),
    ...(holdsColours && rowColours && { holdsColours }),
  }
}

export function withPlan(time: StageTime, { stages }: MemoryPlan): StageTime {
  const planned = stages.find(({ stage }) => stage === time.stage)
  return planned ? { ...time, plannedGpuBytes: stageBytes(planned) } : time
}

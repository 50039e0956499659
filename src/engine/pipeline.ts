import { version } from '../../package.json'
import { openGpu } from '../gpu/device'
import { openOps } from '../gpu/ops'
import type { GenerationInput, LiveInput, Planned, VideoEngine } from '../protocol/engine'
import { ZoetropeError } from '../protocol/errors'
import type { ActivationChoice, ModelSource, WeightChoice } from '../protocol/model-source'
import { limitsWithUpscaler } from '../protocol/limits'
import { normaliseSettings } from '../protocol/normalise'
import { cardOf } from './card'
import { BUILT_IN, type Extensions } from './extensions'
import { controlFor } from './given-control'
import { besideControl, givenFor, requireFrames, sizedFor } from './given-picture'
import type { ClipJob } from './clip-job'
import { ClipMaker } from './clip-maker'
import type { Workshop } from './workshop'
import type { GenerationSettings } from '../protocol/settings'
import { clipFromFilm, lengthNotes } from './live/film-clip'
import { openLive } from './live/open-live'
import { CLOCK } from '../gpu/tuner/autotune'
import { RememberedSpeed, speedKey } from './kernels/speed'
import { Tuning, type TunedStore } from './kernels/tuning'
import { memoryBudget } from './memory/budget'
import { checkWeights } from './memory/dry-run'
import { upscalerName, withUpscaler } from './model/given-upscaler'
import { LoraOpener, loraReport } from './model/loras'
import { openModel } from './model/open'
import { PromptCache, type EmbeddingStore } from './prompt-cache'
import { givenOf } from './runs/given-files'
import { ownGiven, takeUp, type TakenUp } from './runs/take-up'
import type { RunStores } from './runs/run-record'
import { createRunStore } from '../storage/runs/run-store'
import { filesInMemory } from '../storage/runs/files-in-memory'

export interface PipelineOptions {
  readonly gpu: GPU | undefined
  readonly model: ModelSource
  /** Format of the matrices on the GPU; the default is `auto`. */
  readonly weightFormat?: WeightChoice
  /** Type in which activations are multiplied by quantised matrices; the default is `float`. */
  readonly activations?: ActivationChoice
  /** GPU memory budget in bytes; `memoryBudget` by default. */
  readonly memoryBytes?: number
  /** Keeps encoded prompts beyond the life of the pipeline. */
  readonly embeddings?: EmbeddingStore
  /** Keeps the kernel variants chosen for this GPU beyond the life of the pipeline. */
  readonly tuned?: TunedStore
  /** Keeps runs, so that an interrupted one can continue; in memory by default. */
  readonly runs?: RunStores
  /** Families and samplers; the built-in ones by default. */
  readonly extensions?: Extensions
  /** Cancels the opening. */
  readonly signal?: AbortSignal
}

/** An engine in this thread. */
export interface Pipeline extends VideoEngine {
  /** Resolves with a sentence when the device is lost. */
  readonly lost: Promise<string>
}

/**
 * Fetches and checks the model, then opens the GPU. @throws WeightsError | GpuError, each a sentence; the signal's
 * reason.
 */
export async function openPipeline(options: PipelineOptions): Promise<Pipeline> {
  const { gpu, model, weightFormat = 'auto', activations = 'float', memoryBytes, signal } = options
  const { extensions = BUILT_IN, embeddings, tuned } = options
  const { runs = { memory: createRunStore(filesInMemory()) } } = options
  const files = await openModel(model, signal, extensions)
  await checkWeights(files)
  signal?.throwIfAborted()
  const opened = await openGpu(gpu, { activations, ...(signal && { signal }) })
  const budget = async (): Promise<number> => memoryBytes ?? memoryBudget(opened, signal)
  const request = {
    weightFormat,
    memoryBytes: await budget().catch((error: unknown) => {
      opened.device.destroy()
      throw error
    }),
  }
  const ops = openOps(opened)
  const shop: Workshop = {
    gpu: opened,
    ops,
    extensions,
    request,
    cache: new PromptCache(embeddings),
    tuning: new Tuning({ gpu: opened, ops, store: tuned, appVersion: version }),
    runs,
  }
  const run = new ClipMaker(shop)
  const speed = new RememberedSpeed({
    ops,
    lost: opened.device.lost,
    store: tuned,
    key: speedKey(opened, version),
    now: CLOCK.now,
  })
  const opener = new LoraOpener(files)
  let isMaking = false
  const card = cardOf(files, opened, extensions)
  /** Settings for a picture take its shape if no size is requested. */
  const checked = async (input: GenerationInput): Promise<CheckedInput> => {
    const { upscaler, loras: loraFiles } = input
    const own = upscaler ? await withUpscaler(files, upscaler) : files
    const limits = upscaler ? limitsWithUpscaler(card.model.limits, own.networks.upscales) : card.model.limits
    const control = await controlFor(input, files, limits.defaults)
    try {
      const shown = control ? besideControl(input) : await givenFor(input, files)
      const sized = shown.pictures ? sizedFor(shown.pictures, input, files, limits.defaults) : input
      const result = normaliseSettings(control ? control.sized(input) : sized, limits)
      if (!result.ok) throw new ZoetropeError('invalid-settings', result.reason)
      requireFrames(input, result.settings, limits.frames)
      const loras = await opener.open(loraFiles)
      const materials = {
        files: own,
        ...shown,
        ...(control && { control }),
        ...(loras.length > 0 && { loras }),
        ...(upscaler && { upscaler: upscalerName(upscaler) }),
      }
      const notes = [...result.notes, ...(control?.notes(result.settings) ?? [])]
      return { settings: result.settings, notes, materials, given: givenOf(input) }
    } catch (error) {
      control?.close()
      throw error
    }
  }
  const making = async <T>(work: () => Promise<T>): Promise<T> => {
    isMaking = true
    try {
      await speed.settled()
      return await work()
    } finally {
      isMaking = false
    }
  }
  const live = openLive(shop, card, checked)
  /** A causal model makes its clips as it makes its films. */
  const asFilm = (input: GenerationInput, settings: GenerationSettings): LiveInput | undefined => {
    const { live: facts, defaults } = files.manifest
    if (facts?.role !== 'dit' || settings.sampler !== 'self-forcing') return undefined
    return { ...input, ...settings, live: { seconds: settings.numFrames / defaults.fps } }
  }
  /** An interrupted run with its own settings and files. */
  const checkedRun = async (
    { record, facts, isSettled, notes }: TakenUp,
    input: GenerationInput,
  ): Promise<CheckedInput> => {
    try {
      const job = await checked({ ...facts.settings, ...(await ownGiven(record, facts, input)) })
      return { ...job, notes, interrupted: record, isSettled }
    } catch (error) {
      record.close()
      throw error
    }
  }
  return {
    card,
    lost: opened.lost.catch(() => opened.lostReason ?? 'The GPU was lost.'),
    async plan(input: LiveInput): Promise<Planned> {
      if (input.live) return live.plan(input)
      const { settings, notes, materials, given } = await checked(input)
      try {
        const film = asFilm(input, settings)
        if (film)
          return {
            ...(await live.plan(film)),
            notes: [...notes, ...lengthNotes(settings.numFrames, materials)],
          }
        const planned = await run.plan({ settings, materials, given })
        const known = isMaking ? undefined : await speed.get()
        return {
          settings,
          ...planned,
          notes,
          ...(materials.loras && { loras: materials.loras.map(loraReport) }),
          ...(known && { speed: known }),
        }
      } finally {
        materials.control?.close()
      }
    },
    async generate(input, events = {}, stop = new AbortController().signal, finish = undefined) {
      const taken = input.resume && (await takeUp(runs, input.resume, files, opened))
      const { leavesRun = false } = input
      const { notes, ...job } = taken ? await checkedRun(taken, input) : await checked(input)
      const film = taken ? undefined : asFilm(input, job.settings)
      if (film) {
        job.materials.control?.close()
        const { numFrames } = job.settings
        const made = await clipFromFilm(live.run(film, events, stop, making), numFrames, finish)
        const longer = made.numFrames > numFrames ? lengthNotes(numFrames, job.materials) : []
        return { ...made, notes: [...notes, ...longer, ...made.notes] }
      }
      try {
        const result = await making(() => run.make({ ...job, leavesRun }, events, stop, finish))
        return { ...result, notes: [...notes, ...result.notes] }
      } finally {
        job.materials.control?.close()
      }
    },
    live: (input, events = {}, stop = new AbortController().signal) => live.run(input, events, stop, making),
    dispose: () => opened.device.destroy(),
  }
}

export interface CheckedInput extends ClipJob {
  readonly notes: readonly string[]
}

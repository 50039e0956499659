import { version } from '../../package.json'
import type { Gpu } from '../gpu/device'
import { openOps, type Ops } from '../gpu/ops'
import type { Recorder } from '../gpu/recorder'
import type { Variants } from '../gpu/variants'
import type { Picture } from '../media/picture/open'
import { coveringFrame } from '../media/picture/pixels'
import { openVideoWriter, probeVideo } from '../media/video-writer'
import { fileLoader } from '../models/blocks/weight-loader'
import type { Loading, Residency } from '../models/family'
import type { GenerationEvents, GenerationResult, StageTime } from '../protocol/engine'
import { toFailure } from '../protocol/errors'
import type { MemoryPlan, Stage } from '../protocol/progress'
import type { ClipMetadata, GenerationSettings } from '../protocol/settings'
import { sha256Hex } from '../weights/sources/sha256'
import { clipPhases, type Clip } from './clip'
import { clipEvents, reusedNote, type Outcome } from './clip-events'
import type { Extensions } from './extensions'
import { compileAhead } from './kernels/compile-ahead'
import { Tuning } from './kernels/tuning'
import { stageBytes } from './memory/dry-run'
import { planClip, planSettled, stepDown, type FittedPlan, type MemoryRequest } from './memory/fit-memory'
import type { ModelFiles } from './model/open'
import { runPhases } from './phases'
import { PromptCache } from './prompt-cache'
import { gpuFacts, modelFingerprint, type RunFacts } from './runs/run-facts'
import { RunRecord, type RunStores } from './runs/run-record'
import { roomFor } from './runs/run-room'
import { FIRST_WAY, isFinal, wayOut, type Way } from './runs/way-out'
import { StageClock } from './stage-clock'

const APP = { app: 'Zoetrope', appVersion: version }

type RecordedOps = Ops & { readonly recorder: Recorder }

/** What every clip of one open model shares. */
export interface Workshop {
  readonly files: ModelFiles
  readonly gpu: Gpu
  readonly ops: RecordedOps
  readonly extensions: Extensions
  readonly request: MemoryRequest
  readonly cache: PromptCache
  readonly tuning: Tuning
  readonly runs: RunStores
}

/** A clip to make. */
export interface ClipJob {
  readonly settings: GenerationSettings
  readonly picture?: Picture
  /** An interrupted run to go on with. */
  readonly interrupted?: RunRecord
  /** Whether it keeps its own formats and variants, and so its bits. */
  readonly isSettled?: boolean
}

/** One way of making it, and how far that came. */
interface Trial {
  readonly way: Way
  record: RunRecord | undefined
  /** Formats and variants of the run that goes on. */
  readonly settled: Pick<RunFacts, 'residency' | 'variants' | 'notes'> | undefined
  fitted: FittedPlan | undefined
}

/** Stages whose results lie in tensors of the same pool. */
const PARTS: readonly (readonly Stage[])[] = [['encode', 'condition', 'denoise'], ['decode']]

/** Makes clips of one model on one device. */
export class ClipMaker {
  /** The same device with activations of f32. */
  private preciseOps: RecordedOps | undefined

  constructor(private readonly shop: Workshop) {}

  async plan(settings: GenerationSettings, picture?: Picture): Promise<FittedPlan> {
    const { files, gpu, request } = this.shop
    return planClip(files, this.clipOf(settings, picture).clip, gpu, request)
  }

  /**
   * Makes a clip; with less memory, or more precise numbers, where the first try fails for want of them. Releases
   * everything in any case. The record of a run that may go on later stays.
   */
  async make(job: ClipJob, events: GenerationEvents, signal: AbortSignal): Promise<GenerationResult> {
    const { interrupted, isSettled = false } = job
    const clock = new StageClock((progress) => events.onProgress?.(progress), await interrupted?.seconds())
    let trial: Trial = {
      way: FIRST_WAY,
      record: interrupted,
      settled: isSettled ? interrupted?.facts : undefined,
      fitted: undefined,
    }
    let first: unknown
    try {
      for (;;) {
        try {
          const result = await this.cleanly(() => this.attempt(job, trial, clock, events, signal))
          await trial.record?.discard()
          return result
        } catch (error) {
          const way = signal.aborted ? undefined : await this.wayOut(error, job, trial, clock.stage)
          // Where the way out does not fit, what led to it is what went wrong.
          if (!way) throw toFailure(error).code === 'limit' ? (first ?? error) : error
          first ??= error
          trial = { way, record: trial.record, settled: undefined, fitted: undefined }
        }
      }
    } catch (error) {
      if (signal.aborted || isFinal(error)) await trial.record?.discard()
      else trial.record?.close()
      throw error
    }
  }

  private wayOut(error: unknown, job: ClipJob, trial: Trial, stage: Stage): Promise<Way | undefined> {
    const { files, gpu, request } = this.shop
    return wayOut(error, { ...trial, stage, storage: gpu.storage }, (fitted) =>
      stepDown(files, this.clipOf(job.settings, job.picture).clip, gpu, request, fitted, stage),
    )
  }

  private async cleanly<T>(work: () => Promise<T>): Promise<T> {
    const { ops } = this.shop
    const before = ops.pool.mark()
    try {
      return await work()
    } finally {
      for (const [{ recorder, pool }, mark] of [
        [ops, before],
        ...(this.preciseOps ? ([[this.preciseOps, new Set<never>()]] as const) : []),
      ] as const) {
        recorder.discard()
        pool.releaseSince(mark)
        pool.trim()
      }
    }
  }

  private clipOf(
    settings: GenerationSettings,
    picture: Picture | undefined,
  ): { clip: Clip; cut: readonly string[] } {
    const { files, extensions } = this.shop
    const { prompt, negativePrompt, guidanceScale } = settings
    const texts = guidanceScale > 1 ? [prompt, negativePrompt] : [prompt]
    const encoded = texts.map((text) => files.tokenizer.encode(text, files.networks.maxTokens))
    return {
      clip: {
        settings,
        prompts: encoded.map(({ ids }) => ids),
        samplers: extensions.samplers,
        ...(picture && { picture: coveringFrame(picture, settings) }),
      },
      cut: PROMPTS.filter((_name, i) => encoded[i]?.truncated),
    }
  }

  /** Plans with the formats of the run that goes on, or with the best that fit. */
  private async fit({ settings, picture }: ClipJob, { way, settled }: Trial): Promise<FittedPlan> {
    const { files, gpu, request } = this.shop
    const { clip } = this.clipOf(settings, picture)
    if (way.smaller) return way.smaller
    const device = way.precise.size > 0 ? { ...gpu, storage: 'f32' as const } : gpu
    return settled
      ? planSettled(files, clip, device, settled.residency, request.memoryBytes)
      : planClip(files, clip, device, request)
  }

  private async attempt(
    job: ClipJob,
    trial: Trial,
    clock: StageClock,
    { onPreview, onKept }: GenerationEvents,
    signal: AbortSignal,
  ): Promise<GenerationResult> {
    const { files, gpu, tuning, cache } = this.shop
    const { settings, picture } = job
    const began = performance.now()
    const earlier = Object.values(clock.elapsed).reduce((sum, seconds) => sum + seconds, 0)
    const metadata = { ...metadataOf(settings, files), ...(picture && { imageSha256: picture.sha256 }) }
    const { width, height } = settings
    const film = { width, height, fps: metadata.fps }
    const { plan, residency } = await clock.run('load', 1, async () => {
      await probeVideo(film, signal)
      return (trial.fitted = await this.fit(job, trial))
    })
    const { clip, cut } = await clock.run('tokenise', 1, async () => this.clipOf(settings, picture))
    const { variants, notes } = trial.settled ?? (await tuning.choose(clip, residency.weights, clock, signal))
    const opsOf = this.opsFor(trial.way, variants)
    const planned = [...plan.notes, ...notes]
    const record = await this.recorded(job, trial, clip, { variants, residency, notes: planned })
    onKept?.(record.id)

    const video = openVideoWriter({ ...film, recipe: metadata, signal, frames: record.frames })
    const outcome: Outcome = { latentsSha256: '', notes: [] }
    let hasBegun = false
    const begin = async (): Promise<void> => {
      if (!hasBegun) await video.begin()
      hasBegun = true
    }
    try {
      const together = opsOf('denoise') === opsOf('decode') ? [PARTS.flat()] : PARTS
      for (const part of together) {
        const ops = opsOf(part.at(-1)!)
        const start = await record.start(settings, residency, opsOf('decode').storage)
        if (start.latents) outcome.latentsSha256 = await sha256Hex(new Uint8Array(start.latents.buffer))
        if (start.reused !== undefined && outcome.notes.length === 0)
          outcome.notes.push(reusedNote(start.reused, settings))
        await compileAhead(files, clip, residency, ops)
        const making = { files, cache, settings, residency, record, clock, video, onPreview, signal, ops }
        const phases = clipPhases(files.networks, ops, clip, clipEvents(making, outcome), start)
        await runPhases(
          phases.filter(({ name }) => part.includes(name)),
          files.networks,
          this.loading(ops, clip, residency, signal),
          {
            async around({ name, steps }, body) {
              const isDecoding = name === 'decode'
              const from = isDecoding ? record.frames.count : name === 'denoise' ? start.step?.facts.done : 0
              const work = async (): Promise<void> => {
                if (isDecoding) await begin()
                await body()
              }
              await clock.run(name, steps, work, from)
              clock.measured(name, ops.pool.highWater)
            },
          },
        )
      }
      const mp4 = await clock.run('finish', 1, async () => {
        await begin()
        return video.finish()
      })
      return {
        ...metadata,
        mp4,
        codec: video.codec,
        adapter: gpu.adapter,
        seconds: earlier + (performance.now() - began) / 1000,
        stages: clock.times.map((time) => withPlan(time, plan)),
        peakGpuBytes: Math.max(0, ...clock.times.map(({ peakGpuBytes = 0 }) => peakGpuBytes)),
        plannedGpuBytes: plan.peakBytes,
        latentsSha256: outcome.latentsSha256,
        variants: { ...variants },
        notes: [
          ...(files.notes ?? []),
          ...trial.way.notes,
          ...record.notes,
          ...outcome.notes,
          ...video.notes,
          ...(trial.settled ? notes : planned),
          ...cut.map((name) => tooLong(name, files)),
        ],
      }
    } catch (error) {
      video.abort()
      throw error
    }
  }

  /** The record of the run, which says how it goes on from here. */
  private async recorded(
    { settings, picture }: ClipJob,
    trial: Trial,
    clip: Clip,
    chosen: Pick<RunFacts, 'residency' | 'variants' | 'notes'>,
  ): Promise<RunRecord> {
    const { files, gpu, runs } = this.shop
    const { manifest, networks } = files
    const { record } = trial
    if (record) {
      if (!trial.settled) await record.revise({ ...record.facts, ...chosen, gpu: gpuFacts(gpu) })
      return record
    }
    const facts: RunFacts = {
      begunAt: Date.now(),
      settings,
      model: { id: manifest.id, title: manifest.name, fingerprint: await modelFingerprint(files) },
      ...(picture && { imageSha256: picture.sha256 }),
      gpu: gpuFacts(gpu),
      ...chosen,
    }
    const room = roomFor(networks, clip, picture?.rgb.length ?? 0)
    return (trial.record = await RunRecord.begin(runs, facts, room, picture))
  }

  /** The ops of each stage: with f32 where its numbers overflowed. */
  private opsFor({ precise }: Way, variants: Variants): (stage: Stage) => RecordedOps {
    const { ops: opened, gpu } = this.shop
    const ops = { ...opened, variants }
    if (precise.size === 0) return () => ops
    // The variants before any measurement run on every storage.
    const exact = (this.preciseOps ??= openOps({ ...gpu, storage: 'f32' }))
    return (stage) => (precise.has(stage) ? exact : ops)
  }

  private loading(ops: Ops, { prompts }: Clip, residency: Residency, signal: AbortSignal): Loading {
    const { weights } = this.shop.files
    return {
      ops,
      device: this.shop.gpu.device,
      weights,
      residency,
      tokens: Math.max(...prompts.map(({ length }) => length)),
      loader: (role, format) => fileLoader(ops, weights[role]!, format, signal),
      signal,
    }
  }
}

function metadataOf(settings: GenerationSettings, { manifest }: ModelFiles): ClipMetadata {
  const { id, version: modelVersion, defaults } = manifest
  return { ...settings, ...APP, model: id, modelVersion, fps: defaults.fps }
}

/** The texts of a clip, in their order. */
const PROMPTS = ['prompt', 'negative prompt']

function tooLong(name: string, { manifest, networks }: ModelFiles): string {
  return `The ${name} was longer than the ${networks.maxTokens} tokens that ${manifest.name} reads; the rest was left out.`
}

function withPlan(time: StageTime, { stages }: MemoryPlan): StageTime {
  const planned = stages.find(({ stage }) => stage === time.stage)
  return planned ? { ...time, plannedGpuBytes: stageBytes(planned) } : time
}

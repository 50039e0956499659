import { openOps } from '../gpu/ops'
import type { Variants } from '../gpu/variants'
import { openVideoWriter, probeVideo } from '../media/video-writer'
import { latentShape, sizeUnits } from '../models/family'
import type { GenerationEvents, GenerationResult, Planned } from '../protocol/engine'
import { toFailure } from '../protocol/errors'
import type { Stage } from '../protocol/progress'
import { filmSize, type GenerationSettings } from '../protocol/settings'
import { sha256Hex } from '../weights/sources/sha256'
import { unlessAborted } from '../weights/sources/unless-aborted'
import { clipPhases, type Clip } from './clip'
import { clipEnd } from './clip-end'
import { clipEvents, stepNotes, type Outcome } from './clip-events'
import {
  complete,
  metadataOf,
  PROMPTS,
  tooLong,
  withPlan,
  type Chosen,
  type ClipJob,
  type Materials,
} from './clip-job'
import type { ClipControl } from './control-phase'
import { clipPictures } from './given-picture'
import { isGuided } from './guidance'
import { compileAhead } from './kernels/compile-ahead'
import type { PlannedDevice } from './memory/dry-run'
import { planClip, planSettled, stepDown, type FittedPlan } from './memory/fit-memory'
import { loraNotes, LoraOverlay } from './model/loras'
import { runPhases } from './phases'
import { latentsFile } from './latents-file'
import { givenBytes } from './runs/given-files'
import { RunRecord } from './runs/run-record'
import { roomFor, totalOf } from './runs/run-room'
import { recordOf } from './runs/take-up'
import { FIRST_WAY, isFinal, wayOut, type Way } from './runs/way-out'
import { loadingFor, type RecordedOps, type Workshop } from './workshop'
import { StageClock } from './stage-clock'

/** One way of making a clip, and how far that came. */
interface Trial {
  readonly way: Way
  record: RunRecord | undefined
  /** Of the run that goes on. */
  readonly settled: Chosen | undefined
  fitted: FittedPlan | undefined
}

/** Stages whose results lie in tensors of the same pool. */
const PARTS: readonly (readonly Stage[])[] = [['encode', 'condition', 'denoise'], ['decode']]

/** Makes clips of one model on one device. */
export class ClipMaker {
  /** The same device with activations of f32. */
  private preciseOps: RecordedOps | undefined

  constructor(private readonly shop: Workshop) {}

  /** The memory that a clip takes, and the room of its run on the disk, where runs are kept there. */
  async plan({
    settings,
    materials: own,
    given,
  }: Pick<ClipJob, 'settings' | 'materials' | 'given'>): Promise<Pick<Planned, 'memory' | 'runBytes'>> {
    const { gpu, request, runs } = this.shop
    const materials = await complete(own, settings)
    const control = materials.control?.sketch(settings)
    const { clip } = this.clipOf(settings, materials, control)
    const { plan: memory } = await planClip(materials.files, clip, gpu, request)
    const room = runs.disk && roomFor(materials.files.networks, clip, givenBytes(given))
    return { memory, ...(room && { runBytes: totalOf(room) }) }
  }

  /**
   * Makes a clip; with less memory, or more precise numbers, where the first try fails for want of them. Releases
   * everything in any case. The record of a run that may go on later stays, as does that of one whose clip is still to be
   * kept.
   */
  async make(
    job: ClipJob,
    events: GenerationEvents,
    signal: AbortSignal,
    finish?: AbortSignal,
  ): Promise<GenerationResult> {
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
          const result = await this.cleanly(() => this.attempt(job, trial, clock, events, signal, finish))
          await (job.leavesRun === true ? trial.record?.finish() : trial.record?.discard())
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

  private async wayOut(
    error: unknown,
    { settings, materials }: ClipJob,
    trial: Trial,
    stage: Stage,
  ): Promise<Way | undefined> {
    const { gpu, request } = this.shop
    const device = this.deviceFor(trial.way)
    return wayOut(error, { ...trial, stage, storage: gpu.storage }, async (fitted) => {
      const own = await complete(materials, settings)
      const { clip } = this.clipOf(settings, own, own.control?.sketch(settings))
      return stepDown(own.files, clip, device, request, fitted, stage)
    })
  }

  private async cleanly<T>(work: () => Promise<T>): Promise<T> {
    const { ops } = this.shop
    const before = ops.pool.mark()
    const clear = ({ recorder, pool }: RecordedOps, mark: typeof before): void => {
      recorder.discard()
      pool.releaseSince(mark)
      pool.trim()
    }
    try {
      return await work()
    } finally {
      clear(ops, before)
      if (this.preciseOps) clear(this.preciseOps, new Set())
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

  /** Plans with the formats of the last step down, those of the run that goes on, or the best that fit. */
  private async fit(
    settings: GenerationSettings,
    materials: Materials,
    { way, settled }: Trial,
  ): Promise<FittedPlan> {
    const { request } = this.shop
    const { files } = materials
    const { clip } = this.clipOf(settings, materials, materials.control?.sketch(settings))
    const device = this.deviceFor(way)
    if (way.smaller) {
      // Numbers may have overflowed since: f32 takes more, perhaps more than is allowed.
      const { residency, plan: before } = way.smaller
      const { plan } = await planSettled(files, clip, device, residency, request.memoryBytes)
      if (plan.peakBytes <= request.memoryBytes) return { residency, plan: { ...plan, notes: before.notes } }
    }
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
    finish?: AbortSignal,
  ): Promise<GenerationResult> {
    const { gpu, tuning, cache, runs } = this.shop
    const { settings } = job
    const { loras = [], keepsEnd } = job.materials
    const began = performance.now()
    const earlier = Object.values(clock.elapsed).reduce((sum, seconds) => sum + seconds, 0)
    const { control } = job.materials
    const metadata = { ...metadataOf(settings, job.materials), ...(await control?.metadata()) }
    const film = { ...filmSize(settings), fps: metadata.fps }
    const { materials, plan, residency } = await clock.run('load', 1, async () => {
      await probeVideo(film, signal)
      const materials = await unlessAborted(complete(job.materials, settings), signal)
      return { materials, ...(trial.fitted = await this.fit(settings, materials, trial)) }
    })
    const { files } = materials
    const { clip, cut } = await clock.run('tokenise', 1, async () =>
      this.clipOf(settings, materials, await control?.load(settings, signal)),
    )
    const { variants, notes } =
      trial.settled ?? (await tuning.choose(files, clip, residency.weights, clock, signal))
    const opsOf = this.opsFor(trial.way, variants)
    const chosen = { variants, residency, notes: trial.settled ? notes : [...notes, ...plan.notes] }
    const record = (trial.record = await recordOf(runs, job, clip, gpu, chosen, trial.record, trial.settled))
    onKept?.(record.id)

    const video = openVideoWriter({ ...film, recipe: metadata, signal, frames: record.frames })
    const outcome: Outcome = { latentsSha256: '' }
    let hasBegun = false
    const begin = async (): Promise<void> => {
      if (!hasBegun) await video.begin()
      hasBegun = true
    }
    try {
      const together = opsOf('denoise') === opsOf('decode') ? [PARTS.flat()] : PARTS
      for (const part of together) {
        const ops = opsOf(part.at(-1)!)
        const kept = await record.start(settings, residency, opsOf('decode').storage, keepsEnd)
        if (kept.latents) {
          const { latents, reused, stepsRun } = kept
          outcome.latents = new Uint8Array(latents.buffer)
          outcome.latentsSha256 = await sha256Hex(outcome.latents)
          Object.assign(outcome, reused !== undefined && { reused }, stepsRun !== undefined && { stepsRun })
        }
        // Where the disk failed, only the outcome has the latents of the part before.
        const { latents } = outcome
        const start = latents
          ? { ...kept, latents: new Float32Array(latents.buffer, latents.byteOffset, latents.byteLength / 4) }
          : kept
        await compileAhead(files, clip, residency, ops)
        const overlay = new LoraOverlay(loras, start.step?.facts.done ?? 0)
        const making = { files, ops, cache, settings, residency, overlay, record, clock, video, onPreview }
        const events = clipEvents({ ...making, signal, finish, keepsEnd }, outcome)
        await runPhases(
          clipPhases(files.networks, ops, clip, events, start).filter(({ name }) => part.includes(name)),
          files.networks,
          loadingFor(this.shop, { ops, files, clip, residency, overlay, signal }),
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
      if (outcome.stepsRun !== undefined) metadata.stepsRun = outcome.stepsRun
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
        ...(outcome.latents && {
          latents: latentsFile(outcome.latents, latentShape(files.networks.geometry, settings), metadata),
        }),
        variants: { ...variants },
        ...clipEnd(outcome, latentShape(files.networks.geometry, settings), job),
        notes: [
          ...(files.notes ?? []),
          ...loraNotes(loras),
          ...trial.way.notes,
          ...record.notes,
          ...stepNotes(outcome, settings.numInferenceSteps),
          ...video.notes,
          ...chosen.notes,
          ...cut.map((name) => tooLong(name, files)),
        ],
      }
    } catch (error) {
      video.abort()
      throw error
    }
  }

  /** What is planned for: f32 throughout where the numbers of any stage overflowed. */
  private deviceFor({ precise }: Way): PlannedDevice {
    const { gpu } = this.shop
    return precise.size > 0 ? { ...gpu, storage: 'f32' } : gpu
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
}

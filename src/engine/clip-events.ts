// What is done with a clip's latents and frames while it is made: checked, shown, kept, encoded.
import { floatsOf, type Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import type { VideoWriter } from '../media/video-writer'
import { latentShape, type Residency } from '../models/family'
import { ZoetropeError } from '../protocol/errors'
import type { PreviewImage } from '../protocol/progress'
import type { GenerationSettings } from '../protocol/settings'
import { sha256Hex } from '../weights/sources/sha256'
import { pictureKey, promptKey } from './cache-keys'
import type { ClipEvents } from './clip'
import { assertFinite, assertFiniteFrame } from './finite'
import type { LoraOverlay } from './model/loras'
import type { ModelFiles } from './model/opened'
import { previewDecoder, previewLatents } from './preview'
import type { PromptCache } from './prompt-cache'
import type { RunRecord } from './runs/run-record'
import type { StageClock } from './stage-clock'

/** What belongs to the clip that is being made. */
export interface Making {
  readonly files: ModelFiles
  readonly ops: Ops
  readonly cache: PromptCache
  readonly settings: GenerationSettings
  readonly residency: Residency
  readonly overlay: LoraOverlay
  readonly record: RunRecord
  readonly clock: StageClock
  readonly video: VideoWriter
  readonly onPreview: ((image: PreviewImage) => void) | undefined
  readonly signal: AbortSignal
  readonly finish: AbortSignal | undefined
  /** Whether the last frame is kept, to go on from. */
  readonly keepsEnd: boolean
}

/** What is known of a clip at its end. */
export interface Outcome {
  latentsSha256: string
  /** Their bytes, f32. */
  latents?: Uint8Array<ArrayBuffer>
  /** Where it is kept. */
  lastFrame?: Float32Array<ArrayBuffer>
  /** Steps that EasyCache made. */
  reused?: number
  /** Steps that were run, where the rest was left out. */
  stepsRun?: number
}

export function clipEvents(making: Making, outcome: Outcome): ClipEvents {
  const { files, ops, cache, settings, residency, overlay, record, clock, video, onPreview } = making
  const { signal, finish, keepsEnd } = making
  const { manifest, networks } = files
  const shape = latentShape(networks.geometry, settings)
  const steps = settings.numInferenceSteps
  const checked = (what: string) => ({ model: manifest.name, shape, axes: 'CTHW', what })
  let overflow: ZoetropeError | undefined
  let shown: Promise<void> = Promise.resolve()
  return {
    signal,
    ...(finish && { finish }),
    onFinished: (done) => (outcome.stepsRun = done),
    overlay,
    remember: (ids, encode) =>
      cache.get(promptKey(files, residency, ids), ids.length * networks.textDim, encode),
    onContexts: (contexts) => record.saveContexts(contexts, clock.elapsed),
    onEncoded: (done) => clock.step(done),
    rememberFeatures: (sha256, encode) => {
      const { count = 0, width = 0 } = networks.pictures?.features ?? {}
      return cache.get(pictureKey(files, sha256), count * width, encode)
    },
    onConditioned: (done) => clock.step(done),
    onTextBytes: (bytes) => clock.measured('encode', bytes),
    onStep(done, predicted, preview) {
      if (overflow) throw overflow
      const picture = preview
        ? previewDecoder(ops, preview, predicted)
        : ops.readLater(predicted).then((bytes) => {
            const values = floatsOf(predicted, bytes)
            assertFinite(values, checked(`The latents after step ${done} of ${steps}`))
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
    async onState(state) {
      const { done, shape: all, cache: easy } = state.facts
      const [x] = state.parts
      assertFinite(new Float32Array(x!.buffer, x!.byteOffset, x!.byteLength / 4), {
        ...checked(`The latents after step ${done} of ${steps}`),
        shape: all,
      })
      if (easy) outcome.reused = easy.reused
      if (done < steps) await record.saveStep(state, clock.elapsed)
    },
    async onDenoised(latents: Tensor) {
      await shown
      const bytes = await ops.readBytes(latents, signal)
      assertFinite(floatsOf(latents, bytes), checked('The latents after the last step'))
      outcome.latentsSha256 = await sha256Hex(bytes)
      outcome.latents = bytes
      const { reused, stepsRun } = outcome
      await record.saveLatents(bytes, {
        ...(reused !== undefined && { reused }),
        ...(stepsRun !== undefined && { stepsRun }),
        seconds: clock.elapsed,
      })
    },
    decoderKeeper: record.decoderKeeper(ops, residency, () => clock.elapsed, signal),
    ...(keepsEnd && { onLastFrame: (frame: Float32Array<ArrayBuffer>) => void (outcome.lastFrame = frame) }),
    async onFrame(i420) {
      const what = `Frame ${record.frames.count + 1} of ${settings.numFrames}`
      assertFiniteFrame(i420, settings, { model: manifest.name, what })
      await video.addFrame(i420)
      clock.step(record.frames.count)
    },
  }
}

/** Sentences about steps that were left out. */
export function stepNotes({ reused, stepsRun }: Outcome, steps: number): string[] {
  return [
    ...(stepsRun === undefined
      ? []
      : [`Stopped after step ${stepsRun} of ${steps}, and decoded as it was then.`]),
    ...(reused === undefined
      ? []
      : [`EasyCache made ${reused} of ${steps} steps without running the model.`]),
  ]
}

// What is done with a clip's latents and frames while it is made: checked, shown, kept, encoded.
import { floatsOf, type Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import type { VideoWriter } from '../media/video-writer'
import { latentShape, type Residency } from '../models/family'
import { ZoetropeError } from '../protocol/errors'
import type { PreviewImage } from '../protocol/progress'
import type { GenerationSettings } from '../protocol/settings'
import { sha256Hex } from '../weights/sources/sha256'
import type { ClipEvents } from './clip'
import { assertFinite, assertFiniteFrame } from './finite'
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
  readonly record: RunRecord
  readonly clock: StageClock
  readonly video: VideoWriter
  readonly onPreview: ((image: PreviewImage) => void) | undefined
  readonly signal: AbortSignal
}

/** What is known of a clip at its end. */
export interface Outcome {
  latentsSha256: string
  readonly notes: string[]
}

export function clipEvents(making: Making, outcome: Outcome): ClipEvents {
  const { files, ops, cache, settings, residency, record, clock, video, onPreview, signal } = making
  const { manifest, networks } = files
  const shape = latentShape(networks.geometry, settings)
  const steps = settings.numInferenceSteps
  const checked = (what: string) => ({ model: manifest.name, shape, axes: 'CTHW', what })
  let overflow: ZoetropeError | undefined
  let shown: Promise<void> = Promise.resolve()
  return {
    signal,
    remember: (ids, encode) =>
      cache.get(promptKey(files, residency, ids), ids.length * networks.textDim, encode),
    onContexts: (contexts) => record.saveContexts(contexts, clock.elapsed),
    onEncoded: (done) => clock.step(done),
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
      const { done } = state.facts
      const [x] = state.parts
      assertFinite(
        new Float32Array(x!.buffer, x!.byteOffset, x!.byteLength / 4),
        checked(`The latents after step ${done} of ${steps}`),
      )
      await record.saveStep(state, clock.elapsed)
    },
    async onDenoised(latents: Tensor) {
      await shown
      const bytes = await ops.readBytes(latents, signal)
      assertFinite(floatsOf(latents, bytes), checked('The latents after the last step'))
      outcome.latentsSha256 = await sha256Hex(bytes)
    },
    onReused: (reused) => outcome.notes.push(reusedNote(reused, settings)),
    decoderKeeper: record.decoderKeeper(ops, residency, () => clock.elapsed, signal),
    async onFrame(i420) {
      const what = `Frame ${record.frames.count + 1} of ${settings.numFrames}`
      assertFiniteFrame(i420, settings, { model: manifest.name, what })
      await video.addFrame(i420)
      clock.step(record.frames.count)
    },
  }
}

export function reusedNote(reused: number, { numInferenceSteps }: GenerationSettings): string {
  return `EasyCache made ${reused} of ${numInferenceSteps} steps without running the model.`
}

/**
 * Everything that determines an encoded prompt: the model, the text encoder's file, the format on the GPU, and the
 * tokens.
 */
function promptKey(
  { manifest, weights, changedAt = '' }: ModelFiles,
  { text }: Residency,
  ids: readonly number[],
): string {
  const { name = '', tensors = new Map<string, { byteLength: number }>() } = weights['textEncoder'] ?? {}
  const bytes = [...tensors.values()].reduce((sum, { byteLength }) => sum + byteLength, 0)
  const sha256 = manifest.files.find(({ role }) => role === 'textEncoder')?.sha256 ?? ''
  return `${manifest.id}@${manifest.version}/${name}/${bytes}/${sha256}${changedAt}/${text}/${ids.join(' ')}`
}

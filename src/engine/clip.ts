// The phases of a clip: encode the prompts, denoise, decode. Run on a device, and dry-run for the plan, the tuner and
// compiling ahead.
import { withoutFirstFrames } from '../gpu/kernels/place_latents'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import { latentShape, type Decoder, type Denoiser, type Networks } from '../models/family'
import type { ChannelStatistics } from '../protocol/clip-end'
import type { GenerationSettings } from '../protocol/settings'
import { denoise, type DenoiseOptions } from '../sampling/denoise'
import { EASY_CACHE_THRESHOLD } from '../sampling/easy-cache'
import { gaussianNoise } from '../sampling/rng'
import type { StoredState } from '../sampling/sampler-state'
import { createSampler, type SamplerFactory } from '../sampling/samplers'
import {
  conditionedOnText,
  conditionPhases,
  releaseConditioned,
  type ClipPictures,
  type ConditionEvents,
} from './condition'
import { holdColours } from './hold-colours'
import { controlPhase, withoutReferences, type ClipControl } from './control-phase'
import { decodeFrames, type StateKeeper } from './decode-frames'
import { guidanceOf } from './guidance'
import type { LiveClip } from './live/live-clip'
import type { ClipLora, LoraOverlay } from './model/loras'
import type { Phase } from './phases'
import { isPast, type ClipStart } from './runs/clip-start'
import { prepareVelocities, type Conditioned, type Contexts } from './velocities'

export interface Clip {
  readonly settings: GenerationSettings
  /** Token ids of the prompt and, where there is guidance, of the negative prompt. */
  readonly prompts: readonly (readonly number[])[]
  readonly samplers: readonly SamplerFactory[]
  /** For models that take pictures. */
  readonly pictures?: ClipPictures
  /** Statistics of channels to which the latents are brought. */
  readonly colours?: ChannelStatistics
  /** Changes of the denoiser. */
  readonly loras?: readonly ClipLora[]
  /** Of a film that plays while it is made: its frames come chunk by chunk. */
  readonly film?: LiveClip
  /** What the clip follows, of models that take a control. */
  readonly control?: ClipControl
}

/** Callbacks of a clip. */
export interface ClipEvents extends ConditionEvents {
  /** Returns the context of a prompt from a cache, or from `encode`. */
  remember?(
    ids: readonly number[],
    encode: () => Promise<Float32Array<ArrayBuffer>>,
  ): Promise<Float32Array<ArrayBuffer>>
  /** Called with the encoded prompts. */
  onContexts?(contexts: Contexts): Promise<void>
  /** Called after each step of the text encoder, counted over all prompts. */
  onEncoded?(done: number): void
  onTextBytes?(bytes: number): void
  /**
   * Called once a step is recorded, before it runs, with the clean latents predicted so far, and a decoder for them
   * where there is a fast one.
   */
  onStep?(done: number, predicted: Tensor, preview?: Pick<Decoder<unknown>, 'start' | 'decode'>): void
  /** Called with the last frame [height, width, 3] in [−1, 1], before any compression. */
  onLastFrame?(frame: Float32Array<ArrayBuffer>): void
  /** Called after the last step, before the latents are decoded. */
  onDenoised?(latents: Tensor): Promise<void>
  onReused?(steps: number): void
  /** Called after each step with what the next one needs. */
  onState?(state: StoredState): Promise<void>
  /** Keeps the decoder's state. */
  readonly decoderKeeper?: StateKeeper<unknown>
  /** Called with the I420 bytes of each frame, one at a time and in order. */
  onFrame?(i420: Uint8Array<ArrayBuffer>): Promise<void>
  /** Aborts to end the denoising after the step that runs. */
  readonly finish?: AbortSignal
  /** Called with the number of steps that were run, where `finish` left some out. */
  onFinished?(steps: number): void
  /** The loader's LoRAs, whose strengths may change from step to step. */
  readonly overlay?: LoraOverlay
}

/** @param start of a run that was interrupted: phases that are done are left out */
export function clipPhases(
  networks: Networks,
  ops: Ops,
  clip: Clip,
  events: ClipEvents = {},
  start: ClipStart = {},
): Phase[] {
  const { settings, prompts } = clip
  const { upscale } = settings
  const { signal, onFrame, onLastFrame } = events
  let { contexts } = start
  let latents: Tensor | undefined
  let conditioned: Conditioned | undefined
  const decoder = settings.decoder === 'tiny' ? 'tinyDecoder' : 'decoder'
  const hasPreview = networks.openTinyDecoder !== undefined
  const phases: Phase[] = [
    {
      name: 'encode',
      steps: prompts.length * networks.textSteps,
      holds: ['text'],
      async run(held) {
        const encoded: Float32Array[] = []
        for (const ids of prompts) {
          const encode = () =>
            held('text').encode(ids, {
              onStep: (done) => events.onEncoded?.(encoded.length * networks.textSteps + done),
              onBytes: (bytes) => events.onTextBytes?.(bytes),
            })
          encoded.push(await (events.remember?.(ids, encode) ?? encode()))
        }
        const [positive, negative] = encoded as [Float32Array, Float32Array?]
        contexts = { positive, ...(negative && { negative }) }
        await events.onContexts?.(contexts)
      },
    },
    ...conditionPhases(networks, ops, clip, (made) => (conditioned = made), events),
    ...(clip.control
      ? [controlPhase(ops, networks, clip.control, (control) => (conditioned = { control }), signal)]
      : []),
    {
      name: 'denoise',
      steps: settings.numInferenceSteps,
      holds: hasPreview ? ['denoiser', 'tinyDecoder'] : ['denoiser'],
      async run(held, reopen) {
        const preview = hasPreview
          ? held('tinyDecoder').with({ everyFrame: false, fullSize: false })
          : undefined
        conditioned ??= conditionedOnText(networks, ops, settings)
        latents = await denoiseClip(ops, held('denoiser'), networks, clip, contexts!, {
          ...events,
          conditioned,
          ...(start.step && { from: start.step }),
          changed: async (step) => (events.overlay?.moveTo(step) ? reopen('denoiser') : undefined),
          onStep: (done, predicted) =>
            withoutReferences(ops, predicted, conditioned?.control, (shown) =>
              events.onStep?.(done, shown, preview),
            ),
        })
        releaseConditioned(ops, conditioned)
        if (clip.colours) await holdColours(ops, latents, clip.colours, signal)
        await events.onDenoised?.(latents)
      },
    },
    {
      name: 'decode',
      steps: settings.numFrames,
      holds: upscale > 1 ? [decoder, 'upscaler'] : [decoder],
      async run(held) {
        const upscaler = upscale > 1 ? held('upscaler') : undefined
        const shape = latentShape(networks.geometry, settings)
        latents ??= ops.upload(start.latents!, shape, 'f32', 'latents')
        await decodeFrames(ops, held(decoder), latents, async (i420) => onFrame?.(i420), {
          ...(upscaler && { enlarge: (frame) => upscaler.upscale(frame, upscale) }),
          ...(onLastFrame && { onLastFrame }),
          ...(signal && { signal }),
          ...(start.decoding && { from: await start.decoding(ops) }),
          ...(events.decoderKeeper && { keeper: events.decoderKeeper }),
        })
        ops.release(latents)
      },
    },
  ]
  return phases.filter(({ name }) => !isPast(name, start))
}

export interface DenoiseClipOptions extends DenoiseOptions {
  readonly conditioned?: Conditioned
  /** What the last step of an interrupted run left. */
  readonly from?: StoredState
  /** Called before a step, which is counted from 0; returns the denoiser where it is another from then on. */
  changed?(step: number): Promise<Denoiser | undefined>
}

/** From the seed's noise to latents [C, T, H, W] f32, the caller's to release. */
export async function denoiseClip(
  ops: Ops,
  denoiser: Denoiser,
  { geometry, boundary }: Pick<Networks, 'geometry' | 'boundary'>,
  { settings, samplers }: Pick<Clip, 'settings' | 'samplers'>,
  contexts: Contexts,
  { conditioned = {}, changed, from, ...options }: DenoiseClipOptions = {},
): Promise<Tensor> {
  const references = conditioned.control?.references ?? 0
  const [C, T, H, W] = latentShape(geometry, settings)
  const shape = [C, references + T, H, W]
  const { seed, sampler, numInferenceSteps, shift, cache } = settings
  const guidanceScale = guidanceOf(settings, boundary)
  const count = shape.reduce((product, size) => product * size)
  const noise = ops.upload(() => gaussianNoise(seed, 0, count), shape, 'f32', 'noise')
  const prepared = await prepareVelocities(denoiser, contexts, {
    ...conditioned,
    isGuided: (timestep) => guidanceScale(timestep) > 1,
    ...(changed && { changed }),
  })
  const all = await denoise(
    ops,
    {
      noise,
      seed,
      guidanceScale,
      sampler: createSampler(sampler, numInferenceSteps, shift, samplers),
      velocities: prepared.velocities,
      held: conditioned.held ?? [],
      ...(boundary !== undefined && { boundary }),
      ...(cache === 'easy' && { cacheThreshold: EASY_CACHE_THRESHOLD }),
      ...(from && { from }),
    },
    options,
  )
  prepared.release()
  ops.release(noise)
  if (references === 0) return all
  const latents = withoutFirstFrames(ops, all, references)
  ops.release(all)
  return latents
}

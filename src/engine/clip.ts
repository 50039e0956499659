// The phases of a clip: encode the prompts, denoise, decode. Run on a device, and dry-run for the plan, the tuner and
// compiling ahead.
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import { latentShape, type Decoder, type Denoiser, type Networks } from '../models/family'
import type { GenerationSettings } from '../protocol/settings'
import { denoise, type DenoiseOptions } from '../sampling/denoise'
import { EASY_CACHE_THRESHOLD } from '../sampling/easy-cache'
import type { HeldFrames } from '../sampling/held-frames'
import { gaussianNoise } from '../sampling/rng'
import type { StoredState } from '../sampling/sampler-state'
import { createSampler, type SamplerFactory } from '../sampling/samplers'
import { float32ToFloat16 } from '../weights/quant/float16'
import { decodeFrames, type StateKeeper } from './decode-frames'
import type { Phase } from './phases'
import { isPast, type ClipStart } from './runs/clip-start'
import { prepareVelocities, type Contexts } from './velocities'

export interface Clip {
  readonly settings: GenerationSettings
  /** Token ids of the prompt and, where there is guidance, of the negative prompt. */
  readonly prompts: readonly (readonly number[])[]
  readonly samplers: readonly SamplerFactory[]
  /** The first frame [height, width, 3] in [−1, 1], of models that take a picture. */
  readonly picture?: Float32Array<ArrayBuffer>
  /** Pixels that a pixel of the decoded frames becomes, along either side; 1 unless given. */
  readonly upscale?: number
}

/** Callbacks of a clip. */
export interface ClipEvents {
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
  /** Called after the last step, before the latents are decoded. */
  onDenoised?(latents: Tensor): Promise<void>
  onReused?(steps: number): void
  /** Called after each step with what the next one needs. */
  onState?(state: StoredState): Promise<void>
  /** Keeps the decoder's state. */
  readonly decoderKeeper?: StateKeeper<unknown>
  /** Called with the I420 bytes of each frame, one at a time and in order. */
  onFrame?(i420: Uint8Array<ArrayBuffer>): Promise<void>
  readonly signal?: AbortSignal
}

/** @param start of a run that was interrupted: phases that are done are left out */
export function clipPhases(
  networks: Networks,
  ops: Ops,
  clip: Clip,
  events: ClipEvents = {},
  start: ClipStart = {},
): Phase[] {
  const { settings, prompts, upscale = 1 } = clip
  const { signal, onFrame } = events
  let { contexts } = start
  let latents: Tensor | undefined
  let known: HeldFrames[] = []
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
    ...(clip.picture
      ? [conditionPhase(ops, clip, clip.picture, (z) => (known = [{ latents: z, first: 0 }]), signal)]
      : []),
    {
      name: 'denoise',
      steps: settings.numInferenceSteps,
      holds: hasPreview ? ['denoiser', 'tinyDecoder'] : ['denoiser'],
      async run(held) {
        const preview = hasPreview
          ? held('tinyDecoder').with({ everyFrame: false, fullSize: false })
          : undefined
        latents = await denoiseClip(ops, held('denoiser'), networks, clip, contexts!, {
          ...events,
          held: known,
          ...(start.step && { from: start.step }),
          onStep: (done, predicted) => events.onStep?.(done, predicted, preview),
        })
        ops.release(...known.map((frames) => frames.latents))
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

/** Encodes the picture that the clip begins with. */
function conditionPhase(
  ops: Ops,
  { settings: { width, height } }: Clip,
  picture: Float32Array<ArrayBuffer>,
  onEncoded: (latents: Tensor) => void,
  signal: AbortSignal | undefined,
): Phase {
  return {
    name: 'condition',
    steps: 1,
    holds: ['encoder'],
    async run(held) {
      const halves = ops.storage === 'f16'
      const frame = ops.upload(
        () => (halves ? float32ToFloat16(picture) : picture),
        [height, width, 3],
        ops.storage,
        'picture',
      )
      onEncoded(await held('encoder').encode([frame], 1, signal))
    },
  }
}

export interface DenoiseClipOptions extends DenoiseOptions {
  /** Latent frames that are known from the start. */
  readonly held?: readonly HeldFrames[]
  /** What the last step of an interrupted run left. */
  readonly from?: StoredState
}

/** From the seed's noise to latents [C, T, H, W] f32, the caller's to release. */
export async function denoiseClip(
  ops: Ops,
  denoiser: Denoiser,
  { geometry }: Pick<Networks, 'geometry'>,
  { settings, samplers }: Pick<Clip, 'settings' | 'samplers'>,
  contexts: Contexts,
  { held = [], from, ...options }: DenoiseClipOptions = {},
): Promise<Tensor> {
  const shape = latentShape(geometry, settings)
  const { seed, guidanceScale, sampler, numInferenceSteps, shift, cache } = settings
  const count = shape.reduce((product, size) => product * size)
  const noise = ops.upload(() => gaussianNoise(seed, 0, count), shape, 'f32', 'noise')
  const prepared = await prepareVelocities(denoiser, contexts, held)
  const latents = await denoise(
    ops,
    {
      noise,
      seed,
      guidanceScale,
      sampler: createSampler(sampler, numInferenceSteps, shift, samplers),
      velocities: prepared.velocities,
      held,
      ...(cache === 'easy' && { cacheThreshold: EASY_CACHE_THRESHOLD }),
      ...(from && { from }),
    },
    options,
  )
  prepared.release()
  ops.release(noise)
  return latents
}

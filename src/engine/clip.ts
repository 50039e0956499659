// The phases of a clip: encode the prompts, denoise, decode. A device runs them; a plan, the tuner and compiling ahead dry-run them.
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import { latentShape, type Decoder, type Denoiser, type Networks } from '../models/family'
import type { GenerationSettings } from '../protocol/settings'
import { denoise, type DenoiseOptions } from '../sampling/denoise'
import { EASY_CACHE_THRESHOLD } from '../sampling/easy-cache'
import { gaussianNoise } from '../sampling/rng'
import { createSampler, type SamplerFactory } from '../sampling/samplers'
import { decodeFrames } from './decode-frames'
import type { Phase } from './phases'

export interface Clip {
  readonly settings: GenerationSettings
  /** Token ids of the prompt and, where there is guidance, of the negative prompt. */
  readonly prompts: readonly (readonly number[])[]
  readonly samplers: readonly SamplerFactory[]
}

/** Encoded prompts [n, textDim]; the negative one where there is guidance. */
export interface Contexts {
  readonly positive: Float32Array
  readonly negative?: Float32Array
}

/** What a clip tells whoever has it made. */
export interface ClipEvents {
  /** Gives the context of a prompt from a cache, or from `encode`. */
  remember?(
    ids: readonly number[],
    encode: () => Promise<Float32Array<ArrayBuffer>>,
  ): Promise<Float32Array<ArrayBuffer>>
  /** After each step of the text encoder, counted over all prompts. */
  onEncoded?(done: number): void
  onTextBytes?(bytes: number): void
  /** Once a step is recorded, before it runs, with the clean latents as predicted so far, and a decoder for them where there is a quick one. */
  onStep?(done: number, predicted: Tensor, preview?: Pick<Decoder<unknown>, 'start' | 'decode'>): void
  /** After the last step, before the latents are decoded. */
  onDenoised?(latents: Tensor): Promise<void>
  onReused?(steps: number): void
  /** The bytes of a frame, I420; one at a time, in order. */
  onFrame?(i420: Uint8Array<ArrayBuffer>): Promise<void>
  readonly signal?: AbortSignal
}

export function clipPhases(networks: Networks, ops: Ops, clip: Clip, events: ClipEvents = {}): Phase[] {
  const { settings, prompts } = clip
  const { signal, onFrame } = events
  let contexts: Contexts | undefined
  let latents: Tensor | undefined
  const decoder = settings.decoder === 'tiny' ? 'tinyDecoder' : 'decoder'
  const hasPreview = networks.openTinyDecoder !== undefined
  return [
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
      },
    },
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
          onStep: (done, predicted) => events.onStep?.(done, predicted, preview),
        })
        await events.onDenoised?.(latents)
      },
    },
    {
      name: 'decode',
      steps: settings.numFrames,
      holds: [decoder],
      async run(held) {
        await decodeFrames(ops, held(decoder), latents!, async (i420) => onFrame?.(i420), signal)
        ops.release(latents!)
      },
    },
  ]
}

/** From the seed's noise to latents [C, T, H, W] f32, the caller's to release. */
export async function denoiseClip(
  ops: Ops,
  denoiser: Denoiser,
  { geometry }: Pick<Networks, 'geometry'>,
  { settings, samplers }: Pick<Clip, 'settings' | 'samplers'>,
  { positive, negative }: Contexts,
  { signal, onStep, onReused }: DenoiseOptions = {},
): Promise<Tensor> {
  const shape = latentShape(geometry, settings)
  const { seed, guidanceScale, sampler, numInferenceSteps, shift, cache } = settings
  const count = shape.reduce((product, size) => product * size)
  const noise = ops.upload(() => gaussianNoise(seed, 0, count), shape, 'f32', 'noise')
  const conditional = await denoiser.prepare({ text: positive })
  const unconditional = negative && (await denoiser.prepare({ text: negative }))
  const latents = await denoise(
    ops,
    {
      noise,
      seed,
      guidanceScale,
      sampler: createSampler(sampler, numInferenceSteps, shift, samplers),
      async velocities(x, { timestep }) {
        const time = { values: [timestep] }
        return {
          conditional: await denoiser.velocity(x, time, conditional),
          ...(unconditional && { unconditional: await denoiser.velocity(x, time, unconditional) }),
        }
      },
      ...(cache === 'easy' && { cacheThreshold: EASY_CACHE_THRESHOLD }),
    },
    { ...(signal && { signal }), ...(onStep && { onStep }), ...(onReused && { onReused }) },
  )
  conditional.release()
  unconditional?.release()
  ops.release(noise)
  return latents
}

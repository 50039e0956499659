// The stages of a clip that run on our kernels. Each takes Ops: a device's to make the clip, a plan's to count its bytes.
import { latentsToFrame } from '../gpu/kernels/latents_to_frame'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import type { GenerationSettings } from '../protocol/settings'
import type { ModelManifest } from './model/manifest'
import { denoise, type DenoiseOptions } from '../sampling/denoise'
import { embedContext, releaseContext } from '../models/wan-dit/embeddings'
import { loadDit, releaseDit, type DitWeights } from '../models/wan-dit/weights'
import { gaussianNoise } from '../sampling/rng'
import { EASY_CACHE_THRESHOLD } from '../sampling/easy-cache'
import { createSampler } from '../sampling/samplers'
import { latentFrames } from '../models/wan-vae/config'
import { DECODER_START, decodeFrame, type DecoderState } from '../models/wan-vae/decoder'
import { loadDecoder, releaseDecoder } from '../models/wan-vae/weights'
import type { WeightLoader } from '../models/blocks/weight-loader'
import { decodeFrames, type FrameDecoder } from './decode-frames'

/** Latent channels, frames, height, width. */
export type LatentShape = readonly [number, number, number, number]

export function latentShape(
  { config: { vae } }: ModelManifest,
  { width, height, numFrames }: GenerationSettings,
): LatentShape {
  const stride = 2 ** (vae.dimMult.length - 1)
  return [vae.zDim, latentFrames(vae, numFrames), height / stride, width / stride]
}

/** Encoded prompts [n, textDim]; the negative one where there is guidance. */
export interface Contexts {
  readonly positive: Float32Array
  readonly negative?: Float32Array
}

/** Noise and prompts to latents, with the DiT on the GPU only as long as that takes. `onLoaded` comes when its weights are there. */
export async function denoiseStage(
  loader: WeightLoader,
  manifest: ModelManifest,
  settings: GenerationSettings,
  contexts: Contexts,
  options: DenoiseOptions & { readonly onLoaded?: () => void; readonly streamed?: boolean } = {},
): Promise<Tensor> {
  const { ops } = loader
  const { dit: config } = manifest.config
  const { signal, streamed = false } = options
  const weights = await loadDit(loader, config, { streamed, ...(signal && { signal }) })
  options.onLoaded?.()
  try {
    return await denoiseWith(ops, manifest, settings, contexts, weights, options)
  } finally {
    await releaseDit(ops, weights)
  }
}

async function denoiseWith(
  ops: Ops,
  manifest: ModelManifest,
  settings: GenerationSettings,
  contexts: Contexts,
  weights: DitWeights,
  options: DenoiseOptions,
): Promise<Tensor> {
  const { dit: config } = manifest.config
  const shape = latentShape(manifest, settings)
  const noise = ops.upload(
    () =>
      gaussianNoise(
        settings.seed,
        0,
        shape.reduce((product, size) => product * size),
      ),
    shape,
    'f32',
    'noise',
  )
  const positive = await embedContext(ops, weights, config, contexts.positive, options.signal)
  const negative =
    contexts.negative && (await embedContext(ops, weights, config, contexts.negative, options.signal))
  const { guidanceScale, sampler, numInferenceSteps, shift, cache } = settings
  const latents = await denoise(
    ops,
    { config, weights },
    {
      noise,
      seed: settings.seed,
      positive,
      ...(negative && { negative }),
      guidanceScale,
      sampler: createSampler(sampler, numInferenceSteps, shift),
      ...(cache === 'easy' && { cacheThreshold: EASY_CACHE_THRESHOLD }),
    },
    options,
  )
  releaseContext(ops, positive)
  if (negative) releaseContext(ops, negative)
  ops.release(noise)
  return latents
}

/** Latents to frames of I420 bytes, in order, with the VAE decoder on the GPU only as long as that takes. */
export async function decodeStage(
  loader: WeightLoader,
  manifest: ModelManifest,
  latents: Tensor,
  onFrame: (i420: Uint8Array<ArrayBuffer>) => Promise<void>,
  { signal, onLoaded }: { readonly signal?: AbortSignal; readonly onLoaded?: () => void } = {},
): Promise<void> {
  const { ops } = loader
  const weights = await loadDecoder(loader, manifest.config.vae)
  onLoaded?.()
  const decoder: FrameDecoder<DecoderState> = {
    start: DECODER_START,
    decode: (z, t, state) =>
      decodeFrame(ops, weights, latentsToFrame(ops, z, weights.statistics, t, 'vae.latents'), state),
  }
  await decodeFrames(ops, decoder, latents, onFrame, signal)
  releaseDecoder(ops, weights)
}

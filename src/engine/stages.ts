// The stages of a clip that run on our kernels. Each takes Ops: a device's to make the clip, a plan's to count its bytes.
import type { Tensor } from '../gpu/tensor'
import type { GenerationSettings } from '../protocol/settings'
import type { ModelManifest } from '../weights/manifest'
import { denoise, type DenoiseOptions } from './denoise'
import { embedContext, releaseContext } from './dit/embeddings'
import { loadDit, releaseDit } from './dit/weights'
import { gaussianNoise } from './rng'
import { createSampler } from './scheduler/samplers'
import { decode, type Frame } from './vae/decoder'
import { loadDecoder, releaseDecoder } from './vae/weights'
import type { WeightLoader } from './weight-loader'

/** Latent channels, frames, height, width. */
export type LatentShape = readonly [number, number, number, number]

/** Video pixels a latent pixel stands for, and video frames a latent frame stands for after the first. */
const SPATIAL_STRIDE = 8
const TEMPORAL_STRIDE = 4

export function latentShape({ config }: ModelManifest, { width, height, numFrames }: GenerationSettings): LatentShape {
  return [config.vae.zDim, (numFrames - 1) / TEMPORAL_STRIDE + 1, height / SPATIAL_STRIDE, width / SPATIAL_STRIDE]
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
  options: DenoiseOptions & { readonly onLoaded?: () => void } = {},
): Promise<Tensor> {
  const { ops } = loader
  const { dit: config } = manifest.config
  const shape = latentShape(manifest, settings)
  const weights = await loadDit(loader, config, options.signal)
  options.onLoaded?.()
  const noise = ops.upload(gaussianNoise(settings.seed, 0, shape.reduce((product, size) => product * size)), shape, 'f32', 'noise')
  const positive = embedContext(ops, weights, config, contexts.positive)
  const negative = contexts.negative && embedContext(ops, weights, config, contexts.negative)
  const { guidanceScale, sampler, numInferenceSteps, shift } = settings
  const latents = await denoise(
    ops,
    { config, weights },
    { noise, positive, ...(negative && { negative }), guidanceScale, sampler: createSampler(sampler, numInferenceSteps, shift) },
    options,
  )
  releaseContext(ops, positive)
  if (negative) releaseContext(ops, negative)
  ops.release(noise)
  releaseDit(ops, weights)
  return latents
}

/** Latents to frames, in order, with the VAE decoder on the GPU only as long as that takes. `onFrame` owns the frame. */
export async function decodeStage(
  loader: WeightLoader,
  manifest: ModelManifest,
  latents: Tensor,
  onFrame: (frame: Frame) => Promise<void>,
  { signal, onLoaded }: { readonly signal?: AbortSignal; readonly onLoaded?: () => void } = {},
): Promise<void> {
  const weights = await loadDecoder(loader, manifest.config.vae)
  onLoaded?.()
  for await (const frames of decode(loader.ops, weights, latents, signal)) {
    for (const frame of frames) await onFrame(frame)
  }
  releaseDecoder(loader.ops, weights)
}

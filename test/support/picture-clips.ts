// The goldens of pipelines that take pictures: from the official pixels to the video, through the engine's own phases
// of condition, denoising and decoding.
import { expect } from 'vitest'
import { conditionedOnText, conditionPhases, releaseConditioned } from '../../src/engine/condition'
import { guidanceOf } from '../../src/engine/guidance'
import { runPhases } from '../../src/engine/phases'
import { prepareVelocities, type Conditioned } from '../../src/engine/velocities'
import type { Ops } from '../../src/gpu/ops'
import type { Loading, Networks } from '../../src/models/family'
import type { GenerationSettings } from '../../src/protocol/settings'
import { denoise } from '../../src/sampling/denoise'
import { createSampler } from '../../src/sampling/samplers'
import type { WeightFile } from '../../src/weights/weight-file'
import { settingsOf } from './full-size'
import { compare, goldenMetadata, printComparison } from './golden'
import type { GpuCase } from './gpu-cases'
import { frameOf, interleave } from './official-clips'
import { decodeClip } from './vae22'

/** DESIGN's bound for a pipeline in f32: guidance amplifies rounding. f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-4, f16: 1e-2 } as const

export interface GoldenClip {
  readonly ops: Ops
  readonly golden: WeightFile
  /** Of the golden, and of the case in it. */
  readonly title: string
  readonly name: string
  readonly networks: Networks
  readonly at: Loading
}

export interface GoldenRecipe {
  readonly steps: number
  readonly shift: number
  readonly guidance: Pick<GenerationSettings, 'guidanceScale' | 'guidanceScale2'>
  /** Of all pictures, which the golden has instead of a CLIP. */
  readonly features?: Float32Array<ArrayBuffer>
}

export async function makePictureClip(
  { name: gpu, storage }: GpuCase,
  { ops, golden, title, name, networks, at }: GoldenClip,
  { steps, shift, guidance, features }: GoldenRecipe,
): Promise<void> {
  const check = async (tensor: string, actual: Float32Array): Promise<void> => {
    const comparison = compare(`${title} ${tensor}`, actual, await golden.floats(tensor))
    printComparison(gpu, comparison)
    expect(comparison.relError, tensor).toBeLessThanOrEqual(TOLERANCE[storage])
  }
  const video = golden.tensors.get(`${name}.video`)!.shape
  const [, numFrames = 0, height = 0, width = 0] = video
  const settings = settingsOf({ width, height, numFrames })
  const conditioned = await conditionOf({ ops, golden, title, name, networks, at }, settings, features)
  if (conditioned.channels) await check(`${name}.y`, await ops.read(conditioned.channels))

  const shape = golden.tensors.get(`${name}.noise`)!.shape
  const noise = ops.upload(await golden.floats(`${name}.noise`), shape, 'f32', 'noise')
  const scale = guidanceOf(guidance, networks.boundary)
  const denoiser = await networks.openDenoiser(at)
  const contexts = {
    positive: await golden.floats('context'),
    negative: await golden.floats('negative_context'),
  }
  const prepared = await prepareVelocities(denoiser, contexts, conditioned)
  const latents = await denoise(ops, {
    noise,
    seed: 0,
    velocities: prepared.velocities,
    guidanceScale: scale,
    sampler: createSampler(String(goldenMetadata(golden)['sampler']), steps, shift),
  })
  prepared.release()
  await denoiser.release()
  releaseConditioned(ops, conditioned)
  ops.release(noise)
  await check(`${name}.latents`, await ops.read(latents))

  const decoder = await networks.openDecoder(at)
  const decoded = interleave(await decodeClip(ops, decoder, latents), 3)
  await check(
    `${name}.video`,
    decoded.map((value) => Math.min(1, Math.max(-1, value))),
  )
  decoder.release()
  ops.release(latents)
}

/** By the engine's own phase, from the official pixels. */
async function conditionOf(
  { ops, golden, name, networks, at }: GoldenClip,
  settings: GenerationSettings,
  features: Float32Array<ArrayBuffer> | undefined,
): Promise<Conditioned> {
  const condition = `${name}.condition_video`
  const shape = golden.tensors.get(condition)?.shape as [number, number, number, number] | undefined
  if (!shape) return conditionedOnText(networks, ops, settings)
  const pixels = await golden.floats(condition) // [3, 1 or 2, H, W]
  const each = (features?.length ?? 0) / (networks.pictures?.features?.pictures ?? 1)
  const picture = (i: number) => ({
    frame: () => frameOf(pixels, shape, i),
    square: () => new Float32Array(),
    sha256: String(i),
  })
  let made: Conditioned | undefined
  await runPhases(
    conditionPhases(
      networks,
      ops,
      { settings, pictures: { first: picture(0), ...(shape[1] === 2 && { last: picture(1) }) } },
      (each) => (made = each),
      {
        rememberFeatures: async (sha256) =>
          features!.slice(Number(sha256) * each, (Number(sha256) + 1) * each),
      },
    ),
    networks,
    at,
    { around: (_phase, body) => body() },
  )
  return made!
}

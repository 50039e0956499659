// Wan 2.2 TI2V: text, and a picture where one is given, to video, against the official pipeline.
import { beforeAll, describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { ditShapes } from '../../src/cli/synthesize/shapes'
import { vae22Shapes } from '../../src/cli/synthesize/vae22-shapes'
import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { Loading } from '../../src/models/family'
import { ti2vNetworks, type Ti2vConfig } from '../../src/models/wan22-ti2v'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { denoiseGolden } from '../support/denoise'
import { compare, openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import type { GpuCase } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { frameOf, interleave } from '../support/official-clips'
import { uploadStorage } from '../support/tensors'
import { FORMULA_CONFIG } from '../support/umt5'
import { decodeClip, vae22Config } from '../support/vae22'

const NAME = 'ti2v_pipeline_tiny'
/** DESIGN's bound for a pipeline in f32: guidance amplifies rounding. f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-4, f16: 1e-2 } as const

let golden: WeightFile
let config: Ti2vConfig
let weights: Loading['weights']
beforeAll(async () => {
  golden = await openGolden(`${NAME}.golden`)
  config = {
    textEncoder: FORMULA_CONFIG, // The prompts are given encoded.
    dit: ditConfig(golden, 'dit'),
    vae: await vae22Config(golden, 'vae'),
  }
  const salt = golden.metadata['salt']!
  weights = {
    dit: formulaFile('dit', ditShapes(config.dit), salt),
    vae: formulaFile('vae', vae22Shapes(config.vae), salt),
  }
})

async function check({ name: gpu, storage }: GpuCase, name: string, actual: Float32Array): Promise<void> {
  const comparison = compare(`${NAME} ${name}`, actual, await golden.floats(name))
  printComparison(gpu, comparison)
  expect(comparison.relError, name).toBeLessThanOrEqual(TOLERANCE[storage])
}

/** Denoises and decodes one of the golden's two clips, and returns its latents. */
async function makeClip(
  gpuCase: GpuCase,
  ops: Ops,
  clip: 't2v' | 'i2v',
  picture?: Tensor,
): Promise<Float32Array> {
  const at = loadingOf(ops, weights)
  const networks = ti2vNetworks(config)
  const denoiser = await networks.openDenoiser(at)
  const contexts = {
    positive: await golden.floats('context'),
    negative: await golden.floats('negative_context'),
  }
  const latents = await denoiseGolden(ops, denoiser, golden, contexts, {
    noise: `${clip}.noise`,
    held: picture ? [{ latents: picture, first: 0 }] : [],
  })
  await denoiser.release()
  const result = await ops.read(latents)
  await check(gpuCase, `${clip}.latents`, result)

  const decoder = await networks.openDecoder(at)
  const video = interleave(await decodeClip(ops, decoder, latents), 3)
  await check(
    gpuCase,
    `${clip}.video`,
    video.map((value) => Math.min(1, Math.max(-1, value))),
  )
  decoder.release()
  ops.release(latents)
  return result
}

describe.each(gpuCases())('Wan 2.2 TI2V on $name', (gpuCase) => {
  it('makes the official clip of a text', async () => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    await makeClip(gpuCase, ops, 't2v')
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })

  it('makes the official clip of a text and a picture, which stays its first latent frame', async () => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const [C3, F, H3, W3] = golden.tensors.get('i2v.pixels')!.shape as [number, number, number, number]
    const pixels = frameOf(await golden.floats('i2v.pixels'), [C3, F, H3, W3], 0)
    const frame = uploadStorage(ops, pixels, [H3, W3, C3], 'picture').tensor
    const encoder = await ti2vNetworks(config).openEncoder!(loadingOf(ops, weights))
    const picture = await encoder.encode([frame], 1)
    encoder.release()
    const encoded = await ops.read(picture)
    await check(gpuCase, 'i2v.image_latents', encoded)

    const latents = await makeClip(gpuCase, ops, 'i2v', picture)
    const [C, , H, W] = picture.shape as readonly [number, number, number, number]
    const T = latents.length / encoded.length
    for (let c = 0; c < C; c++)
      expect(latents.subarray(c * T * H * W, (c * T + 1) * H * W), `channel ${c} of the first frame`).toEqual(
        encoded.subarray(c * H * W, (c + 1) * H * W),
      )
    ops.release(picture)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})

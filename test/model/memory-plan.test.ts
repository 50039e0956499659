import { describe, expect, it, vi } from 'vitest'
import { compileAhead } from '../../src/engine/kernels/compile-ahead'
import { denoiseClip } from '../../src/engine/clip'
import type { Contexts } from '../../src/engine/velocities'
import type { ModelFiles } from '../../src/engine/model/opened'
import type { Networks } from '../../src/models/family'
import { wan21Networks } from '../../src/models/wan21'
import { SAMPLER_FACTORIES } from '../../src/sampling/samplers'
import { dryOps, openOps, type Ops } from '../../src/gpu/ops'
import type { GenerationSettings } from '../../src/protocol/settings'
import type { WeightFile } from '../../src/weights/weight-file'
import type { Tensor } from '../../src/gpu/tensor'
import { clipOf, fullSizeModel } from '../support/full-size'
import { loadingOf, type LoadingOptions } from '../support/loading'
import { ditConfig } from '../support/config'
import { openGolden } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'
import { textEncoderConfig } from '../support/umt5'
import { vaeConfig } from '../support/vae'

const SETTINGS: GenerationSettings = {
  prompt: '',
  negativePrompt: '',
  seed: 1,
  width: 64,
  height: 48,
  numFrames: 9,
  numInferenceSteps: 2,
  guidanceScale: 5,
  shift: 5,
  sampler: 'unipc',
  cache: 'off',
  decoder: 'full',
  upscale: 1,
}

const TEXT = 7

async function tinyNetworks(): Promise<Networks> {
  const [textEncoder, dit, vae] = await Promise.all(
    ['umt5_tiny', 'dit_tiny', 'vae_tiny'].map((name) => openGolden(`${name}.weights`)),
  )
  return wan21Networks({
    textEncoder: textEncoderConfig(textEncoder!),
    dit: ditConfig(dit!),
    vae: vaeConfig(vae!),
  })
}

/** A prompt of so many tokens, encoded. */
const encoded = ({ textDim }: Networks, n: number, seed: number): Float32Array =>
  randomFloats(n * textDim, seed)

/** Denoises as the phase does, everything freed but the latents. */
async function denoised(
  ops: Ops,
  networks: Networks,
  file: WeightFile,
  settings: GenerationSettings,
  contexts: Contexts,
  options: LoadingOptions = {},
): Promise<Tensor> {
  const denoiser = await networks.openDenoiser(loadingOf(ops, { dit: file }, options))
  try {
    return await denoiseClip(ops, denoiser, networks, { settings, samplers: SAMPLER_FACTORIES }, contexts)
  } finally {
    await denoiser.release()
  }
}

describe.each(quickCases())('the plan of the denoising stage on $name', (gpuCase) => {
  it.each(['f16', 'q8', 'q4'] as const)('is what the pool comes to, with %s weights', async (format) => {
    const { gpu } = await testGpu(gpuCase)
    const [networks, file] = [await tinyNetworks(), await openGolden('dit_tiny.weights')]
    const contexts: Contexts = {
      positive: encoded(networks, TEXT, 1),
      negative: encoded(networks, 3, 2),
    }

    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    await denoised(planned, networks, file, SETTINGS, contexts, { dry: true, weights: format })
    const ops = openOps(gpu)
    const latents = await denoised(ops, networks, file, SETTINGS, contexts, { weights: format })

    expect(ops.pool.highWater).toBeGreaterThan(100_000)
    expect(planned.pool.highWater).toBe(ops.pool.highWater)
    ops.release(latents)
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it.each<[string, Partial<GenerationSettings>]>([
    ['guided, with EasyCache', { cache: 'easy', numInferenceSteps: 4 }],
    ['unguided, with EasyCache', { cache: 'easy', numInferenceSteps: 4, guidanceScale: 1 }],
    ['with fresh noise in every step', { sampler: 'dmd', numInferenceSteps: 3, guidanceScale: 1 }],
    ['with a scaled start', { sampler: 'rcm', numInferenceSteps: 2, guidanceScale: 1 }],
  ])('is what the pool comes to, %s', async (_, change) => {
    const { gpu } = await testGpu(gpuCase)
    const [networks, file] = [await tinyNetworks(), await openGolden('dit_tiny.weights')]
    const settings = { ...SETTINGS, ...change }
    const contexts: Contexts = {
      positive: encoded(networks, TEXT, 1),
      ...(settings.guidanceScale > 1 && { negative: encoded(networks, 3, 2) }),
    }

    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    await denoised(planned, networks, file, settings, contexts, { dry: true })
    const ops = openOps(gpu)
    const latents = await denoised(ops, networks, file, settings, contexts)
    expect(planned.pool.highWater).toBe(ops.pool.highWater)
    ops.release(latents)
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('is what the pool comes to with streamed blocks', async () => {
    const { gpu } = await testGpu(gpuCase)
    const [networks, file] = [await tinyNetworks(), await openGolden('dit_tiny.weights')]
    const contexts: Contexts = { positive: encoded(networks, TEXT, 1) }
    const settings = { ...SETTINGS, guidanceScale: 1 }

    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    await denoised(planned, networks, file, settings, contexts, { dry: true, weights: 'q8', streamed: true })
    const ops = openOps(gpu)
    ops.release(await denoised(ops, networks, file, settings, contexts, { weights: 'q8', streamed: true }))

    expect(planned.pool.highWater).toBe(ops.pool.highWater)
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('leaves nothing behind when a read of streamed blocks fails', async () => {
    const { gpu } = await testGpu(gpuCase)
    const [networks, file] = [await tinyNetworks(), await openGolden('dit_tiny.weights')]
    const contexts: Contexts = { positive: encoded(networks, TEXT, 1) }
    let reads = 0
    const failing: WeightFile = {
      ...file,
      rows: (...args) => (++reads > 40 ? Promise.reject(new Error('The disk is gone.')) : file.rows(...args)),
    }
    const ops = openOps(gpu)
    const before = ops.pool.mark()
    const run = denoised(ops, networks, failing, SETTINGS, contexts, { weights: 'q8', streamed: true })
    await expect(run).rejects.toThrow('The disk is gone.')
    ops.recorder.discard()
    ops.pool.releaseSince(before)
    ops.pool.trim()
    expect(ops.pool.bytes).toBe(0)
  })

  it('knows all kernels that are to be compiled ahead', async () => {
    const { gpu } = await testGpu(gpuCase)
    const networks = await tinyNetworks()
    const [textEncoder, dit, vae] = await Promise.all(
      ['umt5_tiny', 'dit_tiny', 'vae_tiny'].map((name) => openGolden(`${name}.weights`)),
    )
    const files: ModelFiles = {
      ...fullSizeModel(),
      networks,
      weights: { textEncoder: textEncoder!, dit: dit!, vae: vae! },
    }
    const settings = { ...SETTINGS, guidanceScale: 1 }
    const ops = openOps(gpu)
    const compile = vi.spyOn(gpu.device, 'createComputePipelineAsync')
    try {
      await compileAhead(
        files,
        clipOf(settings, [TEXT]),
        { text: 'f32', weights: 'q8', streamed: false },
        ops,
      )
      const ahead = compile.mock.calls.length
      expect(ahead).toBeGreaterThan(10)
      ops.release(
        await denoised(
          ops,
          networks,
          dit!,
          settings,
          {
            positive: encoded(networks, TEXT, 1),
          },
          { weights: 'q8' },
        ),
      )
      expect(compile).toHaveBeenCalledTimes(ahead)
    } finally {
      compile.mockRestore()
      ops.pool.trim()
    }
  })

  it('gives the same latents bit for bit twice', async () => {
    const { gpu } = await testGpu(gpuCase)
    const [networks, file] = [await tinyNetworks(), await openGolden('dit_tiny.weights')]
    const contexts: Contexts = { positive: encoded(networks, TEXT, 1) }
    const run = async (seed: number): Promise<Float32Array> => {
      const ops = openOps(gpu)
      const latents = await denoised(ops, networks, file, { ...SETTINGS, guidanceScale: 1, seed }, contexts)
      const values = await ops.read(latents)
      ops.release(latents)
      ops.pool.trim()
      return values
    }
    const first = await run(1)
    expect(await run(1)).toEqual(first)
    expect(await run(2)).not.toEqual(first)
  })
})

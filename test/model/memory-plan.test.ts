import { describe, expect, it, vi } from 'vitest'
import { compileAhead } from '../../src/engine/kernels/compile-ahead'
import { denoiseStage, type Contexts } from '../../src/engine/stages'
import { fileLoader, planLoader } from '../../src/models/blocks/weight-loader'
import { openOps, dryOps } from '../../src/gpu/ops'
import type { GenerationSettings } from '../../src/protocol/settings'
import type { ModelManifest } from '../../src/engine/model/manifest'
import type { WeightFile } from '../../src/weights/weight-file'
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
}

async function tinyManifest(): Promise<ModelManifest> {
  const [textEncoder, dit, vae] = await Promise.all(
    ['umt5_tiny', 'dit_tiny', 'vae_tiny'].map((name) => openGolden(`${name}.weights`)),
  )
  return {
    format: 1,
    id: 'tiny',
    name: 'Tiny',
    version: '0',
    licence: 'Apache-2.0',
    config: { textEncoder: textEncoderConfig(textEncoder!), dit: ditConfig(dit!), vae: vaeConfig(vae!) },
    files: [],
    defaults: {
      width: 64,
      height: 48,
      numFrames: 9,
      fps: 16,
      numInferenceSteps: 2,
      guidanceScale: 5,
      shift: 5,
      sampler: 'unipc',
    },
    sizes: [[64, 48]],
    latentPreview: { factors: [], bias: [0, 0, 0] },
  }
}

describe.each(quickCases())('the plan of the denoising stage on $name', (gpuCase) => {
  it.each(['f16', 'q8', 'q4'] as const)('is what the pool comes to, with %s weights', async (format) => {
    const { gpu } = await testGpu(gpuCase)
    const [manifest, file] = [await tinyManifest(), await openGolden('dit_tiny.weights')]
    const { textDim } = manifest.config.dit
    const contexts: Contexts = {
      positive: randomFloats(7 * textDim, 1),
      negative: randomFloats(3 * textDim, 2),
    }

    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    await denoiseStage(planLoader(planned, file, format), manifest, SETTINGS, contexts)
    const ops = openOps(gpu)
    const latents = await denoiseStage(fileLoader(ops, file, format), manifest, SETTINGS, contexts)

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
    const [manifest, file] = [await tinyManifest(), await openGolden('dit_tiny.weights')]
    const settings = { ...SETTINGS, ...change }
    const { textDim } = manifest.config.dit
    const contexts: Contexts = {
      positive: randomFloats(7 * textDim, 1),
      ...(settings.guidanceScale > 1 && { negative: randomFloats(3 * textDim, 2) }),
    }

    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    await denoiseStage(planLoader(planned, file), manifest, settings, contexts)
    const ops = openOps(gpu)
    const latents = await denoiseStage(fileLoader(ops, file), manifest, settings, contexts)
    expect(planned.pool.highWater).toBe(ops.pool.highWater)
    ops.release(latents)
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('is what the pool comes to with streamed blocks', async () => {
    const { gpu } = await testGpu(gpuCase)
    const [manifest, file] = [await tinyManifest(), await openGolden('dit_tiny.weights')]
    const contexts: Contexts = { positive: randomFloats(7 * manifest.config.dit.textDim, 1) }
    const settings = { ...SETTINGS, guidanceScale: 1 }

    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    await denoiseStage(planLoader(planned, file, 'q8'), manifest, settings, contexts, { streamed: true })
    const ops = openOps(gpu)
    ops.release(
      await denoiseStage(fileLoader(ops, file, 'q8'), manifest, settings, contexts, { streamed: true }),
    )

    expect(planned.pool.highWater).toBe(ops.pool.highWater)
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('leaves nothing behind when a read of streamed blocks fails', async () => {
    const { gpu } = await testGpu(gpuCase)
    const [manifest, file] = [await tinyManifest(), await openGolden('dit_tiny.weights')]
    const contexts: Contexts = { positive: randomFloats(7 * manifest.config.dit.textDim, 1) }
    let reads = 0
    const failing: WeightFile = {
      ...file,
      rows: (...args) => (++reads > 40 ? Promise.reject(new Error('The disk is gone.')) : file.rows(...args)),
    }
    const ops = openOps(gpu)
    const before = ops.pool.mark()
    const run = denoiseStage(fileLoader(ops, failing, 'q8'), manifest, SETTINGS, contexts, { streamed: true })
    await expect(run).rejects.toThrow('The disk is gone.')
    ops.recorder.discard()
    ops.pool.releaseSince(before)
    ops.pool.trim()
    expect(ops.pool.bytes).toBe(0)
  })

  it('knows all kernels that are to be compiled ahead', async () => {
    const { gpu } = await testGpu(gpuCase)
    const [manifest, dit, vae] = [
      await tinyManifest(),
      await openGolden('dit_tiny.weights'),
      await openGolden('vae_tiny.weights'),
    ]
    const files = {
      manifest,
      dit,
      vae,
      textEncoder: dit,
      tokenizer: { encode: () => ({ ids: [1], truncated: false }) },
    }
    const settings = { ...SETTINGS, guidanceScale: 1 }
    const ops = openOps(gpu)
    const compile = vi.spyOn(gpu.device, 'createComputePipelineAsync')
    try {
      await compileAhead(files, settings, [7], { text: 'f32', weights: 'q8', streamed: false }, ops)
      const ahead = compile.mock.calls.length
      expect(ahead).toBeGreaterThan(10)
      ops.release(
        await denoiseStage(fileLoader(ops, dit, 'q8'), manifest, settings, {
          positive: randomFloats(7 * manifest.config.dit.textDim, 1),
        }),
      )
      expect(compile).toHaveBeenCalledTimes(ahead)
    } finally {
      compile.mockRestore()
      ops.pool.trim()
    }
  })

  it('gives the same latents bit for bit twice', async () => {
    const { gpu } = await testGpu(gpuCase)
    const [manifest, file] = [await tinyManifest(), await openGolden('dit_tiny.weights')]
    const contexts: Contexts = { positive: randomFloats(7 * manifest.config.dit.textDim, 1) }
    const run = async (seed: number): Promise<Float32Array> => {
      const ops = openOps(gpu)
      const latents = await denoiseStage(
        fileLoader(ops, file),
        manifest,
        { ...SETTINGS, guidanceScale: 1, seed },
        contexts,
      )
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

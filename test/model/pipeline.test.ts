import { describe, expect, it } from 'vitest'
import { denoise } from '../../src/engine/denoise'
import { embedContext } from '../../src/engine/dit/embeddings'
import { loadDit } from '../../src/engine/dit/weights'
import { encodePrompt } from '../../src/engine/prompt/umt5-encoder'
import { createSampler } from '../../src/engine/scheduler/samplers'
import type { SamplerName } from '../../src/engine/scheduler/types'
import { decode } from '../../src/engine/vae/decoder'
import { loadDecoder } from '../../src/engine/vae/weights'
import { fileLoader } from '../../src/engine/weight-loader'
import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { compare, openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { fitForOrt } from '../support/ort-in-node'
import { textEncoderConfig } from '../support/umt5'
import { vaeConfig } from '../support/vae'

/** DESIGN's bound for the whole pipeline in f32: guidance amplifies rounding. f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-4, f16: 1e-2 } as const

const context = async (device: GPUDevice, golden: WeightFile, weights: WeightFile, prefix: string): Promise<Float32Array> => {
  const [ids, mask] = await Promise.all([golden.floats(`${prefix}ids`), golden.floats(`${prefix}mask`)])
  const n = mask.reduce((sum, value) => sum + value, 0)
  return encodePrompt({ device, config: textEncoderConfig(weights), weights, ids: [...ids.subarray(0, n)] })
}

/** The clip [3, F, H, W] in [−1, 1], as the official implementation lays it out. */
async function decodeVideo(ops: Ops, vae: WeightFile, latents: Tensor): Promise<Float32Array> {
  const weights = await loadDecoder(fileLoader(ops, vae), vaeConfig(vae))
  const frames: Float32Array[] = []
  for await (const decoded of decode(ops, weights, latents)) {
    for (const frame of decoded) {
      frames.push(await ops.read(frame))
      ops.release(frame)
    }
  }
  const pixels = frames[0]!.length / 3
  return Float32Array.from({ length: 3 * frames.length * pixels }, (_, i) => {
    const value = frames[Math.floor(i / pixels) % frames.length]![3 * (i % pixels) + Math.floor(i / (pixels * frames.length))]!
    return Math.min(1, Math.max(-1, value))
  })
}

describe.each(gpuCases())('the whole road on $name', (gpuCase) => {
  it('agrees with the official pipeline_tiny', async () => {
    const { gpu, ops } = await testGpu(gpuCase)
    const before = ops.pool.mark()
    const golden = await openGolden('pipeline_tiny.golden')
    const [textEncoder, ditFile, vae] = await Promise.all(golden.metadata['models']!.split(', ').map((name) => openGolden(`${name}.weights`)))
    const device = fitForOrt(gpu.device)
    const encoded = { positive: await context(device, golden, textEncoder!, ''), negative: await context(device, golden, textEncoder!, 'negative_') }

    const config = ditConfig(ditFile!)
    const dit = { config, weights: await loadDit(fileLoader(ops, ditFile!), config) }
    const sampler = createSampler(golden.metadata['sampler'] as SamplerName, Number(golden.metadata['steps']), Number(golden.metadata['shift']))
    const noise = ops.upload(await golden.floats('noise'), golden.tensors.get('noise')!.shape, 'f32', 'noise')
    const latents = await denoise(ops, dit, {
      noise,
      positive: embedContext(ops, dit.weights, config, encoded.positive),
      negative: embedContext(ops, dit.weights, config, encoded.negative),
      guidanceScale: Number(golden.metadata['guidance']),
      sampler,
    })
    const comparisons = [
      compare('pipeline_tiny latents', await ops.read(latents), await golden.floats('latents')),
      compare('pipeline_tiny video', await decodeVideo(ops, vae!, latents), await golden.floats('video')),
    ]
    ops.pool.releaseSince(before)
    for (const comparison of comparisons) printComparison(gpuCase.name, comparison)
    for (const { name, relError } of comparisons) expect(relError, name).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
  })
})

import { describe, expect, it } from 'vitest'
import { denoise } from '../../src/sampling/denoise'
import { embedContext } from '../../src/models/wan-dit/embeddings'
import { loadDit } from '../../src/models/wan-dit/weights'
import { encodePrompt } from '../../src/models/umt5/encoder'
import { createSampler } from '../../src/sampling/samplers'
import type { SamplerName } from '../../src/sampling/types'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { compare, openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { fitForOrt } from '../support/ort-in-node'
import { textEncoderConfig } from '../support/umt5'
import { vaeConfig } from '../support/vae'
import { decodeVideo } from '../support/video'

/** DESIGN's bound for the whole pipeline in f32: guidance amplifies rounding. f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-4, f16: 1e-2 } as const

const context = async (
  device: GPUDevice,
  golden: WeightFile,
  weights: WeightFile,
  prefix: string,
): Promise<Float32Array> => {
  const [ids, mask] = await Promise.all([golden.floats(`${prefix}ids`), golden.floats(`${prefix}mask`)])
  const n = mask.reduce((sum, value) => sum + value, 0)
  return encodePrompt({ device, config: textEncoderConfig(weights), weights, ids: [...ids.subarray(0, n)] })
}

describe.each(gpuCases())('the whole road on $name', (gpuCase) => {
  it('agrees with the official pipeline_tiny', async () => {
    const { gpu, ops } = await testGpu(gpuCase)
    const before = ops.pool.mark()
    const golden = await openGolden('pipeline_tiny.golden')
    const [textEncoder, ditFile, vae] = await Promise.all(
      golden.metadata['models']!.split(', ').map((name) => openGolden(`${name}.weights`)),
    )
    const device = fitForOrt(gpu.device)
    const encoded = {
      positive: await context(device, golden, textEncoder!, ''),
      negative: await context(device, golden, textEncoder!, 'negative_'),
    }

    const config = ditConfig(ditFile!)
    const dit = { config, weights: await loadDit(fileLoader(ops, ditFile!), config) }
    const sampler = createSampler(
      golden.metadata['sampler'] as SamplerName,
      Number(golden.metadata['steps']),
      Number(golden.metadata['shift']),
    )
    const noise = ops.upload(await golden.floats('noise'), golden.tensors.get('noise')!.shape, 'f32', 'noise')
    const latents = await denoise(ops, dit, {
      noise,
      seed: 0,
      positive: await embedContext(ops, dit.weights, config, encoded.positive),
      negative: await embedContext(ops, dit.weights, config, encoded.negative),
      guidanceScale: Number(golden.metadata['guidance']),
      sampler,
    })
    const comparisons = [
      compare('pipeline_tiny latents', await ops.read(latents), await golden.floats('latents')),
      compare(
        'pipeline_tiny video',
        await decodeVideo(ops, vae!, vaeConfig(vae!), latents),
        await golden.floats('video'),
      ),
    ]
    ops.pool.releaseSince(before)
    for (const comparison of comparisons) printComparison(gpuCase.name, comparison)
    for (const { name, relError } of comparisons)
      expect(relError, name).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
  })
})

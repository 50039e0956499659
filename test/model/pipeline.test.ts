import { describe, expect, it } from 'vitest'
import { openWanDenoiser } from '../../src/models/wan-dit/denoiser'
import { encodePrompt } from '../../src/models/umt5/encoder'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { compare, openGolden, printComparison } from '../support/golden'
import { denoiseGolden } from '../support/denoise'
import { loadingOf } from '../support/loading'
import { gpuCases, testGpu } from '../support/gpu'
import { fitForOrt } from '../support/ort-in-node'
import { textEncoderConfig } from '../support/umt5'
import { vaeConfig } from '../support/vae'
import { decodeVideo } from '../support/video'

/**
 * DESIGN's bound for the whole pipeline in f32: guidance amplifies rounding. f16 stores 11 bits of every activation.
 */
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

    const at = loadingOf(ops, { dit: ditFile! })
    const denoiser = await openWanDenoiser(at, ditConfig(ditFile!))
    const latents = await denoiseGolden(ops, denoiser, golden, encoded)
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

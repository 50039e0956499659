import { describe, expect, it } from 'vitest'
import { compare, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { denoiseGolden } from '../support/denoise'
import { loadingOf } from '../support/loading'
import { MINI, openMiniGolden } from '../support/mini'
import { configOf, openModelFolder } from '../support/model-folder'
import { fitForOrt } from '../support/ort-in-node'
import { decodeVideo } from '../support/video'

/** As for the other pipeline: f32 rounding over four steps; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-4, f16: 1e-2 } as const

describe.each(gpuCases())('the bundled model on $name', (gpuCase) => {
  it('gives what PyTorch gives from the same noise', async () => {
    const { gpu, ops } = await testGpu(gpuCase)
    const before = ops.pool.mark()
    const golden = await openMiniGolden('pipeline_mini')
    const { networks, tokenizer, weights } = await openModelFolder(MINI)
    const at = loadingOf(ops, weights, { device: fitForOrt(gpu.device) })

    const { ids } = tokenizer.encode(golden.metadata['prompt']!, networks.maxTokens)
    expect(ids).toEqual([...(await golden.floats('ids'))])
    const context = await (await networks.openText(at)).encode(ids)
    const denoiser = await networks.openDenoiser(at)
    const latents = await denoiseGolden(ops, denoiser, golden, { positive: context })
    const comparisons = [
      compare('pipeline_mini hidden', context, await golden.floats('hidden')),
      compare('pipeline_mini latents', await ops.read(latents), await golden.floats('latents')),
      compare(
        'pipeline_mini video',
        await decodeVideo(ops, weights['vae']!, configOf(MINI).vae, latents),
        await golden.floats('video'),
      ),
    ]
    ops.pool.releaseSince(before)
    for (const comparison of comparisons) printComparison(gpuCase.name, comparison)
    for (const { name, relError } of comparisons)
      expect(relError, name).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
  })
})

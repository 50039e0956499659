import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { denoise } from '../../src/sampling/denoise'
import { embedContext } from '../../src/models/wan-dit/embeddings'
import { loadDit } from '../../src/models/wan-dit/weights'
import { encodePrompt } from '../../src/models/umt5/encoder'
import { createSampler } from '../../src/sampling/samplers'
import type { SamplerName } from '../../src/sampling/types'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import { compare, fileSource, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { openModelFolder } from '../support/model-folder'
import { fitForOrt } from '../support/ort-in-node'
import { decodeVideo } from '../support/video'

const ROOT = join(import.meta.dirname, '..', '..')

/** As for the other pipeline: f32 rounding over four steps; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-4, f16: 1e-2 } as const

describe.each(gpuCases())('the bundled model on $name', (gpuCase) => {
  it('gives what PyTorch gives from the same noise', async () => {
    const { gpu, ops } = await testGpu(gpuCase)
    const before = ops.pool.mark()
    // Always our own golden: another GOLDEN_DIR knows nothing of the bundled weights.
    const golden = await openSafetensors(
      fileSource(join(ROOT, 'test/golden/pipeline_mini.golden.safetensors')),
    )
    const {
      manifest,
      tokenizer,
      textEncoder,
      dit: ditFile,
      vae,
    } = await openModelFolder(join(ROOT, 'public/models/mini'))
    const { config } = manifest

    const { ids } = tokenizer.encode(golden.metadata['prompt']!, config.dit.textLen)
    expect(ids).toEqual([...(await golden.floats('ids'))])
    const context = await encodePrompt({
      device: fitForOrt(gpu.device),
      config: config.textEncoder,
      weights: textEncoder,
      ids,
    })

    const dit = { config: config.dit, weights: await loadDit(fileLoader(ops, ditFile), config.dit) }
    const noise = ops.upload(await golden.floats('noise'), golden.tensors.get('noise')!.shape, 'f32', 'noise')
    const sampler = createSampler(
      golden.metadata['sampler'] as SamplerName,
      Number(golden.metadata['steps']),
      Number(golden.metadata['shift']),
    )
    const latents = await denoise(ops, dit, {
      noise,
      seed: 0,
      positive: await embedContext(ops, dit.weights, config.dit, context),
      guidanceScale: Number(golden.metadata['guidance']),
      sampler,
    })
    const comparisons = [
      compare('pipeline_mini hidden', context, await golden.floats('hidden')),
      compare('pipeline_mini latents', await ops.read(latents), await golden.floats('latents')),
      compare(
        'pipeline_mini video',
        await decodeVideo(ops, vae, config.vae, latents),
        await golden.floats('video'),
      ),
    ]
    ops.pool.releaseSince(before)
    for (const comparison of comparisons) printComparison(gpuCase.name, comparison)
    for (const { name, relError } of comparisons)
      expect(relError, name).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
  })
})

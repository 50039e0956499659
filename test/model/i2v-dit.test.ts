// Wan's DiTs that read 36 channels, with pictures' features and without, against the official code.
import { describe, expect, it } from 'vitest'
import { formulaFile, formulaTensor } from '../../src/cli/synthesize/formula'
import { imageDitShapes } from '../../src/cli/synthesize/image-shapes'
import { ditShapes } from '../../src/cli/synthesize/shapes'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import type { DitConfig } from '../../src/models/wan-dit/config'
import { openWanDenoiser } from '../../src/models/wan-dit/denoiser'
import { ditConfig } from '../support/config'
import { compare, goldenMetadata, openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { spread } from '../support/spread'

const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const
const [FEATURES, IMAGE_DIM] = [257, 1280]
/** Pictures whose features the model attends to. */
const PICTURES = { a14b: 0, clip: 1, flf: 2 } as const

describe.each(gpuCases())('the DiTs for pictures on $name', (gpuCase) => {
  it.each(spread(gpuCase, ['a14b', 'clip', 'flf'], ['a14b', 'flf']))(
    'give the official velocity: %s',
    async (name) => {
      const { ops } = await testGpu(gpuCase)
      const golden = await openGolden('i2v_dit_tiny.golden')
      const numbers = goldenMetadata(golden)[name] as Record<string, unknown>
      const salt = String(numbers['salt'])
      const pictures = PICTURES[name]
      const image = {
        imageDim: IMAGE_DIM,
        ...(name === 'flf' && { imagePositions: pictures * FEATURES }),
      }
      const config: DitConfig = {
        ...ditConfig({ ...golden, metadata: { config: JSON.stringify(numbers) } }),
        ...(pictures > 0 && image),
      }
      const shapes = pictures > 0 ? imageDitShapes(config, image) : ditShapes(config)
      const weights = formulaFile(name, shapes, salt)
      const before = ops.pool.mark().size
      const denoiser = await openWanDenoiser(
        {
          ops,
          weights: { dit: weights },
          residency: { text: 'f32', weights: 'f16', streamed: false },
          tokens: config.textLen,
          loader: (_, format) => fileLoader(ops, weights, format),
        },
        config,
      )
      const upload = async (tensor: string) =>
        ops.upload(
          await golden.floats(`${name}.${tensor}`),
          golden.tensors.get(`${name}.${tensor}`)!.shape,
          'f32',
          tensor,
        )
      const [latents, channels] = [await upload('latents'), await upload('y')]
      const features = formulaTensor('clip_fea.token_embedding', [pictures, FEATURES, IMAGE_DIM], salt)
      const prepared = await denoiser.prepare({
        text: await golden.floats(`${name}.context`),
        channels,
        ...(pictures > 0 && { features }),
      })
      const [timestep = 0] = await golden.floats(`${name}.timestep`)
      const velocity = await denoiser.velocity(latents, { values: [timestep] }, prepared)
      const comparison = compare(
        `i2v_dit_tiny ${name} velocity`,
        await ops.read(velocity),
        await golden.floats(`${name}.velocity`),
      )
      printComparison(gpuCase.name, comparison)
      expect(comparison.relError).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
      await expect(denoiser.prepare({ text: await golden.floats(`${name}.context`) })).rejects.toThrow(
        'The model reads 36 channels and gives 16; it was given none beside those.',
      )
      prepared.release()
      await denoiser.release()
      ops.release(latents, channels, velocity)
      expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
    },
  )
})

// The 1.3B's DiT: 30 blocks with formula weights against diffusers' classes in PyTorch (test/golden/make_full_size.py).
import { describe, expect, it } from 'vitest'
import { embedContext, releaseContext } from '../../src/models/wan-dit/embeddings'
import { forward, uploadRotation } from '../../src/models/wan-dit/model'
import { loadDit, releaseDit } from '../../src/models/wan-dit/weights'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import { ditShapes, type Shapes } from '../../src/cli/synthesize/shapes'
import { ditConfig } from '../support/config'
import { openGolden, printComparison, type Comparison } from '../support/golden'
import { testGpu } from '../support/gpu'
import { fullCases } from './support/full-cases'
import { made } from './support/made'
import { compareSample } from './support/sample'
import { storedFormula } from './support/stored-formula'

const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

/** The blocks' matrices, which a GGUF file has in Q8_0: the same numbers on the GPU. */
const isMatrix = (name: string, shape: readonly number[]): boolean =>
  name.startsWith('blocks.') && shape.length === 2

const CASES = fullCases().flatMap((gpuCase) => [
  {
    gpuCase,
    name: `${gpuCase.name}, F16`,
    golden: 'dit_1.3b_full',
    stored: (shapes: Shapes) => storedFormula('dit.f16', shapes, () => 'F16'),
  },
  {
    gpuCase,
    name: `${gpuCase.name}, Q8_0`,
    golden: 'dit_1.3b_q8_0_full',
    stored: (shapes: Shapes) =>
      storedFormula('dit.q8_0', shapes, (tensor, shape) => (isMatrix(tensor, shape) ? 'Q8_0' : 'F16')),
  },
])

describe.each(made(CASES))('the whole DiT of the 1.3B: $name', ({ gpuCase, name, golden: file, stored }) => {
  it('agrees with PyTorch in every block', async () => {
    const { ops } = await testGpu(gpuCase)
    const golden = await openGolden(`${file}.golden`)
    const config = ditConfig(golden)
    const comparisons: Comparison[] = []
    const note = (comparison: Comparison): void => {
      comparisons.push(comparison)
      printComparison(name, comparison)
    }
    const began = performance.now()
    const seconds = (): string => `${((performance.now() - began) / 1000).toFixed(0)} s`
    const weights = await loadDit(fileLoader(ops, stored(ditShapes(config))), config, { streamed: true })
    const latents = ops.upload(
      await golden.floats('latents'),
      golden.tensors.get('latents')!.shape,
      'f32',
      'latents',
    )
    const context = await embedContext(ops, weights, config, await golden.floats('context'))
    const rotation = uploadRotation(ops, config, latents)
    const [timestep] = await golden.floats('timestep')
    const velocity = await forward(
      ops,
      { config, weights },
      latents,
      { values: [timestep!] },
      context,
      rotation,
      {
        tap: async (tensorName, tensor) => {
          if (golden.tensors.has(`tap.${tensorName}`))
            note(await compareSample(golden, tensorName, await ops.read(tensor)))
        },
      },
    )
    note(await compareSample(golden, 'velocity', await ops.read(velocity)))
    console.log(`velocity after ${seconds()}`)
    releaseContext(ops, context)
    await releaseDit(ops, weights)
    ops.release(latents, rotation, velocity)
    ops.pool.trim()
    expect(comparisons).toHaveLength(config.numLayers + 1)
    for (const { name: tensor, relError } of comparisons)
      expect(relError, tensor).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
  })
})

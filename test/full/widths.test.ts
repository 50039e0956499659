// One block of each larger transformer at its full width, with formula weights, against the official code: Fun InP
// 1.3B with CLIP's features, an expert of Wan 2.2 I2V A14B, and TI2V 5B with a timestep a token.
import { describe, expect, it } from 'vitest'
import { formulaFile, formulaTensor } from '../../src/cli/synthesize/formula'
import { imageDitShapes } from '../../src/cli/synthesize/image-shapes'
import { ditShapes } from '../../src/cli/synthesize/shapes'
import { openOps } from '../../src/gpu/ops'
import type { Timesteps } from '../../src/models/family'
import { openWanDenoiser } from '../../src/models/wan-dit/denoiser'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { compare, goldenFamily, openGolden, printComparison } from '../support/golden'
import { testGpu } from '../support/gpu'
import { gpuCases } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { fullCases } from './support/full-cases'

const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const
const [FEATURES, IMAGE_DIM] = [257, 1280]

/** A timestep a token where the golden has them, else one for all. */
async function timestepsOf(golden: WeightFile): Promise<Timesteps> {
  if (!golden.tensors.has('timesteps')) return { values: [...(await golden.floats('timestep'))] }
  const tokens = [...(await golden.floats('timesteps'))]
  const values = [...new Set(tokens)]
  return { values, rowOf: Uint32Array.from(tokens, (value) => values.indexOf(value)) }
}

const NAMES = goldenFamily(/^(i2v|ti2v)_.*_width/)
const is14B = (name: string): boolean => name.startsWith('i2v_14b')
/** In f16 a feed-forward matrix of the 14B has 142 MB, which lavapipe does not bind. */
const LARGE_BINDINGS = gpuCases().filter(({ adapter }) => adapter !== 'llvmpipe')
const RUNS = NAMES.flatMap((name) =>
  (is14B(name) ? LARGE_BINDINGS : fullCases()).map((gpuCase) => ({ name, gpuCase, on: gpuCase.name })),
)

describe('a block of the larger transformers', () => {
  it.each(RUNS)('agrees with the official $name on $on', async ({ name, gpuCase }) => {
    const { gpu } = await testGpu(gpuCase)
    const ops = openOps(is14B(name) ? { ...gpu, maxBindingBytes: 2 ** 28 } : gpu)
    const golden = await openGolden(`${name}.golden`)
    const salt = golden.metadata['salt'] ?? ''
    const hasFeatures = name.startsWith('i2v_1.3b')
    const image = { imageDim: IMAGE_DIM }
    const config = { ...ditConfig(golden), ...(hasFeatures && image) }
    const shapes = hasFeatures ? imageDitShapes(config, image) : ditShapes(config)
    const at = loadingOf(ops, { dit: formulaFile(name, shapes, salt) })
    const denoiser = await openWanDenoiser(at, config)
    const upload = async (tensor: string) =>
      ops.upload(await golden.floats(tensor), golden.tensors.get(tensor)!.shape, 'f32', tensor)
    const latents = await upload('latents')
    const channels = golden.tensors.has('y') ? await upload('y') : undefined
    const prepared = await denoiser.prepare({
      text: await golden.floats('context'),
      ...(channels && { channels }),
      ...(hasFeatures && {
        features: formulaTensor('clip_fea.token_embedding', [1, FEATURES, IMAGE_DIM], salt),
      }),
    })
    const velocity = await denoiser.velocity(latents, await timestepsOf(golden), prepared)
    const comparison = compare(`${name} velocity`, await ops.read(velocity), await golden.floats('velocity'))
    printComparison(gpuCase.name, comparison)
    prepared.release()
    await denoiser.release()
    ops.release(latents, velocity, ...(channels ? [channels] : []))
    ops.pool.trim()
    expect(comparison.relError).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
  })
})

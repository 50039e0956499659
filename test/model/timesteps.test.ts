// Timesteps by row: one for all, one a latent frame, or one a token, against the official tensors and against each
// other.
import { beforeAll, describe, expect, it } from 'vitest'
import type { Timesteps } from '../../src/models/family'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditWeights, runDit } from '../support/dit'
import { openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'

const NAME = 'ti2v_dit_tiny'
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

/** A golden's timestep for each token as a table of the values that occur, in rising order as its taps have them. */
async function byToken(golden: WeightFile, tensor: string): Promise<Timesteps> {
  const tokens = [...(await golden.floats(tensor))]
  const values = [...new Set(tokens)].sort((a, b) => a - b)
  return { values, rowOf: Uint32Array.from(tokens, (value) => values.indexOf(value)) }
}

describe.each(gpuCases())('timesteps by row on $name', (gpuCase) => {
  let golden: WeightFile
  let weights: WeightFile
  beforeAll(async () => {
    golden = await openGolden(`${NAME}.golden`)
    weights = await ditWeights(NAME, golden)
  })

  it.each([
    { tensor: 'timesteps', expected: 'velocity' },
    { tensor: 'mixed_timesteps', expected: 'velocity_mixed' },
  ])('agree with the official $expected, one of $tensor a token', async ({ tensor, expected }) => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const timesteps = await byToken(golden, tensor)
    const { comparisons } = await runDit(ops, golden, weights, { timesteps, expected })
    for (const comparison of comparisons) {
      printComparison(gpuCase.name, { ...comparison, name: `${NAME} ${comparison.name}` })
      expect(comparison.relError, comparison.name).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
    }
    expect(comparisons.at(-1)?.name).toBe(expected)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })

  it('give the same bits however the rows are given, where the timesteps are the same', async () => {
    const { ops } = await testGpu(gpuCase)
    const [T = 0, H = 0, W = 0] = golden.tensors.get('latents')!.shape.slice(1)
    const [t = 0] = await golden.floats('timestep')
    const velocity = async (timesteps: Timesteps, expected = 'velocity_uniform'): Promise<Float32Array> => {
      const { comparisons, velocity } = await runDit(ops, golden, weights, {
        timesteps,
        expected,
        taps: false,
      })
      expect(comparisons.at(-1)!.relError).toBeLessThanOrEqual(TOLERANCE[gpuCase.storage])
      return velocity
    }
    const one = await velocity({ values: [t] })
    expect(await velocity({ values: Array.from({ length: T }, () => t), rowOf: 'frame' })).toEqual(one)
    expect(await velocity({ values: [0, t], rowOf: new Uint32Array((T * H * W) / 4).fill(1) })).toEqual(one)

    const held = await velocity(await byToken(golden, 'timesteps'), 'velocity')
    const frames = Array.from({ length: T }, (_, frame) => (frame === 0 ? 0 : t))
    expect(await velocity({ values: frames, rowOf: 'frame' }, 'velocity')).toEqual(held)
    expect(held).not.toEqual(one)
  })

  it('are refused where they are not as many as the frames or the tokens', async () => {
    const { ops } = await testGpu(gpuCase)
    const refused = (timesteps: Timesteps) =>
      expect(runDit(ops, golden, weights, { timesteps, expected: 'velocity' })).rejects
    const before = ops.pool.mark()
    await refused({ values: [1, 2] }).toThrow('2 timesteps were given for all tokens; one is needed.')
    await refused({ values: [1, 2], rowOf: 'frame' }).toThrow('2 timesteps were given for 3 latent frames')
    await refused({ values: [1], rowOf: new Uint32Array(5) }).toThrow('The timesteps of 5 tokens')
    ops.pool.releaseSince(before)
  })
})

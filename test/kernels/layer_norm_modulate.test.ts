import { describe, expect, it } from 'vitest'
import { layerNormModulate } from '../../src/gpu/kernels/layer_norm_modulate'
import { layerNormModulate as reference } from '../reference/layer_norm_modulate'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu, withVariants } from '../support/gpu'
import { randomFloats } from '../support/random'

const RUNS = gpuCases().flatMap((gpuCase) => (['quads', 'tile'] as const).map((variant) => ({ gpuCase, name: gpuCase.name, variant })))

describe.each(RUNS)('layer_norm_modulate in $variant on $name', ({ gpuCase, variant }) => {
  it.each([
    { L: 1, D: 4, unit: 1 },
    { L: 3, D: 63, unit: 0 },
    { L: 5, D: 64, unit: 1 },
    { L: 2, D: 65, unit: 1 },
    { L: 7, D: 1536, unit: 0 },
  ] as const)('$L rows of $D, unit $unit', async ({ L, D, unit }) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { norms: variant })
    const x = randomFloats(L * D, 1).map((value) => value + 0.5)
    const modulation = randomFloats(3 * D, 2)
    const tensors = [ops.upload(x, [L, D], 'f32', 'x'), ops.upload(modulation, [3, D], 'f32', 'modulation')] as const
    const y = layerNormModulate(ops, ...tensors, { scaleRow: 2, shiftRow: 0, unit }, 1e-6, 'y')
    const expected = reference(x, modulation.subarray(2 * D), modulation.subarray(0, D), unit, 1e-6)
    expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(...tensors, y)
  })
})

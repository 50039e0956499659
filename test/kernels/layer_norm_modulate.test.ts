import { describe, expect, it } from 'vitest'
import { layerNorm, layerNormModulate } from '../../src/gpu/kernels/layer_norm_modulate'
import { layerNormModulate as reference } from '../reference/layer_norm_modulate'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu, withVariants } from '../support/gpu'
import { randomFloats } from '../support/random'

const RUNS = gpuCases().flatMap((gpuCase) =>
  (['direct4', 'tile'] as const).map((variant) => ({ gpuCase, name: gpuCase.name, variant })),
)

describe.each(RUNS)('layer_norm_modulate in $variant on $name', ({ gpuCase, variant }) => {
  it.each([
    { L: 1, D: 4, timeRows: 3 },
    { L: 5, D: 64, timeRows: 1 },
    { L: 2, D: 65, timeRows: 2 },
    { L: 7, D: 1536, timeRows: 3 },
  ])('$L rows of $D, three of modulation and $timeRows of the timestep', async ({ L, D, timeRows }) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { norms: variant })
    const x = randomFloats(L * D, 1).map((value) => value + 0.5)
    const [table, time] = [randomFloats(3 * D, 2), randomFloats(timeRows * D, 3)]
    const row = (r: number): Float64Array =>
      Float64Array.from({ length: D }, (_, i) => table[r * D + i]! + time[(r % timeRows) * D + i]!)
    const input = ops.upload(x, [L, D], 'f32', 'x')
    const modulation = {
      modulation: ops.upload(table, [3, D], 'f32', 'modulation'),
      e: ops.upload(time, [1, timeRows, D], 'f32', 'e'),
    }
    const y = layerNormModulate(ops, input, modulation, { scaleRow: 2, shiftRow: 0 }, 1e-6, 'y')
    expect(relativeError(await ops.read(y), reference(x, row(2), row(0), 1, 1e-6))).toBeLessThan(
      KERNEL_TOLERANCE[gpuCase.storage],
    )
    ops.release(input, ...Object.values(modulation), y)
  })

  it.each([
    { L: 3, D: 63 },
    { L: 7, D: 1536 },
  ])('$L rows of $D, weight and bias', async ({ L, D }) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { norms: variant })
    const x = randomFloats(L * D, 1).map((value) => value + 0.5)
    const affine = randomFloats(2 * D, 2)
    const tensors = [ops.upload(x, [L, D], 'f32', 'x'), ops.upload(affine, [2, D], 'f32', 'norm')] as const
    const y = layerNorm(ops, ...tensors, 1e-6, 'y')
    const expected = reference(x, affine.subarray(0, D), affine.subarray(D), 0, 1e-6)
    expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(...tensors, y)
  })

  it('takes each row’s own timestep: by an index, or one for so many rows', async () => {
    const ops = withVariants((await testGpu(gpuCase)).ops, { norms: variant })
    const [L, D, T] = [11, 65, 3]
    const x = randomFloats(L * D, 1)
    const [table, times] = [randomFloats(2 * D, 2), randomFloats(T * 2 * D, 3)] as const
    const index = Uint32Array.from({ length: L }, (_, l) => (l * 2) % T)
    const input = ops.upload(x, [L, D], 'f32', 'x')
    const tensors = {
      modulation: ops.upload(table, [2, D], 'f32', 'modulation'),
      e: ops.upload(times, [T, 2, D], 'f32', 'e'),
    }
    const rows = ops.upload(index, [L], 'u32', 'rows')
    for (const [timeRows, rowOf] of [
      [{ tokens: 1, index: rows }, (l: number) => index[l]!],
      [{ tokens: 4 }, (l: number) => Math.floor(l / 4)],
    ] as const) {
      const y = layerNormModulate(
        ops,
        input,
        { ...tensors, timeRows },
        { scaleRow: 1, shiftRow: 0 },
        1e-6,
        'y',
      )
      const expected = Array.from({ length: L }, (_, l) => {
        const row = (r: number): Float64Array =>
          Float64Array.from({ length: D }, (__, i) => table[r * D + i]! + times[(rowOf(l) * 2 + r) * D + i]!)
        return [...reference(x.subarray(l * D, (l + 1) * D), row(1), row(0), 1, 1e-6)]
      }).flat()
      expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
      ops.release(y)
    }
    ops.release(input, rows, ...Object.values(tensors))
  })
})

import { describe, expect, it } from 'vitest'
import type { Size3 } from '../../src/gpu/kernels/patchify'
import { unpatchify } from '../../src/gpu/kernels/unpatchify'
import { unpatchify as reference } from '../reference/patchify'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'

const CASES: { C: number; patch: Size3; grid: Size3 }[] = [
  { C: 16, patch: [1, 2, 2], grid: [3, 4, 5] },
  { C: 1, patch: [1, 1, 1], grid: [1, 1, 1] },
  { C: 5, patch: [2, 3, 1], grid: [2, 1, 7] },
]

describe.each(gpuCases())('unpatchify on $name', (gpuCase) => {
  it.each(CASES)('$C channels, patch $patch, grid $grid', async ({ C, patch, grid }) => {
    const { ops } = await testGpu(gpuCase)
    const [L, size] = [grid[0] * grid[1] * grid[2], C * patch[0] * patch[1] * patch[2]]
    const data = randomFloats(L * size, 1)
    const tokens = ops.upload(data, [L, size], 'f32', 'tokens')
    const velocity = unpatchify(ops, tokens, C, patch, grid, 'velocity')
    expect(velocity.shape).toEqual([C, grid[0] * patch[0], grid[1] * patch[1], grid[2] * patch[2]])
    expect(await ops.read(velocity)).toEqual(Float32Array.from(reference(data, C, patch, grid)))
    ops.release(tokens, velocity)
  })
})

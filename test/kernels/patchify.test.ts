import { describe, expect, it } from 'vitest'
import { patchify, type Size3 } from '../../src/gpu/kernels/patchify'
import { patchify as reference } from '../reference/patchify'
import { gpuCases, testGpu } from '../support/gpu'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

const CASES: { C: number; patch: Size3; grid: Size3 }[] = [
  { C: 16, patch: [1, 2, 2], grid: [3, 4, 5] },
  { C: 1, patch: [1, 1, 1], grid: [1, 1, 1] },
  { C: 5, patch: [2, 3, 1], grid: [2, 1, 7] },
]

describe.each(gpuCases())('patchify on $name', (gpuCase) => {
  it.each(CASES)('$C channels, patch $patch, grid $grid', async ({ C, patch, grid }) => {
    const { ops } = await testGpu(gpuCase)
    const shape = [C, ...grid.map((size, axis) => size * patch[axis]!)]
    const rounded = uploadStorage(
      ops,
      randomFloats(
        shape.reduce((a, b) => a * b),
        1,
      ),
      shape,
      'rounded',
    )
    const latents = ops.upload(Float32Array.from(rounded.values), shape, 'f32', 'latents')
    const tokens = patchify(ops, latents, patch, 'tokens')
    expect(await ops.read(tokens)).toEqual(Float32Array.from(reference(rounded.values, C, patch, grid)))
    ops.release(rounded.tensor, latents, tokens)
  })

  it('refuses a size that does not divide', async () => {
    const { ops } = await testGpu(gpuCase)
    const latents = ops.upload(randomFloats(6, 1), [1, 1, 2, 3], 'f32', 'latents')
    expect(() => patchify(ops, latents, [1, 2, 2], 'tokens')).toThrow(
      'latents [1, 1, 2, 3] does not divide into patches of 1 × 2 × 2.',
    )
    ops.release(latents)
  })
})

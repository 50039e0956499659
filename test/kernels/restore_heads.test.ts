import { describe, expect, it } from 'vitest'
import { restoreHeads } from '../../src/gpu/kernels/restore_heads'
import { restoreHeads as reference } from '../reference/quantise_heads'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'

describe.each(gpuCases())('rows of heads from 8 bits on $name', (gpuCase) => {
  it.each([
    { rows: 3, count: 2, D: 8, heads: 2 },
    { rows: 7, count: 7, D: 256, heads: 2 },
  ])('$count rows of $D of $rows, $heads heads', async ({ rows, count, D, heads }) => {
    const { ops } = await testGpu(gpuCase)
    const codes = Int8Array.from(randomFloats(rows * D, 1), (value) => Math.round(127 * value))
    codes.set([-127, 127, 0, -1])
    const scales = randomFloats(rows * heads, 2).map(Math.abs)
    const cached = {
      codes: ops.upload(new Uint32Array(codes.buffer), [rows, D / 4], 'u32', 'codes'),
      scales: ops.upload(scales, [rows, heads], 'f32', 'scales'),
    }
    const y = restoreHeads(ops, cached, count, 'y')
    const expected = reference({ codes, scales }, D / heads).slice(0, count * D)
    expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(y, cached.codes, cached.scales)
  })
})

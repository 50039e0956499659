import { describe, expect, it } from 'vitest'
import { quantiseHeads } from '../../src/gpu/kernels/quantise_heads'
import { restoreHeads } from '../../src/gpu/kernels/restore_heads'
import * as reference from '../reference/quantise_heads'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('rows of heads in 8 bits on $name', (gpuCase) => {
  it.each([
    { L: 1, D: 8, heads: 2 },
    { L: 5, D: 96, heads: 4 },
    { L: 7, D: 256, heads: 2 },
  ])('$L rows of $D, $heads heads, come back within half a step', async ({ L, D, heads }) => {
    const { ops } = await testGpu(gpuCase)
    const headDim = D / heads
    const values = randomFloats(L * D, 1)
    values.fill(0, 0, headDim) // a head of zeros
    const x = uploadStorage(ops, values, [L, D], 'x')
    const cached = {
      codes: ops.create([L, D / 4], 'u32', 'codes'),
      scales: ops.create([L, heads], 'f32', 'scales'),
    }
    quantiseHeads(ops, x.tensor, cached, { from: 0, to: 0, count: L })
    const y = restoreHeads(ops, cached, L, 'y')
    const expected = reference.quantiseHeads(x.values, headDim)
    const codes = new Int8Array((await ops.readBytes(cached.codes)).buffer, 0, L * D)
    // A tie may go either way.
    expect(Math.max(...codes.map((code, i) => Math.abs(code - expected.codes[i]!)))).toBeLessThanOrEqual(1)
    expect(codes.filter((code, i) => code !== expected.codes[i]).length).toBeLessThan(0.01 * L * D + 1)
    const scales = await ops.read(cached.scales)
    expect(relativeError(scales, expected.scales)).toBeLessThan(1e-6)
    const back = await ops.read(y)
    expect(relativeError(back, reference.restoreHeads({ codes, scales }, headDim))).toBeLessThan(
      KERNEL_TOLERANCE[gpuCase.storage],
    )
    const worst = Array.from(back, (value, i) => {
      const step = scales[Math.floor(i / headDim)]!
      return Math.abs(value - x.values[i]!) - 0.51 * step - 1e-3 * Math.abs(value)
    })
    expect(Math.max(...worst)).toBeLessThanOrEqual(0)
    ops.release(x.tensor, y, cached.codes, cached.scales)
  })

  it('writes some rows into others, and leaves the rest', async () => {
    const { ops } = await testGpu(gpuCase)
    const [D, heads] = [24, 2]
    const x = uploadStorage(ops, randomFloats(5 * D, 3), [5, D], 'x')
    const cached = {
      codes: ops.upload(new Uint32Array(9 * 6), [9, 6], 'u32', 'codes'),
      scales: ops.upload(new Float32Array(9 * heads), [9, heads], 'f32', 'scales'),
    }
    quantiseHeads(ops, x.tensor, cached, { from: 2, to: 4, count: 3 })
    const y = restoreHeads(ops, cached, 9, 'y')
    const rows = await ops.read(y)
    const expected = reference.restoreHeads(
      reference.quantiseHeads(x.values.slice(2 * D, 5 * D), D / heads),
      D / heads,
    )
    expect(rows.slice(0, 4 * D).every((value) => value === 0)).toBe(true)
    expect(rows.slice(7 * D).every((value) => value === 0)).toBe(true)
    expect(relativeError(rows.slice(4 * D, 7 * D), expected)).toBeLessThan(0.01) // a tie may go either way
    ops.release(x.tensor, y, cached.codes, cached.scales)
  })
})

import { describe, expect, it } from 'vitest'
import { addBroadcast } from '../../src/gpu/kernels/add_broadcast'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'

describe.each(gpuCases())('add_broadcast on $name', (gpuCase) => {
  it.each([
    { rows: 1, period: 1 },
    { rows: 6, period: 63 },
    { rows: 2, period: 65 },
  ])('$rows rows of $period', async ({ rows, period }) => {
    const { ops } = await testGpu(gpuCase)
    const [dataA, dataB] = [randomFloats(rows * period, 1), randomFloats(period, 2)]
    const a = ops.upload(dataA, [rows, period], 'f32', 'a')
    const b = ops.upload(dataB, [period], 'f32', 'b')
    const y = addBroadcast(ops, a, b, 'y')
    expect(await ops.read(y)).toEqual(dataA.map((value, i) => value + dataB[i % period]!))
    ops.release(a, b, y)
  })
})

import { describe, expect, it } from 'vitest'
import { copyWindow, cropFrame } from '../../src/gpu/kernels/copy_window'
import { copyWindow as reference } from '../reference/copy_window'
import { gpuCases, testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(quickCases())('copy_window in bands on $name', (gpuCase) => {
  it('gives the same bits', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = uploadStorage(ops, randomFloats(40 * 13 * 9, 1), [40, 13, 9], 'x').tensor
    const run = async (limit: number): Promise<Float32Array> => {
      const y = uploadStorage(ops, randomFloats(50 * 20 * 9, 2), [50, 20, 9], 'y').tensor
      copyWindow({ ...ops, maxBindingBytes: limit }, x, { top: 3, left: 2, height: 35, width: 10 }, y, {
        top: 7,
        left: 9,
      })
      const read = await ops.read(y)
      ops.release(y)
      return read
    }
    expect(await run(32_000)).toEqual(await run(ops.maxBindingBytes))
    expect(() =>
      cropFrame({ ...ops, maxBindingBytes: 9_000 }, x, { top: 0, left: 0, height: 40, width: 1 }, 'y'),
    ).toThrow(/allows bindings of 9000/)
    ops.release(x)
  })
})

describe.each(gpuCases())('copy_window on $name', (gpuCase) => {
  it.each([
    {
      from: [5, 7],
      to: [4, 9],
      window: { top: 1, left: 2, height: 3, width: 4 },
      at: { top: 1, left: 5 },
      C: 3,
    },
    {
      from: [3, 3],
      to: [3, 3],
      window: { top: 0, left: 0, height: 3, width: 3 },
      at: { top: 0, left: 0 },
      C: 1,
    },
    {
      from: [9, 4],
      to: [20, 4],
      window: { top: 8, left: 0, height: 1, width: 4 },
      at: { top: 19, left: 0 },
      C: 33,
    },
  ])('$window.width×$window.height of $C channels', async ({ from, to, window, at, C }) => {
    const { ops } = await testGpu(gpuCase)
    const [fromH, fromW, toH, toW] = [...from, ...to] as [number, number, number, number]
    const x = uploadStorage(ops, randomFloats(fromH * fromW * C, 1), [fromH, fromW, C], 'x')
    const y = uploadStorage(ops, randomFloats(toH * toW * C, 2), [toH, toW, C], 'y')
    const expected = [...y.values]
    reference(
      { data: x.values, width: fromW, top: window.top, left: window.left },
      { data: expected, width: toW, ...at },
      window.height,
      window.width,
      C,
    )
    copyWindow(ops, x.tensor, window, y.tensor, at)
    expect([...(await ops.read(y.tensor))]).toEqual(expected)
    const cut = cropFrame(ops, y.tensor, { ...window, ...at }, 'cut')
    const original = cropFrame(ops, x.tensor, window, 'original')
    expect(await ops.read(cut)).toEqual(await ops.read(original))
    ops.release(x.tensor, y.tensor, cut, original)
  })

  it('refuses a window that sticks out', async () => {
    const { ops } = await testGpu(gpuCase)
    const { tensor } = uploadStorage(ops, randomFloats(12, 1), [2, 2, 3], 'x')
    expect(() => cropFrame(ops, tensor, { top: 1, left: 0, height: 2, width: 1 }, 'y')).toThrow(
      /is 2×2; there is no window of 1×2 at \(0, 1\)/,
    )
    ops.release(tensor)
  })
})

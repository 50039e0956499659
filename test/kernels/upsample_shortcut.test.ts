import { describe, expect, it } from 'vitest'
import { upsampleShortcut } from '../../src/gpu/kernels/upsample_shortcut'
import { duplicated } from '../reference/shortcuts'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { frameOf, uploadClip } from '../support/clips'
import { gpuCases, testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('upsample_shortcut on $name', (gpuCase) => {
  it.each([
    { C: 1, N: 1, time: 1, space: 2, H: 1, W: 1 },
    { C: 8, N: 8, time: 2, space: 2, H: 3, W: 5 },
    { C: 16, N: 8, time: 1, space: 2, H: 2, W: 7 },
    { C: 24, N: 12, time: 2, space: 2, H: 3, W: 3 },
    { C: 12, N: 3, time: 2, space: 2, H: 2, W: 3 },
    { C: 18, N: 4, time: 2, space: 3, H: 2, W: 2 },
  ])('$C channels to $N, frames ×$time, pixels ×$space', async ({ C, N, time, space, H, W }) => {
    const { ops } = await testGpu(gpuCase)
    const { tensors, clip } = uploadClip(ops, { C, T: 2, H, W }, 1)
    const expected = duplicated(clip, N, time, space)
    for (const [t, x] of tensors.entries()) {
      for (let i = 0; i < time; i++) {
        const base = uploadStorage(
          ops,
          randomFloats(H * W * space ** 2 * N, 50 + i),
          [H * space, W * space, N],
          'y',
        )
        upsampleShortcut(ops, x, base.tensor, { time, space, i })
        const sum = frameOf(expected, t * time + i).map((value, at) => value + base.values[at]!)
        expect(relativeError(await ops.read(base.tensor), sum)).toBeLessThan(
          KERNEL_TOLERANCE[gpuCase.storage],
        )
        ops.release(base.tensor)
      }
    }
    ops.release(...tensors)
  })

  it('refuses what does not divide', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = uploadStorage(ops, randomFloats(3 * 2 * 5, 1), [3, 2, 5], 'x').tensor
    const y = ops.create([6, 4, 3], ops.storage, 'y')
    expect(() => upsampleShortcut(ops, x, y, { time: 1, space: 2, i: 0 })).toThrow(/no multiple of 5/)
    ops.release(x, y)
  })
})

describe.each(quickCases())('upsample_shortcut in bands on $name', (gpuCase) => {
  it('gives the same bits', async () => {
    const { ops } = await testGpu(gpuCase)
    const [H, W, C] = [32, 16, 16]
    const x = uploadStorage(ops, randomFloats(H * W * C, 1), [H, W, C], 'x').tensor
    const run = async (limit: number): Promise<Float32Array> => {
      const y = uploadStorage(ops, randomFloats(4 * H * W * 8, 2), [2 * H, 2 * W, 8], 'y').tensor
      upsampleShortcut({ ...ops, maxBindingBytes: limit }, x, y, { time: 1, space: 2, i: 0 })
      const read = await ops.read(y)
      ops.release(y)
      return read
    }
    expect(await run(9000)).toEqual(await run(ops.maxBindingBytes))
    ops.release(x)
  })
})

import { describe, expect, it } from 'vitest'
import { downsampleShortcut } from '../../src/gpu/kernels/downsample_shortcut'
import type { Tensor } from '../../src/gpu/tensor'
import { averaged } from '../reference/shortcuts'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { frameOf, uploadClip } from '../support/clips'
import { gpuCases, testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('downsample_shortcut on $name', (gpuCase) => {
  it.each([
    { C: 1, N: 1, time: 1, space: 2, T: 2, H: 2, W: 2 },
    { C: 8, N: 8, time: 1, space: 2, T: 1, H: 6, W: 4 },
    { C: 8, N: 16, time: 2, space: 2, T: 4, H: 4, W: 6 },
    { C: 6, N: 6, time: 2, space: 2, T: 3, H: 2, W: 4 },
    { C: 4, N: 12, time: 2, space: 3, T: 1, H: 3, W: 6 },
    { C: 5, N: 5, time: 1, space: 1, T: 2, H: 3, W: 3 },
  ])('$C channels to $N, $T frames by $time, pixels by $space', async ({ C, N, time, space, T, H, W }) => {
    const { ops } = await testGpu(gpuCase)
    const { tensors, clip } = uploadClip(ops, { C, T, H, W }, 1)
    const expected = averaged(clip, N, time, space)
    const lead = (time - (T % time)) % time
    let sum: Tensor | undefined
    for (const [t, x] of tensors.entries()) {
      const i = (t + lead) % time
      sum = downsampleShortcut(ops, x, N, { time, space, i }, 'y', sum)
      if (i < time - 1) continue
      expect(
        relativeError(await ops.read(sum), frameOf(expected, Math.floor((t + lead) / time))),
      ).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
      ops.release(sum)
      sum = undefined
    }
    ops.release(...tensors)
  })

  it('refuses what does not divide', async () => {
    const { ops } = await testGpu(gpuCase)
    const x = uploadStorage(ops, randomFloats(3 * 2 * 5, 1), [3, 2, 5], 'x').tensor
    expect(() => downsampleShortcut(ops, x, 5, { time: 1, space: 2, i: 0 }, 'y')).toThrow(/must divide/)
    ops.release(x)
  })
})

describe.each(quickCases())('downsample_shortcut in bands on $name', (gpuCase) => {
  it('gives the same bits', async () => {
    const { ops } = await testGpu(gpuCase)
    const [H, W, C] = [32, 16, 16]
    const x = uploadStorage(ops, randomFloats(H * W * C, 1), [H, W, C], 'x').tensor
    const run = async (limit: number): Promise<Float32Array> => {
      const shape = { time: 2, space: 2, i: 1 }
      const y = downsampleShortcut({ ...ops, maxBindingBytes: limit }, x, 32, shape, 'y')
      const read = await ops.read(y)
      ops.release(y)
      return read
    }
    expect(await run(9000)).toEqual(await run(ops.maxBindingBytes))
    ops.release(x)
  })
})

import { describe, expect, it } from 'vitest'
import { depthwiseConv, uploadDepthwise } from '../../src/gpu/kernels/depthwise_conv'
import { depthwiseConv as reference } from '../reference/depthwise_conv'
import { KERNEL_TOLERANCE, relativeError } from '../support/error'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

interface Case {
  readonly H: number
  readonly W: number
  readonly C: number
  readonly kernel: number
  readonly past: boolean
  readonly inBands?: boolean
}

const CASES: readonly Case[] = [
  { H: 1, W: 1, C: 1, kernel: 7, past: true },
  { H: 5, W: 7, C: 3, kernel: 7, past: true },
  { H: 5, W: 7, C: 3, kernel: 7, past: false },
  { H: 8, W: 12, C: 32, kernel: 3, past: true },
  { H: 9, W: 10, C: 8, kernel: 5, past: true },
  { H: 3, W: 33, C: 5, kernel: 7, past: true },
  { H: 32, W: 8, C: 16, kernel: 7, past: true, inBands: true },
]

describe.each(gpuCases())('depthwise_conv on $name', (gpuCase) => {
  it.each(CASES)('$H×$W of $C channels, kernel $kernel, frame before $past', async (c) => {
    const { ops } = await testGpu(gpuCase)
    const { H, W, C, kernel } = c
    const current = uploadStorage(ops, randomFloats(H * W * C, 1), [H, W, C], 'current')
    const previous = c.past
      ? uploadStorage(ops, randomFloats(H * W * C, 2), [H, W, C], 'previous')
      : undefined
    const values = randomFloats(2 * C * kernel ** 2, 3)
    const weight = uploadDepthwise(ops, values, 2 * C, 'weight')
    const used = c.inBands ? { ...ops, maxBindingBytes: current.tensor.byteLength } : ops
    const y = depthwiseConv(used, weight, current.tensor, previous?.tensor, 'y')
    const expected = reference([H, W, C], kernel, current.values, previous?.values, values)
    expect(relativeError(await ops.read(y), expected)).toBeLessThan(KERNEL_TOLERANCE[gpuCase.storage])
    ops.release(current.tensor, ...(previous ? [previous.tensor] : []), weight, y)
  })
})

import { describe, expect, it } from 'vitest'
import { frameToRgba } from '../../src/gpu/kernels/frame_to_rgba'
import { frameToRgba as reference } from '../reference/frame_to_rgba'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('frame_to_rgba on $name', (gpuCase) => {
  it.each([
    { H: 1, W: 1 },
    { H: 7, W: 9 },
    { H: 8, W: 8 },
    { H: 5, W: 13 },
  ])('$H×$W', async ({ H, W }) => {
    const { ops } = await testGpu(gpuCase)
    // Beyond both ends too, but no value so near a rounding edge that f32 and f64 could fall on different sides.
    const values = randomFloats(H * W * 3, 1).map((value) => (Math.round(1.2 * value * 1275) + 0.3) / 1275)
    const frame = uploadStorage(ops, values, [H, W, 3], 'frame')
    const rgba = frameToRgba(ops, frame.tensor, 'rgba')
    const actual = await ops.readBytes(rgba)
    const expected = reference(frame.values)
    const worst = expected.reduce((most, byte, i) => Math.max(most, Math.abs(byte - actual[i]!)), 0)
    expect(worst).toBe(0)
    ops.release(frame.tensor, rgba)
  })

  it('maps -1 to 0, 0 to 128, 1 to 255 and clamps', async () => {
    const { ops } = await testGpu(gpuCase)
    const frame = uploadStorage(ops, Float32Array.of(-1, 0, 1, -7, 0.5, 7), [1, 2, 3], 'frame')
    const rgba = frameToRgba(ops, frame.tensor, 'rgba')
    expect([...(await ops.readBytes(rgba))]).toEqual([0, 128, 255, 255, 0, 191, 255, 255])
    ops.release(frame.tensor, rgba)
  })
})

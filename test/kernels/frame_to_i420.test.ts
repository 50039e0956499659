import { describe, expect, it } from 'vitest'
import { frameToI420 } from '../../src/gpu/kernels/frame_to_i420'
import { frameToI420 as reference } from '../reference/frame_to_i420'
import { frameToRgba } from '../reference/frame_to_rgba'
import { gpuCases, testGpu } from '../support/gpu'
import { randomFloats } from '../support/random'
import { rgbaToI420 } from '../support/rgba-to-i420'
import { uploadStorage } from '../support/tensors'

describe.each(gpuCases())('frame_to_i420 on $name', (gpuCase) => {
  it.each([
    { H: 2, W: 2 },
    { H: 6, W: 10 },
    { H: 8, W: 8 },
    { H: 10, W: 26 },
    { H: 16, W: 32 },
  ])('$H×$W', async ({ H, W }) => {
    const { ops } = await testGpu(gpuCase)
    // Beyond both ends too.
    const frame = uploadStorage(
      ops,
      randomFloats(H * W * 3, 1).map((value) => 1.2 * value),
      [H, W, 3],
      'frame',
    )
    const i420 = frameToI420(ops, frame.tensor, 'i420')
    const actual = await ops.readBytes(i420)
    const expected = reference(frame.values, H, W)
    const distances = [...expected].map((value, i) => Math.abs(value - actual[i]!))
    expect(Math.max(...distances)).toBeLessThan(0.5001) // each the nearest byte
    expect([...actual.subarray(expected.length)].every((byte) => byte === 0)).toBe(true)
    // A picture that is rounded to RGBA on the way ends at most one level away.
    const byRgba = rgbaToI420(frameToRgba(frame.values), W, H)
    expect(Math.max(...byRgba.map((byte, i) => Math.abs(byte - actual[i]!)))).toBeLessThanOrEqual(1)
    ops.release(frame.tensor, i420)
  })

  // BT.709, 8 bits, limited range (ITU-R BT.709-6, table 3).
  it.each([
    ['black', [-1, -1, -1], 16, 128, 128],
    ['white', [1, 1, 1], 235, 128, 128],
    ['red', [1, -1, -1], 63, 102, 240],
    ['green', [-1, 1, -1], 173, 42, 26],
    ['blue', [-1, -1, 1], 32, 240, 118],
    ['more than white', [7, 7, 7], 235, 128, 128],
  ] as const)('%s', async (_name, pixel, y, u, v) => {
    const { ops } = await testGpu(gpuCase)
    const four = Float32Array.from([pixel, pixel, pixel, pixel].flat())
    const frame = uploadStorage(ops, four, [2, 2, 3], 'frame')
    const i420 = frameToI420(ops, frame.tensor, 'i420')
    expect([...(await ops.readBytes(i420))]).toEqual([y, y, y, y, u, v, 0, 0])
    ops.release(frame.tensor, i420)
  })

  it.each([NaN, Infinity, -Infinity])('marks a pixel with %s, and no other', async (wrong) => {
    const { ops } = await testGpu(gpuCase)
    const [H, W] = [4, 8]
    for (const at of [0, 40, 3 * H * W - 1]) {
      const values = randomFloats(H * W * 3, 3).map((value) => 3 * value)
      values[at] = wrong
      const frame = uploadStorage(ops, values, [H, W, 3], 'frame')
      const i420 = frameToI420(ops, frame.tensor, 'i420')
      const luma = (await ops.readBytes(i420)).subarray(0, H * W)
      const marked = [...luma.keys()].filter((i) => luma[i] === 0)
      expect(marked).toEqual([Math.floor(at / 3)])
      expect(reference(frame.values, H, W)[Math.floor(at / 3)]).toBe(0)
      ops.release(frame.tensor, i420)
    }
  })

  it('keeps each pixel its brightness and gives four one colour', async () => {
    const { ops } = await testGpu(gpuCase)
    const frame = uploadStorage(
      ops,
      Float32Array.of(-1, -1, -1, 1, 1, 1, 1, 1, 1, -1, -1, -1),
      [2, 2, 3],
      'frame',
    )
    const i420 = frameToI420(ops, frame.tensor, 'i420')
    expect([...(await ops.readBytes(i420))]).toEqual([16, 235, 235, 16, 128, 128, 0, 0])
    ops.release(frame.tensor, i420)
  })

  it('refuses odd sides', async () => {
    const { ops } = await testGpu(gpuCase)
    const frame = ops.create([3, 4, 3], ops.storage, 'frame')
    expect(() => frameToI420(ops, frame, 'i420')).toThrow('frame is 4×3; a video shares its colours')
    ops.release(frame)
  })
})

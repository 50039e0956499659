import { describe, expect, it } from 'vitest'
import { maskChannels, maskedFrame, maskFrame } from '../../../src/models/vace/masked-frames'
import { openGolden } from '../../support/golden'

describe("VACE's mask", () => {
  it('is looked at in the official frames, for every length', async () => {
    const golden = await openGolden('vace_context.golden')
    const [count = 0, width = 0] = golden.tensors.get('mask_frames')!.shape
    const numbers = new Int32Array((await golden.bytes('mask_frames')).buffer)
    expect(count).toBeGreaterThan(10)
    for (let row = 0; row < count; row++) {
      const [F = 0, ...frames] = numbers.subarray(row * width, (row + 1) * width)
      const T = Math.floor((F + 3) / 4)
      expect(
        Array.from({ length: T }, (_, t) => maskFrame(t, F, T)),
        `${F} frames`,
      ).toEqual(frames.slice(0, T))
    }
  })

  it('parts a frame at a half, and gives its own values to the channels', () => {
    const rgb = Uint8Array.from([0, 0, 0, 255, 255, 255, 255, 0, 255, 0, 255, 0])
    const mask = Uint8Array.from([127, 128, 0, 255])
    expect([...maskedFrame(rgb, mask, 'inactive')]).toEqual([-1, -1, -1, 0, 0, 0, 1, -1, 1, 0, 0, 0])
    expect([...maskedFrame(rgb, mask, 'reactive')]).toEqual([0, 0, 0, 1, 1, 1, 0, 0, 0, -1, 1, -1])
    expect([...maskedFrame(rgb, undefined, 'inactive')]).toEqual(Array.from({ length: 12 }, () => 0))
    const grid = { T: 1, h: 1, w: 1, cell: 2 }
    expect([...maskChannels([mask], grid)]).toEqual([...mask].map((byte) => Math.fround(byte / 255)))
    expect([...maskChannels(undefined, grid)]).toEqual([1, 1, 1, 1])
  })
})

// Frames, sizes and pixels of a video as VACE's own code chooses them.
import { describe, expect, it } from 'vitest'
import { coverer } from '../../../../src/media/control/cover'
import {
  endFrames,
  framesAtRate,
  spreadFrames,
  type FrameTimes,
} from '../../../../src/media/control/frame-choice'
import { sizeForVideo } from '../../../../src/protocol/picture-size'
import { letterboxed } from '../../../../src/media/control/letterbox'
import { compare, goldenMetadata, openGolden } from '../../../support/golden'

async function table(name: string): Promise<{ columns: string[]; rows: number[][] }> {
  const golden = await openGolden('image_sizes.golden')
  const columns = (goldenMetadata(golden)['columns'] as Record<string, string[]>)[name]!
  const [count = 0, width = 0] = golden.tensors.get(name)!.shape
  const numbers = new Int32Array((await golden.bytes(name)).buffer)
  return {
    columns,
    rows: Array.from({ length: count }, (_, row) => [...numbers.subarray(row * width, (row + 1) * width)]),
  }
}

const timesOf = (frames: number, fps: number): FrameTimes => ({
  starts: Array.from({ length: frames }, (_, k) => k / fps),
  ends: Array.from({ length: frames }, (_, k) => (k + 1) / fps),
})

describe('a video', () => {
  it('gives the official size and number of frames, in every row', async () => {
    const { rows } = await table('vace_video_size')
    expect(rows.length).toBeGreaterThan(50)
    let checked = 0
    for (const [width, height, frames, , area, tokens, outWidth, outHeight, numFrames] of rows) {
      if (outWidth === 0) continue
      checked++
      expect(
        sizeForVideo({ width: width!, height: height!, frames: frames! }, area!, tokens!),
        `${width}×${height}, ${frames} frames, area ${area}`,
      ).toEqual({ width: outWidth, height: outHeight, numFrames })
    }
    expect(checked).toBeGreaterThan(50)
  })

  it('gives the official frames, in every row', async () => {
    const { rows } = await table('vace_frame_ids')
    expect(rows.length).toBeGreaterThan(5)
    for (const [frames, fps, count, , ...ids] of rows)
      expect(
        spreadFrames(timesOf(frames!, fps!), count!),
        `${count} of ${frames} frames at ${fps} fps`,
      ).toEqual(ids.filter((id) => id >= 0))
  })

  it('gives its first or last frames at another rate', () => {
    const times = timesOf(48, 24) // two seconds
    expect(framesAtRate(times, 12)).toBe(24)
    expect(endFrames(times, 3, 10, 'first')).toEqual([0, 2, 4])
    expect(endFrames(times, 3, 12, 'last')).toEqual([43, 45, 47])
    // Longer than the video: the frame at its end is repeated.
    expect(endFrames(timesOf(2, 10), 4, 10, 'last')).toEqual([0, 0, 0, 1])
  })

  it('is covered by the official pixels but for a level', async () => {
    const golden = await openGolden('vace_context.golden')
    for (const name of ['resize', 'resize_down']) {
      const [F = 0, height = 0, width = 0] = golden.tensors.get(`${name}.source`)!.shape
      const [, , H = 0, W = 0] = golden.tensors.get(`${name}.expected`)!.shape
      const bytes = await golden.bytes(`${name}.source`)
      const expected = await golden.floats(`${name}.expected`) // [3, F, H, W] in [−1, 1]
      const cover = coverer({ width, height }, { width: W, height: H })
      for (let f = 0; f < F; f++) {
        const frame = cover(bytes.subarray(f * height * width * 3, (f + 1) * height * width * 3))
        const levels = frame.map((byte, i) => {
          const value = expected[((i % 3) * F + f) * H * W + Math.floor(i / 3)]!
          return Math.abs(byte - (value * 127.5 + 127.5)) // in levels, rounded into a byte
        })
        expect(Math.max(...levels), name).toBeLessThanOrEqual(1)
      }
    }
  })
})

describe('a reference picture', () => {
  it.each([0, 1])('is the official canvas: %i', async (k) => {
    const golden = await openGolden('vace_context.golden')
    const [height = 0, width = 0] = golden.tensors.get(`reference.${k}`)!.shape
    const [, , H = 0, W = 0] = golden.tensors.get(`tap.references.canvas.${k}`)!.shape
    const canvas = letterboxed(
      { width, height, rgb: await golden.bytes(`reference.${k}`) },
      { width: W, height: H },
    )
    const expected = await golden.floats(`tap.references.canvas.${k}`)
    const official = canvas.map((_, i) => expected[(i % 3) * H * W + Math.floor(i / 3)]!)
    expect(compare(`canvas ${k}`, canvas, official).relError).toBeLessThanOrEqual(1e-6)
  })
})

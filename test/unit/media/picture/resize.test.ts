// Resizing against the bytes and floats of the official pipelines.
import { describe, expect, it } from 'vitest'
import { resizeBicubic } from '../../../../src/media/picture/bicubic'
import { resizeLanczos } from '../../../../src/media/picture/lanczos'
import { coveringFrame, cropToCover, stretchedFrame, toFloats } from '../../../../src/media/picture/pixels'
import type { WeightFile } from '../../../../src/weights/weight-file'
import { compare, openGolden } from '../../../support/golden'

async function picture(golden: WeightFile, name: string) {
  const [height = 0, width = 0] = golden.tensors.get(name)!.shape
  return { width, height, rgb: await golden.bytes(name) }
}

/** [3, F, H, W] → the frame `f` as [H, W, 3]. */
function channelsLast(values: Float32Array, frames: number, f: number): Float32Array {
  const pixels = values.length / 3 / frames
  return Float32Array.from(
    { length: 3 * pixels },
    (_, i) => values[((i % 3) * frames + f) * pixels + Math.floor(i / 3)]!,
  )
}

describe('Lanczos', () => {
  it("gives Pillow's bytes", async () => {
    const golden = await openGolden('ti2v_pipeline_tiny.golden')
    const [image, resized] = [await picture(golden, 'i2v.image'), await picture(golden, 'i2v.resized')]
    expect(resizeLanczos(image.rgb, image, resized)).toEqual(resized.rgb)
  })

  it('keeps a picture that has the size, and an even one even', () => {
    const rgb = Uint8Array.from({ length: 5 * 4 * 3 }, (_, i) => (i * 37) % 256)
    expect(resizeLanczos(rgb, { width: 5, height: 4 }, { width: 5, height: 4 })).toBe(rgb)
    const grey = new Uint8Array(7 * 9 * 3).fill(77)
    expect(resizeLanczos(grey, { width: 7, height: 9 }, { width: 20, height: 3 })).toEqual(
      new Uint8Array(20 * 3 * 3).fill(77),
    )
  })
})

describe('a picture for TI2V', () => {
  it('has the official bytes and floats', async () => {
    const golden = await openGolden('ti2v_pipeline_tiny.golden')
    const [image, cropped] = [await picture(golden, 'i2v.image'), await picture(golden, 'i2v.cropped')]
    expect(cropToCover(image, cropped)).toEqual(cropped.rgb)
    expect(coveringFrame(image, cropped)).toEqual(channelsLast(await golden.floats('i2v.pixels'), 1, 0))
  })
})

describe('a picture for the 36-channel models', () => {
  it.each([
    { given: 'first', of: 'i2v', frames: 1, f: 0 },
    { given: 'first', of: 'flf', frames: 2, f: 0 },
    { given: 'last', of: 'flf', frames: 2, f: 1 },
  ])('has the official floats: $given of $of', async ({ given, of, frames, f }) => {
    const golden = await openGolden('i2v_pipeline_tiny.golden')
    const image = await picture(golden, given)
    const [, , height = 0, width = 0] = golden.tensors.get(`${of}.condition_video`)!.shape
    const expected = channelsLast(await golden.floats(`${of}.condition_video`), frames, f)
    const actual = resizeBicubic(toFloats(image.rgb), image, { width, height })
    expect(compare('stretched', actual, expected).maxError).toBeLessThan(2e-6)
  })

  it('is brought down by Lanczos where it shrinks, and stretched where it grows', () => {
    // Stripes of one pixel: without antialiasing they would stay stripes.
    const rgb = Uint8Array.from({ length: 64 * 4 * 3 }, (_, i) => (Math.floor(i / 3) % 2 === 0 ? 0 : 255))
    const small = stretchedFrame({ width: 64, height: 4, rgb }, { width: 8, height: 8 })
    expect(small).toHaveLength(8 * 8 * 3)
    for (const value of small) expect(Math.abs(value)).toBeLessThan(0.1)
  })
})

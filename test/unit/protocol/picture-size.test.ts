// The official tables of sizes and crops.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  coverCrop,
  pictureSize,
  shownPart,
  sizeForPicture,
  sizeForStretched,
} from '../../../src/protocol/picture-size'
import { goldenMetadata, openGolden } from '../../support/golden'

/** Rows of a table, by the names of its columns. */
async function rowsOf(table: string): Promise<Record<string, number>[]> {
  const golden = await openGolden('image_sizes.golden')
  const columns = (goldenMetadata(golden)['columns'] as Record<string, string[]>)[table]!
  const [count = 0, width = 0] = golden.tensors.get(table)!.shape
  const numbers = new Int32Array((await golden.bytes(table)).buffer)
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(columns.map((name, i) => [name, numbers[row * width + i]!])),
  )
}

describe('the size of video for a picture', () => {
  it("is the official one's of TI2V, with its crop, in every row", async () => {
    const rows = await rowsOf('best_output_size')
    expect(rows.length).toBeGreaterThan(100)
    for (const row of rows) {
      const [picture, unit] = [
        { width: row['width']!, height: row['height']! },
        { width: row['dw']!, height: row['dh']! },
      ]
      const find = () => sizeForPicture(picture, row['area']!, unit)
      if (row['out width'] === 0) {
        expect(find, JSON.stringify(row)).toThrow(/too long for a video of/)
        continue
      }
      const size = find()
      expect(size, JSON.stringify(row)).toEqual({ width: row['out width'], height: row['out height'] })
      expect(coverCrop(picture, size), JSON.stringify(row)).toEqual({
        resized: { width: row['resized width'], height: row['resized height'] },
        left: row['crop x'],
        top: row['crop y'],
      })
    }
  })

  it("is the official one's of the 36-channel models, in every row", async () => {
    const rows = await rowsOf('i2v_latent_size')
    expect(rows.length).toBeGreaterThan(100)
    for (const row of rows) {
      const size = sizeForStretched({ width: row['width']!, height: row['height']! }, row['area']!, {
        width: 16,
        height: 16,
      })
      expect(size, JSON.stringify(row)).toEqual({
        width: 8 * row['latent width']!,
        height: 8 * row['latent height']!,
      })
    }
  })
})

describe('a cover crop', () => {
  it('stays inside the picture and covers the size', () => {
    const side = fc.integer({ min: 1, max: 9000 })
    fc.assert(
      fc.property(side, side, side, side, (width, height, toWidth, toHeight) => {
        const [picture, size] = [
          { width, height },
          { width: toWidth, height: toHeight },
        ]
        const { resized, left, top } = coverCrop(picture, size)
        expect(left).toBeGreaterThanOrEqual(0)
        expect(top).toBeGreaterThanOrEqual(0)
        expect(left + toWidth).toBeLessThanOrEqual(resized.width)
        expect(top + toHeight).toBeLessThanOrEqual(resized.height)
        const part = shownPart(picture, size, 'cover', { width: 1, height: 1 })
        expect(part.left + part.width).toBeLessThanOrEqual(width + 1e-6)
        expect(part.top + part.height).toBeLessThanOrEqual(height + 1e-6)
      }),
    )
  })
})

describe('what a clip shows of its picture', () => {
  const unit = { width: 16, height: 16 }
  const [picture, wide] = [
    { width: 300, height: 400 },
    { width: 150, height: 100 },
  ]

  it('is the middle that covers the size', () => {
    for (const fit of ['cover', 'control', 'stretch'] as const)
      expect(shownPart(picture, wide, fit, unit)).toEqual({ left: 0, top: 100, width: 300, height: 200 })
    expect(shownPart(picture, { width: 96, height: 128 }, 'cover', unit)).toEqual({
      left: 0,
      top: 0,
      ...picture,
    })
  })

  it('is all of it where the model stretches it by less than a patch', () => {
    const nearly = { width: 96, height: 112 }
    expect(shownPart({ width: 96, height: 120 }, nearly, 'stretch', unit)).toMatchObject({
      top: 0,
      height: 120,
    })
    expect(shownPart({ width: 96, height: 120 }, nearly, 'cover', unit)).toMatchObject({
      top: 4,
      height: 112,
    })
  })
})

it('the size for a picture follows the rule of the model', () => {
  const [picture, usual, unit] = [
    { width: 300, height: 400 },
    { width: 832, height: 480, numFrames: 81 },
    { width: 16, height: 16 },
  ]
  expect(pictureSize(picture, 'cover', usual, unit)).toEqual(sizeForPicture(picture, 832 * 480, unit))
  expect(pictureSize(picture, 'stretch', usual, unit)).toEqual(sizeForStretched(picture, 832 * 480, unit))
  expect(pictureSize(picture, 'control', usual, unit)).toEqual({ width: 288, height: 384 }) // never larger
})

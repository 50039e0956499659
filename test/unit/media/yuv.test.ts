import { expect, it } from 'vitest'
import { meanLevelRgba } from '../../../src/media/first-frame'
import { i420Size, meanLevel } from '../../../src/media/yuv'
import { rgbaToI420 } from '../../support/rgba-to-i420'

it('takes one and a half bytes a pixel', () => {
  expect(i420Size(6, 10)).toBe(90)
  expect(rgbaToI420(new Uint8Array(240), 6, 10)).toHaveLength(90)
})

it.each([
  ['black', [0, 0, 0]],
  ['white', [255, 255, 255]],
  ['red', [255, 0, 0]],
  ['green', [0, 255, 0]],
  ['blue', [0, 0, 255]],
  ['a brown', [120, 70, 20]],
] as const)('has the brightness of the picture: %s', (_name, pixel) => {
  const rgba = Uint8Array.from({ length: 4 * 8 * 6 }, (_, i) => (i % 4 === 3 ? 255 : pixel[i % 4]!))
  expect(Math.abs(meanLevel(rgbaToI420(rgba, 8, 6), 8, 6) - meanLevelRgba(rgba))).toBeLessThan(1)
})

it('has the brightness of a picture of many colours', () => {
  const rgba = Uint8Array.from({ length: 4 * 16 * 8 }, (_, i) => (i * 73) % 256)
  expect(Math.abs(meanLevel(rgbaToI420(rgba, 16, 8), 16, 8) - meanLevelRgba(rgba))).toBeLessThan(1)
})

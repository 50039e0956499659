import { expect, it } from 'vitest'
import { i420Size, toI420 } from '../../../src/media/yuv'

function planesOf(pixels: readonly (readonly [number, number, number])[]): {
  y: number[]
  u: number
  v: number
} {
  const out = new Uint8Array(i420Size(2, 2))
  toI420(Uint8Array.from(pixels.flatMap((pixel) => [...pixel, 255])), 2, 2, out)
  return { y: [...out.subarray(0, 4)], u: out[4] ?? -1, v: out[5] ?? -1 }
}

const four = (pixel: readonly [number, number, number]) => [pixel, pixel, pixel, pixel] as const

// BT.709, 8 bits, limited range (ITU-R BT.709-6, table 3).
it.each([
  ['black', [0, 0, 0], 16, 128, 128],
  ['white', [255, 255, 255], 235, 128, 128],
  ['red', [255, 0, 0], 63, 102, 240],
  ['green', [0, 255, 0], 173, 42, 26],
  ['blue', [0, 0, 255], 32, 240, 118],
] as const)('%s', (_name, pixel, y, u, v) => {
  expect(planesOf(four(pixel))).toEqual({ y: [y, y, y, y], u, v })
})

it('keeps each pixel its brightness and gives four one colour', () => {
  const { y, u, v } = planesOf([
    [0, 0, 0],
    [255, 255, 255],
    [255, 255, 255],
    [0, 0, 0],
  ])
  expect(y).toEqual([16, 235, 235, 16])
  expect([u, v]).toEqual([128, 128])
})

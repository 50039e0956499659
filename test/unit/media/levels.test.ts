import { expect, it } from 'vitest'
import { levelOf } from '../../../src/media/levels'

const at = (width: number, height: number, fps: number) => ({ width, height, fps })

// ITU-T H.264, table A-1, worked by hand: macroblocks of a frame, of a second.
it.each([
  [64, 64, 16, '28'],
  [832, 480, 16, '28'], // 52 × 30 = 1,560
  [1920, 1088, 30, '28'], // 8,160, and 244,800 of 245,760
  [1920, 1088, 31, '2a'], // 252,960 a second
  [1664, 960, 16, '28'], // 6,240
  [2048, 1088, 16, '2a'], // 8,704 of 8,704
  [3328, 1920, 16, '33'], // 24,960 of 36,864
  [2496, 1440, 16, '32'], // 156 × 90 = 14,040 of 22,080
  [5120, 2816, 24, '3c'], // 56,320, and 1,351,680 a second
  [8192, 4352, 30, '3c'], // 139,264 of 139,264, and 4,177,920 of 4,177,920
  [8192, 4353, 30, undefined],
  [17_000, 16, 1, undefined], // a side of at most 1,055 macroblocks
] as const)('of H.264 for %i×%i at %i frames a second', (width, height, fps, level) => {
  expect(levelOf('avc', at(width, height, fps), 0)).toBe(level)
})

it('of H.264 heeds the bit rate', () => {
  expect(levelOf('avc', at(832, 480, 16), 20e6)).toBe('28')
  expect(levelOf('avc', at(832, 480, 16), 20e6 + 1)).toBe('29')
  expect(levelOf('avc', at(832, 480, 16), 1e9)).toBeUndefined()
})

it('of VP9 and AV1 follows size, sides and rate', () => {
  expect(levelOf('vp9', at(832, 480, 16), 1e9)).toBe('40')
  expect(levelOf('vp9', at(3328, 1920, 16), 1e9)).toBe('50')
  expect(levelOf('vp9', at(5120, 2816, 24), 1e9)).toBe('60')
  expect(levelOf('vp9', at(16_834, 2, 1), 1e9)).toBeUndefined()
  expect(levelOf('av1', at(832, 480, 16), 1e9)).toBe('08')
  expect(levelOf('av1', at(3328, 1920, 16), 1e9)).toBe('12')
  expect(levelOf('av1', at(480, 3458, 16), 1e9)).toBe('12') // taller than 3,456
  expect(levelOf('av1', at(5120, 2816, 24), 1e9)).toBe('16')
})

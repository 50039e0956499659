import { expect, it } from 'vitest'
import { judged, judgedBytes, relativeError } from '../../../src/engine/check/compare'
import { benchLine, reportOf, worstOf } from '../../../src/ui/check/check-report'
import { roomOf } from '../../../src/ui/room'

const gpu = { adapter: 'Test GPU', storage: 'f32', features: ['subgroups'], teraflops: 1.234 } as const
const good = judged('linear f16, 64', 1.25e-6, 'kernel', 'f32')
const bad = judged('attention, tile', 0.5, 'kernel', 'f32')
const result = { gpu, app: '0.6.0', browser: 'A browser' }

it('says the largest error, or what is wrong, in one line', () => {
  expect(benchLine({ ...result, lines: [good, { ...good, relError: 3e-7 }] })).toBe(
    'Zoetrope 0.6.0 · Test GPU · 1.2 TFLOP/s in f32 · 2 checks, right to 1.3e-6',
  )
  expect(benchLine({ ...result, lines: [good, bad] })).toContain('2 checks, wrong: attention, tile')
})

it('lists every comparison with its bound, and why one has no result', () => {
  const lost = { ...bad, relError: NaN, problem: 'The shader did not compile.' }
  expect(
    reportOf({ ...result, lines: [good, lost] })
      .split('\n')
      .slice(1),
  ).toEqual([
    'A browser',
    'features: subgroups',
    'right  linear f16, 64  1.3e-6 (at most 3.0e-5)',
    'WRONG  attention, tile  NaN (at most 3.0e-5)  The shader did not compile.',
  ])
})

it('takes nothing that is not a number for right', () => {
  expect(judged('x', relativeError([1, NaN], [1, 2]), 'network', 'f16').isRight).toBe(false)
  expect(worstOf([good, { ...good, relError: NaN }])).toBeNaN()
  expect(judgedBytes('x', [1, NaN], [1, 2], 'f32').isRight).toBe(false)
  expect(judgedBytes('x', [1, 2], [1.5, 2], 'f32').isRight).toBe(true)
  expect(judgedBytes('x', [1, 3], [1.5, 2], 'f32').isRight).toBe(false)
})

it('is a room of its own', () => {
  expect(['#/check', '#check', '#/gallery', '#', '#/checks'].map(roomOf)).toEqual([
    'check',
    'check',
    'gallery',
    'create',
    'create',
  ])
})

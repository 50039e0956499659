import { expect, it } from 'vitest'
import { countPoints, failAt, pointsOf } from './plan'

it('points are counted by class, and tried at both ends and between', () => {
  const plan = countPoints()
  for (const name of ['a', 'b', 'a', 'a', 'a', 'a']) expect(plan.reach(name)).toBe(false)
  expect([...plan.counts]).toEqual([
    ['a', 5],
    ['b', 1],
  ])
  expect(pointsOf(plan.counts)).toHaveLength(6)
  expect(pointsOf(plan.counts, 3)).toEqual([
    { class: 'a', nth: 0 },
    { class: 'a', nth: 2 },
    { class: 'a', nth: 4 },
    { class: 'b', nth: 0 },
  ])
  expect(pointsOf(plan.counts, 1)[0]).toEqual({ class: 'a', nth: 2 })
})

it('one point fails, or as many in a row as are wanted', () => {
  const once = failAt({ class: 'a', nth: 1 })
  expect(['a', 'b', 'a', 'a'].map((name) => once.reach(name))).toEqual([false, false, true, false])
  expect(once.happened).toBe(true)
  const twice = failAt({ class: 'a', nth: 0 }, 2)
  expect(twice.happened).toBe(false)
  expect(['a', 'a', 'a'].map((name) => twice.reach(name))).toEqual([true, true, false])
})

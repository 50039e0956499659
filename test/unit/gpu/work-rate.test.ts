import { describe, expect, it } from 'vitest'
import { TARGET_MS, workClass, WorkRate, type Work, type WorkClass } from '../../../src/gpu/work-rate'

const call = (flops: number, groups: number, slots: Record<string, string> = {}) => ({
  flops,
  grid: [groups, 1, 1] as const,
  slots,
})
const submit = (kind: WorkClass, flops: number): Work => new Map([[kind.key, { kind, flops }]])

describe('a class of work', () => {
  it('is one for any number of workgroups', () => {
    expect(workClass('conv', call(6000, 6))).toEqual(workClass('conv', call(1000, 1)))
  })

  it('differs by kernel, variant, and work of a workgroup', () => {
    const calls = [
      workClass('conv', call(1000, 1)),
      workClass('linear', call(1000, 1)),
      workClass('conv', call(1000, 1, { loop: 'tile' })),
      workClass('conv', call(3000, 1)),
    ]
    expect(new Set(calls.map(({ key }) => key)).size).toBe(calls.length)
  })
})

describe('WorkRate', () => {
  const [narrow, wide, unseen] = [1e3, 1e6, 1e9].map((flops) => workClass('conv', call(flops, 1))) as [
    WorkClass,
    WorkClass,
    WorkClass,
  ]

  it('learns each class by itself, and takes a class not seen yet as the slowest of its kernel', () => {
    const rate = new WorkRate()
    const first = rate.budget(narrow)
    // Twice as fast as expected, and half as fast.
    rate.learn(submit(narrow, first), TARGET_MS / 2)
    expect(rate.budget(narrow)).toBeCloseTo(2 * first, -3)
    expect(rate.budget(wide)).toBeCloseTo(2 * first, -3)
    rate.learn(submit(wide, first), TARGET_MS)
    expect(rate.budget(wide)).toBeCloseTo(first, -3)
    expect(rate.budget(narrow)).toBeCloseTo(2 * first, -3)
    expect(rate.budget(unseen)).toBeCloseTo(first, -3)
    expect(rate.budget(workClass('linear', call(1e3, 1)))).toBeCloseTo(first, -3)
  })

  it('begins with more work on a GPU than on an adapter that is a CPU', () => {
    expect(new WorkRate('hardware').budget(narrow)).toBeGreaterThan(
      10 * new WorkRate('software').budget(narrow),
    )
  })

  it('is full when all classes together take the target time', () => {
    const rate = new WorkRate()
    const half = rate.budget(narrow) / 2
    const work: Work = new Map([[narrow.key, { kind: narrow, flops: half }]])
    expect(rate.isFull(work)).toBe(false)
    expect(rate.isFull(new Map([...work, [wide.key, { kind: wide, flops: half }]]))).toBe(true)
  })

  it('lets a submit of a few milliseconds only speed it up', () => {
    const rate = new WorkRate()
    const first = rate.budget(narrow)
    rate.learn(submit(narrow, first / 100), 4)
    expect(rate.budget(narrow)).toBe(first)
  })
})

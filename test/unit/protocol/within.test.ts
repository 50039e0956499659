import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { within } from '../../../src/protocol/within'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0) // nothing ticks on
  vi.useRealTimers()
})

const late = (): Error => new Error('late')
const never = new Promise<never>(() => undefined)

describe('a wait', () => {
  it('gives what comes in time, and why it does not come', async () => {
    await expect(within(Promise.resolve(3), { ms: 10, late })).resolves.toBe(3)
    await expect(within(Promise.reject(new Error('no')), { ms: 10, late })).rejects.toThrow('no')
    const slow = within(new Promise((resolve) => setTimeout(resolve, 2_499, 4)), { ms: 2_500, late })
    await vi.advanceTimersByTimeAsync(2_499)
    await expect(slow).resolves.toBe(4)
  })

  it('ends at its limit', async () => {
    const waiting = within(never, { ms: 2_500, late })
    const ended = expect(waiting).rejects.toThrow('late')
    await vi.advanceTimersByTimeAsync(2_499)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    await ended
  })

  it('ends with its signal, before and meanwhile', async () => {
    const stop = new AbortController()
    const waiting = within(never, { ms: Infinity, late, signal: stop.signal })
    stop.abort(new Error('cancelled'))
    await expect(waiting).rejects.toThrow('cancelled')
    await expect(within(never, { ms: 10, late, signal: stop.signal })).rejects.toThrow('cancelled')
  })

  it('leaves no listener on a signal that lives on', async () => {
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    await within(Promise.resolve(1), { ms: 10, late, signal })
    expect([add.mock.calls.length, remove.mock.calls.length]).toEqual([1, 1])
  })

  it('hands over what comes too late', async () => {
    const unclaimed: number[] = []
    const promise = new Promise<number>((resolve) => setTimeout(resolve, 50, 7))
    const waiting = within(promise, { ms: 10, late, onUnclaimed: (value) => unclaimed.push(value) })
    const ended = expect(waiting).rejects.toThrow('late')
    await vi.advanceTimersByTimeAsync(100)
    await ended
    expect(unclaimed).toEqual([7])
  })

  it('counts the seconds of a machine that sleeps as one', async () => {
    vi.useRealTimers()
    let now = 0
    const timers: { at: number; run: () => void }[] = []
    vi.stubGlobal('setTimeout', (run: () => void, ms: number) => timers.push({ at: now + ms, run }))
    vi.stubGlobal('clearTimeout', () => undefined)
    try {
      let isLate = false
      within(never, { ms: 5_000, late }).catch(() => (isLate = true))
      const tick = async (to: number): Promise<void> => {
        now = to
        const due = timers.splice(0).filter(({ at, run }) => at <= now || timers.push({ at, run }) < 0)
        for (const { run } of due) run()
        await Promise.resolve()
      }
      await tick(1_000)
      await tick(3_600_000) // asleep
      expect(isLate).toBe(false)
      for (let i = 1; i <= 3; i++) await tick(3_600_000 + 1_000 * i)
      await Promise.resolve()
      expect(isLate).toBe(true)
    } finally {
      vi.unstubAllGlobals()
      vi.useFakeTimers()
    }
  })
})

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { unlessLost } from '../../../src/protocol/unless-lost'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Thing {
  readonly lost: Promise<never>
  lose(why: string): void
}

function thing(): Thing {
  let lose = (_why: string): void => undefined
  const lost = new Promise<never>((_resolve, reject) => (lose = (why) => reject(new Error(why))))
  lost.catch(() => undefined)
  return { lost, lose }
}

describe('a wait that a loss ends', () => {
  it('settles like its promise', async () => {
    const { lost } = thing()
    expect(await unlessLost(Promise.resolve(3), lost)).toBe(3)
    await expect(unlessLost(Promise.reject(new Error('Own.')), lost)).rejects.toThrow('Own.')
  })

  it('is rejected by the loss, also after it, and however many there are', async () => {
    const { lost, lose } = thing()
    const silent = new Promise<never>(() => undefined)
    const waits = [1, 2, 3].map(() => unlessLost(silent, lost))
    lose('Gone.')
    for (const wait of waits) await expect(wait).rejects.toThrow('Gone.')
    await expect(unlessLost(silent, lost)).rejects.toThrow('Gone.')
    expect(await unlessLost(Promise.resolve(4), lost)).toBe(4) // as Promise.race has it
  })

  it('leaves nothing behind while the thing lives', async () => {
    const { lost } = thing()
    const heap = async (): Promise<number> => {
      await new Promise((resolve) => setTimeout(resolve, 0))
      collect()
      return process.memoryUsage().heapUsed
    }
    const waitFor = async (
      count: number,
      wait: (promise: Promise<object>) => Promise<object>,
    ): Promise<number> => {
      const before = await heap()
      for (let i = 0; i < count; i++) await wait(Promise.resolve({ text: 'x'.repeat(100) + i }))
      return (await heap()) - before
    }
    await waitFor(1000, (promise) => unlessLost(promise, lost))
    expect(await waitFor(20_000, (promise) => unlessLost(promise, lost))).toBeLessThan(1e6)
    const raced = await waitFor(20_000, (promise) => Promise.race([promise, lost]))
    expect(raced).toBeGreaterThan(2e6) // control: what a race keeps
  })
})

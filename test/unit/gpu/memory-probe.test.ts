import { afterEach, describe, expect, it, vi } from 'vitest'
import { memoryBudget } from '../../../src/engine/memory/budget'
import { openGpu } from '../../../src/gpu/device'
import { kindOf, probeMemory } from '../../../src/gpu/memory-probe'
import { nodeGpu } from '../../support/adapter'
import { quickCases } from '../../support/gpu-cases'

const GIB = 2 ** 30
const BLOCK = 2 ** 28

interface FakeCard {
  device: GPUDevice
  now: () => number
  /** Bytes of buffers that were not freed. */
  readonly held: () => number
}

/** A GPU of so many bytes: beyond, it refuses, or fills buffers over the bus. */
function fakeCard(
  bytes: number,
  {
    beyond,
    hiccup,
    grid,
    losesAt = Infinity,
  }: { beyond: 'refuses' | 'pages' | 'never ends'; hiccup?: number; grid?: number; losesAt?: number },
): FakeCard {
  let held = 0
  let clock = 0
  let count = 0
  let isOver = false
  let lose = (_info: { message: string }): void => undefined
  const device = {
    lost: new Promise((resolve) => (lose = resolve)),
    limits: { maxBufferSize: GIB },
    pushErrorScope: () => undefined,
    popErrorScope: async () => (isOver && beyond === 'refuses' ? { message: 'no room' } : null),
    createBuffer: ({ size }: { size: number }) => {
      held += size
      count += 1
      isOver = held > bytes
      let isHeld = true
      return {
        destroy: () => {
          if (isHeld) held -= size
          isHeld = false
        },
      }
    },
    createCommandEncoder: () => ({ clearBuffer: () => undefined, finish: () => undefined }),
    queue: {
      submit: () => undefined,
      onSubmittedWorkDone: async () => {
        if (count === losesAt) {
          lose({ message: 'removed' })
          return new Promise(() => undefined)
        }
        if (isOver && beyond === 'never ends') return new Promise(() => undefined)
        clock += grid ?? (count === hiccup ? 40 : isOver ? 25 : 1.2)
      },
    },
  }
  return { device: device as unknown as GPUDevice, now: () => clock, held: () => held }
}

vi.stubGlobal('GPUBufferUsage', { COPY_DST: 8 })
afterEach(() => void vi.useRealTimers())

describe('the memory of a card', () => {
  it.each([
    [4 * GIB, 'refuses', 4 * GIB],
    [4 * GIB, 'pages', 4 * GIB],
    [3.9 * GIB, 'pages', 3.75 * GIB],
    [64 * GIB, 'refuses', 8e9],
    [0, 'refuses', 0],
  ] as const)('of %i bytes that %s beyond is found', async (bytes, beyond, found) => {
    const { device, now, held } = fakeCard(bytes, { beyond })
    expect(await probeMemory(device, 8e9, { now })).toBe(found)
    expect(held()).toBe(0)
  })

  it('is not told from one moment in which another program has the GPU', async () => {
    const { device, now } = fakeCard(64 * GIB, { beyond: 'pages', hiccup: 5 })
    expect(await probeMemory(device, 4 * GIB, { now })).toBe(4 * GIB)
  })

  it('is what it gives where the clock is coarse, and a first block that never ends teaches nothing', async () => {
    const coarse = fakeCard(4 * GIB, { beyond: 'refuses', grid: 100 })
    expect(await probeMemory(coarse.device, 8e9, { now: coarse.now })).toBe(4 * GIB)
    expect(coarse.now()).toBe(100) // it is not waited for again and again
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const processor = fakeCard(0, { beyond: 'never ends' })
    const probing = probeMemory(processor.device, 4e9, { now: processor.now })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await probing).toBe(4e9)
  })

  it('is what there was before it hung', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { device, now, held } = fakeCard(2 * GIB, { beyond: 'never ends' })
    const probing = probeMemory(device, 8e9, { now })
    await vi.advanceTimersByTimeAsync(5_000)
    expect(await probing).toBe(2 * GIB)
    expect(held()).toBe(0)
  })

  it('can be lost, or given up, and is freed', async () => {
    const losing = fakeCard(64 * GIB, { beyond: 'refuses', losesAt: 3 })
    await expect(probeMemory(losing.device, 8e9, { now: losing.now })).rejects.toMatchObject({
      code: 'device-lost',
    })
    const hanging = fakeCard(0, { beyond: 'never ends' })
    const stop = new AbortController()
    const probing = probeMemory(hanging.device, 8e9, { now: hanging.now, signal: stop.signal })
    stop.abort(new Error('cancelled'))
    await expect(probing).rejects.toThrow('cancelled')
    expect([losing.held(), hanging.held()]).toEqual([0, 0])
  })

  it('is given by a real one, and given back', async () => {
    const [gpuCase] = quickCases()
    const { device } = await openGpu(await nodeGpu(gpuCase!.adapter))
    expect(await probeMemory(device, 2 * BLOCK)).toBe(2 * BLOCK)
    device.destroy()
  })
})

describe('what may be used', () => {
  const budget = (kind: 'discrete' | 'shared' | 'software' | 'unknown', gibibytes: number, given: number) => {
    vi.stubGlobal('navigator', { deviceMemory: gibibytes })
    const probe = vi.fn(async (_device: GPUDevice, most: number) => Math.min(most, given))
    const gpu = { device: {} as GPUDevice, kind, maxBufferBytes: GIB }
    return memoryBudget(gpu, undefined, probe).then((bytes) => ({ bytes, probes: probe.mock.calls.length }))
  }
  afterEach(() => vi.unstubAllGlobals())

  it('of a 4 GB card in a laptop of 16 GB is less than 4 GB', async () => {
    for (const kind of ['discrete', 'unknown'] as const) {
      const { bytes } = await budget(kind, 16, 3.75 * GIB)
      expect(bytes).toBeLessThan(3.6e9)
      expect(bytes).toBeGreaterThan(3e9)
    }
  })

  it('of a 12 GB card in a machine of 8 GB is its own', async () => {
    expect((await budget('discrete', 8, 12e9)).bytes).toBe(8e9)
  })

  it('of memory that is shared is half of the machine’s, and that is not tried', async () => {
    expect(await budget('shared', 8, 0)).toEqual({ bytes: 4 * GIB, probes: 0 })
    expect(await budget('software', 4, 0)).toEqual({ bytes: 2 * GIB, probes: 0 })
  })

  it('is never nothing', async () => {
    expect((await budget('discrete', 8, 0)).bytes).toBe(0.5e9)
  })
})

describe('the kind of GPU', () => {
  it.each([
    ['nvidia', 'ada', 'discrete'],
    ['intel', 'xe-lpg', 'shared'],
    ['intel', 'gen-12lp', 'shared'],
    ['intel', 'xe-2-hpg', 'discrete'],
    ['apple', 'metal-3', 'shared'],
    ['qualcomm', 'adreno-7xx', 'shared'],
    ['amd', 'rdna-3', 'unknown'],
    ['', '', 'unknown'],
  ] as const)('%s %s is %s', (vendor, architecture, kind) => {
    expect(kindOf({ vendor, architecture, device: '', description: '' } as GPUAdapterInfo, false)).toBe(kind)
  })
  it('a software adapter is one', () => {
    expect(kindOf({ vendor: 'google', architecture: 'swiftshader' } as GPUAdapterInfo, true)).toBe('software')
  })
})

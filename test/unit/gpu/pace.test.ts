// The recorder on a GPU whose browser reports the end of submits every 100 ms only, and on others.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { kernel } from '../../../src/gpu/kernels/silu'
import { dryOps } from '../../../src/gpu/ops'
import { Recorder } from '../../../src/gpu/recorder'
import { fakeGpu, type FakeGpu } from '../../support/fake-device'

/** FLOP that a workgroup says it has. */
const GROUP_FLOPS = 1e6

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance', 'setTimeout'], now: 0 })
  const now = performance.now.bind(performance)
  vi.spyOn(performance, 'now').mockImplementation(() => Math.floor(now())) // a clock of 1 ms
  for (const name of ['GPUBufferUsage', 'GPUShaderStage', 'GPUMapMode']) vi.stubGlobal(name, {})
})

afterEach(() => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

/** Records calls that take so long in all, in calls of up to 30 ms. */
function record(recorder: Recorder, seconds: number, millisecondsPerGroup: number): void {
  const ops = dryOps('f32', Infinity)
  const { allocation, ...tensor } = ops.create([1], 'f32', 'x')
  const x = { ...tensor, allocation: { ...allocation, buffer: {} as GPUBuffer } }
  for (let left = seconds * 1000, i = 0; left > 0; i++) {
    const groups = Math.max(1, Math.round((5 + ((i * 7) % 26)) / millisecondsPerGroup))
    left -= groups * millisecondsPerGroup
    recorder.record(kernel, {
      tensors: { x, y: x },
      params: { count: 1 },
      given: { INVOCATIONS: 64 },
      grid: [groups, 1, 1],
      flops: groups * GROUP_FLOPS,
    })
  }
}

async function drain(recorder: Recorder, signal?: AbortSignal): Promise<unknown> {
  let isOver = false
  const outcome = recorder.drain(signal).then(
    () => undefined,
    (error: unknown) => error,
  )
  void outcome.then(() => (isOver = true))
  for (let step = 0; step < 1e5 && !isOver; step++) await vi.advanceTimersByTimeAsync(1)
  return outcome
}

const share = ({ worked }: FakeGpu): number => {
  const { begin, end, busy } = worked()
  return busy / (end - begin)
}

describe.each([
  { grid: 100, name: 'every 100 ms' },
  { grid: 16, name: 'every 16 ms' },
  { grid: 0, name: 'at once' },
])('where the end of a submit is reported $name', ({ grid }) => {
  // The first guess is 1e7 FLOP a millisecond: 10 groups.
  it.each([
    { groups: 10, name: 'as quick as was guessed' },
    { groups: 1000, name: 'a hundred times quicker' },
    { groups: 3, name: 'three times slower' },
  ])('a GPU $name is at work for 90 % of the time, in short submits', async ({ groups }) => {
    const fake = fakeGpu(1 / groups, grid)
    const recorder = new Recorder(fake.gpu)
    record(recorder, 20, 1 / groups)
    expect(await drain(recorder)).toBeUndefined()
    expect(share(fake)).toBeGreaterThan(0.9)
    const learned = fake.submits.slice(fake.submits.length >> 3)
    expect(Math.max(...learned)).toBeLessThan(200)
  })

  it('a cancel takes effect within half a second', async () => {
    const fake = fakeGpu(0.01, grid)
    const recorder = new Recorder(fake.gpu)
    record(recorder, 20, 0.01)
    const stop = new AbortController()
    let stopped = 0
    setTimeout(() => {
      stopped = performance.now()
      stop.abort(new Error('Enough.'))
    }, 8130)
    expect(await drain(recorder, stop.signal)).toEqual(new Error('Enough.'))
    expect(stopped).toBeGreaterThan(8000)
    expect(performance.now() - stopped).toBeLessThan(grid === 100 ? 500 : 200)
  })
})

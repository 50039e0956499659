// GPUs that fail while their speed is measured.
import { beforeEach, expect, it } from 'vitest'
import { RememberedSpeed } from '../../../src/engine/kernels/speed'
import { GpuError } from '../../../src/gpu/errors'
import { dryOps } from '../../../src/gpu/ops'

let kept: Map<string, object>
let drains: number
beforeEach(() => {
  kept = new Map()
  drains = 0
})

/** The speed as a newly opened engine finds it, on a GPU that fails so. */
function speedOn(code: 'device-lost' | 'validation', reason: GPUDeviceLostReason = 'unknown') {
  const drain = (): Promise<void> => {
    drains += 1
    return Promise.reject(new GpuError(code, 'It failed.'))
  }
  return new RememberedSpeed({
    ops: { ...dryOps('f32', 2 ** 27), drain },
    lost: Promise.resolve({ reason, message: '' } as GPUDeviceLostInfo),
    store: {
      get: async (key) => kept.get(key),
      put: async (key, value) => void kept.set(key, value),
    },
    key: 'k',
    now: () => 0,
  }).get()
}

it('a GPU that is lost at it is not measured again by the next engine', async () => {
  expect(await speedOn('device-lost')).toBeUndefined()
  expect(drains).toBe(1)
  expect(await speedOn('device-lost')).toBeUndefined()
  expect(drains).toBe(1)
})

it.each([
  ['whose engine is closed meanwhile', 'device-lost', 'destroyed'],
  ['that fails, but is not lost,', 'validation', 'unknown'],
] as const)('a GPU %s is measured again by the next engine', async (_how, code, reason) => {
  expect(await speedOn(code, reason)).toBeUndefined()
  expect(await speedOn(code, reason)).toBeUndefined()
  expect(drains).toBe(2)
})

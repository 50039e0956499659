// Buffers for which the GPU has no memory, created while nothing is drained.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { BufferPool } from '../../../src/gpu/buffer-pool'
import { DeviceGuest } from '../../../src/gpu/device-guest'
import { openOps } from '../../../src/gpu/ops'
import { fakeGpu } from '../../support/fake-device'
import { refuseBuffers } from '../../support/refused-buffers'

beforeEach(() => {
  for (const name of ['GPUBufferUsage', 'GPUShaderStage', 'GPUMapMode']) vi.stubGlobal(name, {})
})
afterEach(() => void vi.unstubAllGlobals())

const OUT_OF_MEMORY = { code: 'out-of-memory', message: expect.stringContaining('No memory for large.') }

/** Ops on a GPU without memory for buffers called "large". */
function smallGpu() {
  const { gpu } = fakeGpu(1, 0)
  let refusals = 0
  refuseBuffers(gpu.device, ({ label }) => label === 'large' && ++refusals > 0)
  return { device: gpu.device, ops: openOps(gpu), refusals: () => refusals }
}

it('are reported by the next drain, and only by that', async () => {
  const { ops } = smallGpu()
  ops.create([4], 'f32', 'small')
  await ops.drain()
  ops.create([4], 'f32', 'large')
  await expect(ops.drain()).rejects.toMatchObject(OUT_OF_MEMORY)
  await ops.drain()
})

it('are not reported to a run that begins after the one that they have ended', async () => {
  const { ops } = smallGpu()
  ops.create([4], 'f32', 'large')
  ops.recorder.discard()
  await ops.drain()
})

it('are never used again, nor counted', async () => {
  const { ops, refusals } = smallGpu()
  const kept = ops.create([4], 'f32', 'large')
  const released = ops.create([4], 'f32', 'large')
  ops.release(released)
  await expect(ops.drain()).rejects.toMatchObject(OUT_OF_MEMORY)
  ops.release(kept)
  expect(ops.pool.bytes).toBe(0)
  ops.create([4], 'f32', 'large')
  expect(refusals()).toBe(3)
})

it('of a library on the same device are reported when its work is guarded', async () => {
  const { device } = smallGpu()
  const pool = new BufferPool(device)
  const guest = new DeviceGuest(device)
  await expect(guest.guarded(async () => pool.acquire(16, 'large'))).rejects.toMatchObject(OUT_OF_MEMORY)
  await guest.guarded(async () => pool.acquire(16, 'small'))
})

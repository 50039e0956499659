// Frames leave the GPU while it computes the next ones; those of commands that failed must not leave it at all.
import { expect, it } from 'vitest'
import { decodeFrames } from '../../../src/engine/decode-frames'
import { GpuError } from '../../../src/gpu/errors'
import { dryOps, type Ops } from '../../../src/gpu/ops'
import type { Tensor } from '../../../src/gpu/tensor'

const [T, H, W] = [3, 4, 6] as const
const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))
const noMemory = () => new GpuError('out-of-memory', 'The GPU ran out of memory.')

/** Copies come at once; drain `failing` reports a lack of memory. */
function opsFailingAt(failing: number): Ops {
  let drains = 0
  return {
    ...dryOps('f32', Infinity),
    async drain() {
      await wait(5)
      if (drains++ === failing) throw noMemory()
    },
  }
}

/** One frame for each latent frame, until one cannot be recorded. */
const decoderFailingAt = (ops: Ops, failing: number) => ({
  start: {},
  decode(_latents: Tensor, t: number) {
    if (t === failing) throw noMemory()
    return [[ops.create([H, W, 3], 'f32', 'frame')], {}] as const
  },
})

it.each([0, 1, 2])('passes on the frames before drain %d, which fails, and none after', async (failing) => {
  const ops = opsFailingAt(failing)
  const latents = ops.create([3, T, H, W], 'f32', 'latents')
  let passedOn = 0
  const run = decodeFrames(ops, decoderFailingAt(ops, T), latents, async () => void (passedOn += 1))
  await expect(run).rejects.toMatchObject({ code: 'out-of-memory' })
  expect(passedOn).toBe(failing)
})

it('ends when the frames on their way are passed on, however slowly', async () => {
  const ops = opsFailingAt(T)
  const latents = ops.create([3, T, H, W], 'f32', 'latents')
  let passedOn = 0
  const run = decodeFrames(ops, decoderFailingAt(ops, 2), latents, async () => {
    await wait(20)
    passedOn += 1
  })
  await expect(run).rejects.toMatchObject({ code: 'out-of-memory' })
  expect(passedOn).toBe(2)
})

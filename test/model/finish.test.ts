// A clip that is stopped and kept: the loop ends after its step with the clean latents that were predicted by then.
import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/gpu/tensor'
import { denoise } from '../../src/sampling/denoise'
import { createSampler } from '../../src/sampling/samplers'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'

const SHAPE = [2, 3, 4, 4]
const COUNT = 2 * 3 * 4 * 4
const STEPS = 6

describe.each(quickCases())('a finished loop on $name', (gpuCase) => {
  it.each(['unipc', 'euler', 'dpm++'] as const)(
    'of %s has run no step more, gives its prediction, and leaves nothing behind',
    async (sampler) => {
      const { ops } = await testGpu(gpuCase)
      const finish = new AbortController()
      const held = ops.upload(randomFloats(2 * 16, 2), [2, 1, 4, 4], 'f32', 'held')
      const noise = ops.upload(randomFloats(COUNT, 1), SHAPE, 'f32', 'noise')
      const before = ops.pool.mark().size
      let passes = 0
      let predicted: Promise<Uint8Array<ArrayBuffer>> | undefined
      const ran: number[] = []
      const latents = await denoise(
        ops,
        {
          noise,
          seed: 0,
          guidanceScale: 1,
          sampler: createSampler(sampler, STEPS, 3),
          held: [{ latents: held, first: 0 }],
          async velocities(_x: Tensor) {
            passes += 1
            return { conditional: ops.upload(randomFloats(COUNT, 10 + passes), SHAPE, 'f32', 'velocity') }
          },
        },
        {
          finish: finish.signal,
          onFinished: (steps) => ran.push(steps),
          onStep(done, x0) {
            if (done !== 4) return
            finish.abort()
            predicted = ops.readLater(x0)
          },
        },
      )
      const kept = await ops.read(latents)
      expect({ passes, ran }).toEqual({ passes: 4, ran: [4] })
      const whole = new Float32Array((await predicted!).buffer)
      const frame = await ops.read(held)
      for (let c = 0; c < 2; c++) {
        const [begin, free, end] = [c * 48, c * 48 + 16, c * 48 + 48]
        expect([...kept.subarray(begin, free)]).toEqual([...frame.subarray(c * 16, c * 16 + 16)])
        expect([...whole.subarray(begin, end)], 'as the preview shows it').toEqual([
          ...kept.subarray(begin, end),
        ])
      }
      ops.release(latents)
      expect(ops.pool.mark().size).toBe(before)
      ops.release(noise, held)
    },
  )

  it('goes to its end where nobody asked before the last step (control)', async () => {
    const { ops } = await testGpu(gpuCase)
    const finish = new AbortController()
    const noise = ops.upload(randomFloats(COUNT, 1), SHAPE, 'f32', 'noise')
    const ran: number[] = []
    const latents = await denoise(
      ops,
      {
        noise,
        seed: 0,
        guidanceScale: 1,
        sampler: createSampler('euler', STEPS, 3),
        velocities: async () => ({
          conditional: ops.upload(randomFloats(COUNT, 3), SHAPE, 'f32', 'velocity'),
        }),
      },
      {
        finish: finish.signal,
        onFinished: (steps) => ran.push(steps),
        onStep: (done) => done === STEPS && finish.abort(),
      },
    )
    expect(ran).toEqual([])
    ops.release(latents, noise)
  })
})

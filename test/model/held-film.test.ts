// A picture in the first chunk of a film, as LongLive 2.0 takes it: a clean frame at timestep 0, put back after every step.
import { describe, expect, it } from 'vitest'
import { makeFilm } from '../../src/engine/film'
import { openWanDenoiser } from '../../src/models/wan-dit/denoiser'
import { chunkSteps } from '../../src/sampling/causal'
import { ditConfig } from '../support/config'
import { relativeError } from '../support/error'
import { openGolden } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { randomFloats } from '../support/random'

const [C, FRAMES, H, W] = [16, 3, 4, 4] as const
const PLANE = H * W
const TOLERANCE = { f32: 1e-5, f16: 1e-2 } as const

/** Whether element `i` of a chunk is in its first frame. */
const isHeld = (i: number): boolean => Math.floor(i / PLANE) % FRAMES === 0
const heldAt = (held: Float32Array, i: number): number =>
  held[Math.floor(i / (FRAMES * PLANE)) * PLANE + (i % PLANE)]!

describe.each(quickCases())('a film with a held picture on $name', (gpuCase) => {
  it('has its first chunk as a clip of the picture has its frames', async () => {
    const { ops } = await testGpu(gpuCase)
    const dit = await openGolden('dit_tiny.weights')
    const config = ditConfig(dit)
    const denoiser = await openWanDenoiser(loadingOf(ops, { dit }), config)
    const prepared = await denoiser.prepare({ text: randomFloats(5 * config.textDim, 1) })
    const steps = chunkSteps([1000, 500], 5, true)
    const picture = randomFloats(C * PLANE, 2)
    const noise = (first: number) => randomFloats(C * FRAMES * PLANE, 10 + first)
    const fresh = (first: number) => randomFloats(C * FRAMES * PLANE, 20 + first)

    /** The same by passes of a clip, which keep no keys. */
    const put = (x: Float32Array) => x.map((value, i) => (isHeld(i) ? heldAt(picture, i) : value))
    let x = put(noise(0))
    for (const [k, sigma] of steps.sigmas.entries()) {
      const tensor = ops.upload(Float32Array.from(x), [C, FRAMES, H, W], 'f32', 'x')
      const t = steps.timesteps[k]!
      const velocity = await denoiser.velocity(tensor, { values: [0, t, t], rowOf: 'frame' }, prepared)
      const v = await ops.read(velocity)
      ops.release(tensor, velocity)
      const x0 = x.map((value, i) => value - sigma * v[i]!)
      const next = steps.sigmas[k + 1]
      x = put(next === undefined ? x0 : x0.map((value, i) => (1 - next) * value + next * fresh(0)[i]!))
    }

    const held = ops.upload(picture, [C, 1, H, W], 'f32', 'picture')
    const film = makeFilm(
      ops,
      denoiser,
      { chunk: FRAMES, isFirstAlone: false, steps, window: { frames: 6, sink: 3 }, contextTimestep: 0 },
      { latents: [C, H, W], held, noise, fresh, prompt: () => prepared },
    )
    const chunks: Float32Array[] = []
    for await (const { latents } of film) {
      chunks.push(await ops.read(latents))
      if (chunks.length === 2) break
    }
    const [first, second] = chunks
    expect(first!.filter((_, i) => isHeld(i))).toEqual(x.filter((_, i) => isHeld(i)))
    expect(relativeError(first!, x)).toBeLessThan(TOLERANCE[gpuCase.storage])
    expect(second!.filter((_, i) => isHeld(i))).not.toEqual(picture)

    ops.release(held)
    prepared.release()
    await denoiser.release()
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })
})

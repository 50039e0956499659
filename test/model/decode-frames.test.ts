import { describe, expect, it } from 'vitest'
import { decodeFrames } from '../../src/engine/decode-frames'
import { previewDecoder } from '../../src/engine/preview'
import { latentsToFrame, type LatentStatistics } from '../../src/gpu/kernels/latents_to_frame'
import { pixelShuffle } from '../../src/gpu/kernels/pixel_shuffle'
import { openOps, dryOps, type Ops } from '../../src/gpu/ops'
import type { Decoder } from '../../src/models/family'
import type { Tensor } from '../../src/gpu/tensor'
import { frameToI420 } from '../reference/frame_to_i420'
import { frameToRgba } from '../reference/frame_to_rgba'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'

const [T, H, W] = [5, 6, 10] as const
const LATENTS = randomFloats(3 * T * H * W, 1)

type ToyDecoder = Pick<Decoder<ToyState>, 'start' | 'decode'>

interface ToyState {
  readonly past?: Tensor
}

/** Latent frame t as it is; after an odd one comes a copy. */
function toyDecoder(ops: Ops, statistics: LatentStatistics): ToyDecoder {
  return {
    start: {},
    decode(latents, t, { past }) {
      const frames = Array.from({ length: (t % 2) + 1 }, () =>
        latentsToFrame(ops, latents, statistics, t, 'frame'),
      )
      if (past) ops.release(past)
      return [frames, { past: latentsToFrame(ops, latents, statistics, t, 'past') }]
    },
  }
}

function openToy(ops: Ops): { latents: Tensor; decoder: ToyDecoder; release: () => void } {
  const latents = ops.upload(LATENTS, [3, T, H, W], 'f32', 'latents')
  const mean = ops.upload(new Float32Array(3), [3], 'f32', 'mean')
  const std = ops.upload(new Float32Array(3).fill(1), [3], 'f32', 'std')
  const decoder = toyDecoder(ops, { mean, std })
  return { latents, decoder, release: () => ops.release(latents, mean, std) }
}

/** Latent frame t, channels last. */
function frameOf(t: number): Float32Array {
  return Float32Array.from(
    { length: H * W * 3 },
    (_, i) => LATENTS[((i % 3) * T + t) * H * W + Math.floor(i / 3)]!,
  )
}

describe.each(quickCases())('decoded frames on $name', (gpuCase) => {
  it('give the last one as floats, before anything is done to it', async () => {
    const { gpu } = await testGpu(gpuCase)
    const ops = openOps(gpu)
    const toy = openToy(ops)
    const last: Float32Array[] = []
    await decodeFrames(ops, toy.decoder, toy.latents, async () => {}, {
      onLastFrame: (frame) => last.push(frame),
    })
    toy.release()
    expect(last).toHaveLength(1)
    const expected = frameOf(T - 1)
    const worst = last[0]!.reduce((most, value, i) => Math.max(most, Math.abs(value - expected[i]!)), 0)
    expect(last[0]).toHaveLength(expected.length)
    expect(worst).toBeLessThanOrEqual(gpuCase.storage === 'f16' ? 2e-3 : 0)
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('come in order, as the encoder takes them, and take the memory of the plan', async () => {
    const { gpu } = await testGpu(gpuCase)
    const ops = openOps(gpu)
    const toy = openToy(ops)
    const seen: Uint8Array[] = []
    let open = 0
    await decodeFrames(ops, toy.decoder, toy.latents, async (bytes) => {
      expect(++open, 'frames handed on at once').toBe(1)
      await new Promise((resolve) => setTimeout(resolve, 2))
      open -= 1
      seen.push(bytes)
    })
    toy.release()
    expect(seen).toHaveLength(7)
    for (const [i, t] of [0, 1, 1, 2, 3, 3, 4].entries()) {
      const expected = frameToI420(frameOf(t), H, W)
      expect(seen[i]).toHaveLength(expected.length)
      // f16 rounds a value of [-1, 1] by up to 2⁻¹², which is a sixteenth of a level.
      const worst = Math.max(...expected.map((value, at) => Math.abs(value - seen[i]![at]!)))
      expect(worst, `frame ${i}`).toBeLessThan(gpuCase.storage === 'f32' ? 0.5001 : 0.6)
    }

    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    const dry = openToy(planned)
    await decodeFrames(planned, dry.decoder, dry.latents, async () => {})
    expect(planned.pool.highWater).toBe(ops.pool.highWater)
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('stop when the encoder fails or the clip is cancelled, with nothing still to run', async () => {
    const { gpu } = await testGpu(gpuCase)
    const cancel = new AbortController()
    for (const fail of [
      () => Promise.reject(new Error('The encoder stopped.')),
      async () => cancel.abort(),
    ]) {
      const ops = openOps(gpu)
      const toy = openToy(ops)
      let frames = 0
      const run = decodeFrames(ops, toy.decoder, toy.latents, () => ((frames += 1), fail()), {
        signal: cancel.signal,
      })
      await expect(run).rejects.toThrow(/The encoder stopped|aborted/)
      expect(frames).toBeLessThan(4)
      ops.recorder.discard()
      ops.pool.releaseSince(new Set())
      ops.pool.trim() // Destroys buffers: a command still to run would now be refused.
      await ops.drain()
      expect(ops.pool.bytes).toBe(0)
    }
  })

  it('make a preview of latents that may be released at once', async () => {
    const { gpu } = await testGpu(gpuCase)
    const ops = openOps(gpu)
    const toy = openToy(ops)
    const coming = previewDecoder(ops, toy.decoder, toy.latents)
    toy.release()
    await ops.drain()
    const { width, height, frames, rgba } = await coming
    expect({ width, height, frames }).toEqual({ width: W, height: H, frames: 7 })
    for (const [i, t] of [0, 1, 1, 2, 3, 3, 4].entries()) {
      const expected = frameToRgba(frameOf(t))
      expect(Math.max(...rgba[i]!.map((byte, at) => Math.abs(byte - expected[at]!)))).toBeLessThanOrEqual(1)
    }
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('are enlarged before they are packed, where there is an upscaler', async () => {
    const { gpu } = await testGpu(gpuCase)
    const ops = openOps(gpu)
    const toy = openToy(ops)
    const sizes: number[] = []
    const enlarge = (frame: Tensor): Tensor => {
      const places = ops.create([H, W, 12], ops.storage, 'places')
      const large = pixelShuffle(ops, places, 2, 'large', { base: frame })
      ops.release(places)
      return large
    }
    await decodeFrames(ops, toy.decoder, toy.latents, async (bytes) => void sizes.push(bytes.length), {
      enlarge,
    })
    toy.release()
    expect(sizes).toEqual(Array<number>(7).fill(4 * H * W * 1.5))
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })
})

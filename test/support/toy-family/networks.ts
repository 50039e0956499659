// Networks of a few numbers: what a word weighs decides how fast noise fades, and a matrix paints the latents.
import { latentsToFrame } from '../../../src/gpu/kernels/latents_to_frame'
import { linear } from '../../../src/gpu/kernels/linear'
import { linearCombination } from '../../../src/gpu/kernels/linear_combination'
import { unpatchify } from '../../../src/gpu/kernels/unpatchify'
import { linearTensors } from '../../../src/gpu/matrix'
import type { Ops } from '../../../src/gpu/ops'
import { dim, reshape, type Tensor } from '../../../src/gpu/tensor'
import type { Decoder, Denoiser, Geometry, Loading, Prepared, TextModel } from '../../../src/models/family'

/** No number is Wan's. */
export const GEOMETRY: Geometry = {
  channels: 6,
  stride: { frames: 3, height: 4, width: 6 },
  patch: [2, 1, 3],
}

export const TEXT_DIM = 5

/** A word's id in every channel. */
export async function openText(): Promise<TextModel> {
  return {
    encode: async (ids, { onStep } = {}) => {
      onStep?.(1)
      return Float32Array.from({ length: ids.length * TEXT_DIM }, (_, i) => ids[Math.floor(i / TEXT_DIM)]!)
    },
    release: () => undefined,
  }
}

interface ToyPrepared extends Prepared {
  readonly weight: number
}

/** velocity = x · weight, the mean of the context. */
export async function openDenoiser({ ops }: Loading): Promise<Denoiser<ToyPrepared>> {
  return {
    prepare: async ({ text }) => ({
      weight: text.reduce((sum, value) => sum + value, 0) / text.length,
      release: () => undefined,
    }),
    velocity: async (x, _time, { weight }) =>
      linearCombination(ops, [{ tensor: x, coefficient: weight / 10 }], 'toy.velocity'),
    release: async () => undefined,
  }
}

interface ToyState {
  readonly last?: Tensor
}

/** A frame for the first latent frame and three for each further one, painted from the latents by one matrix. */
export async function openDecoder(at: Loading): Promise<Decoder<ToyState>> {
  const { ops } = at
  const { channels, stride } = GEOMETRY
  const paint = await at.loader('toy').linear('paint', stride.height * stride.width * 3, channels)
  const uniform = (count: number, value: number): Tensor =>
    ops.upload(new Float32Array(count).fill(value), [count], 'f32', 'toy.statistics')
  const latentStatistics = { mean: uniform(channels, 0), std: uniform(channels, 1) }
  const colourStatistics = { mean: uniform(3, 0), std: uniform(3, 1) }
  const frameOf = (latents: Tensor, t: number): Tensor => {
    const z = latentsToFrame(ops, latents, latentStatistics, t, 'toy.z')
    const [H, W] = [dim(z, 0), dim(z, 1)]
    const tokens = linear(ops, reshape(z, [H * W, channels]), paint, 'toy.tokens', { dtype: 'f32' })
    const video = unpatchify(ops, tokens, 3, [1, stride.height, stride.width], [1, H, W], 'toy.video')
    const frame = latentsToFrame(ops, video, colourStatistics, 0, 'toy.frame')
    ops.release(z, tokens, video)
    return frame
  }
  return {
    start: {},
    decode(latents, t, { last }) {
      if (last) ops.release(last)
      const frames = Array.from({ length: t === 0 ? 1 : stride.frames }, () => frameOf(latents, t))
      return [frames, { last: frameOf(latents, t) }]
    },
    release: () => releaseAll(ops, linearTensors(paint), latentStatistics, colourStatistics),
  }
}

function releaseAll(
  ops: Ops,
  tensors: readonly Tensor[],
  ...statistics: { mean: Tensor; std: Tensor }[]
): void {
  ops.release(...tensors, ...statistics.flatMap(({ mean, std }) => [mean, std]))
}

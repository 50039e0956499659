import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { Clip } from '../reference/shortcuts'
import { randomFloats } from './random'
import { uploadStorage } from './tensors'

/** Frames [H, W, C] on the GPU, and the clip [C, T, H, W] that they are. */
export function uploadClip(
  ops: Ops,
  { C, T, H, W }: Omit<Clip, 'data'>,
  seed: number,
): { tensors: Tensor[]; clip: Clip } {
  const made = Array.from({ length: T }, (_, t) =>
    uploadStorage(ops, randomFloats(H * W * C, seed + t), [H, W, C], `x${t}`),
  )
  const data = Float64Array.from({ length: C * T * H * W }, (_, i) => {
    const [c, t, pixel] = [Math.floor(i / (T * H * W)), Math.floor(i / (H * W)) % T, i % (H * W)]
    return made[t]!.values[pixel * C + c]!
  })
  return { tensors: made.map(({ tensor }) => tensor), clip: { C, T, H, W, data } }
}

/** Frame `t` of a clip, channels last. */
export function frameOf({ C, T, H, W, data }: Clip, t: number): Float64Array {
  return Float64Array.from(
    { length: H * W * C },
    (_, i) => data[((i % C) * T + t) * H * W + Math.floor(i / C)]!,
  )
}

// What VACE's side blocks see of a control: the latents of the kept and of the made half, and the mask; the latents of
// reference pictures come in front, as frames of their own.
import { placeLatents } from '../../gpu/kernels/place_latents'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import { float32ToFloat16 } from '../../weights/quant/float16'
import type { ControlFrames } from '../control'
import type { ClipEncoder } from '../family'
import { maskChannels, maskedFrame, type Half } from './masked-frames'

/** Channels of the control of latents with C channels, whose rows and columns have `cell` pixels each. */
export function contextChannels(C: number, cell: number): number {
  return 2 * C + cell * cell
}

/** Encodes a control: [2 C + cell², K + T, h, w] f32 with K references, the caller's to release. */
export async function vaceContext(
  ops: Ops,
  encoder: ClipEncoder,
  control: ControlFrames,
  signal?: AbortSignal,
): Promise<Tensor> {
  const { width, height, numFrames, video, mask, references } = control
  const K = references.length
  const encode = (pixels: Iterable<Tensor>, count: number): Promise<Tensor> =>
    encoder.encode(pixels, count, signal)
  const upload = (pixels: () => Float32Array<ArrayBuffer>): Tensor =>
    ops.upload(
      () => (ops.storage === 'f16' ? float32ToFloat16(pixels()) : pixels()),
      [height, width, 3],
      ops.storage,
      'control.frame',
    )
  function* half(which: Half): Generator<Tensor> {
    for (let f = 0; f < numFrames; f++)
      yield upload(() =>
        video ? maskedFrame(video[f]!, mask?.[f], which) : new Float32Array(height * width * 3),
      )
  }

  const inactive = await encode(half('inactive'), numFrames)
  const reactive = video ? await encode(half('reactive'), numFrames) : inactive
  const [C, T, h, w] = inactive.shape as [number, number, number, number]
  const cell = height / h
  const context = ops.create([contextChannels(C, cell), K + T, h, w], 'f32', 'control')
  placeLatents(ops, inactive, context, { frame: K })
  placeLatents(ops, reactive, context, { channel: C, frame: K })
  ops.release(inactive, ...(reactive === inactive ? [] : [reactive]))
  const channels = ops.upload(
    () => maskChannels(mask, { T, h, w, cell }),
    [cell * cell, T, h, w],
    'f32',
    'control.mask',
  )
  placeLatents(ops, channels, context, { channel: 2 * C, frame: K })
  ops.release(channels)
  for (const [k, picture] of references.entries()) {
    const latents = await encode([upload(() => picture)], 1)
    placeLatents(ops, latents, context, { frame: k })
    ops.release(latents)
  }
  if (K > 0) {
    const rest = [C + cell * cell, K, h, w]
    const zeros = ops.upload(
      () => new Float32Array(rest.reduce((a, b) => a * b)),
      rest,
      'f32',
      'control.zeros',
    )
    placeLatents(ops, zeros, context, { channel: C })
    ops.release(zeros)
  }
  await ops.drain(signal)
  return context
}

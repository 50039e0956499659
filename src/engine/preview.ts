import { frameToRgba } from '../gpu/kernels/frame_to_rgba'
import type { Ops } from '../gpu/ops'
import { dim, type Tensor } from '../gpu/tensor'
import { releaseTree } from '../models/blocks/tensor-tree'
import type { Decoder } from '../models/family'
import type { PreviewImage } from '../protocol/progress'
import type { ModelManifest } from './model/manifest'

/** A rough picture of latents without the VAE: rgb = bias + Σ latents[c] · factors[c], from [−1, 1] to bytes. */
export function previewLatents(
  latents: Float32Array,
  [C, T, H, W]: readonly [number, number, number, number],
  { factors, bias }: ModelManifest['latentPreview'],
): PreviewImage {
  const plane = H * W
  const rgba = Array.from({ length: T }, (_, t) => {
    const image = new Uint8ClampedArray(plane * 4)
    for (let i = 0; i < plane; i++) {
      for (let channel = 0; channel < 3; channel++) {
        let value = bias[channel]!
        for (let c = 0; c < C; c++) value += latents[(c * T + t) * plane + i]! * factors[c]![channel]!
        image[4 * i + channel] = Math.round((value + 1) * 127.5)
      }
      image[4 * i + 3] = 255
    }
    return image
  })
  return { width: W, height: H, frames: T, rgba }
}

/**
 * Decodes latents [C, T, h, w] to pictures by a decoder with one or more frames for each latent frame. Records
 * everything at once, so that the latents may be released; resolves once a later drain has got this far.
 */
export async function previewDecoder<State>(
  ops: Ops,
  decoder: Pick<Decoder<State>, 'start' | 'decode'>,
  latents: Tensor,
): Promise<PreviewImage> {
  let { start: state } = decoder
  let size = { width: 0, height: 0 }
  const images: Promise<Uint8Array<ArrayBuffer>>[] = []
  for (let t = 0; t < dim(latents, 1); t++) {
    const [frames, next] = decoder.decode(latents, t, state)
    state = next
    for (const frame of frames) {
      size = { width: dim(frame, 1), height: dim(frame, 0) }
      const rgba = frameToRgba(ops, frame, 'preview')
      images.push(ops.readLater(rgba))
      ops.release(frame, rgba)
    }
  }
  releaseTree(ops, state)
  const rgba = (await Promise.all(images)).map(({ buffer }) => new Uint8ClampedArray(buffer))
  return { ...size, frames: rgba.length, rgba }
}

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

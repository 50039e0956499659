// Keeps the colours of clips that go on from each other: mean and deviation of every channel of the latents are brought
// to those of the first clip, little by little, so that no edge shows where one clip ends and the next begins.
import type { ChannelStatistics } from '../protocol/clip-end'

type Shape = readonly number[]

/** Of each channel of latents [C, …]. */
export function statisticsOf(latents: Float32Array, [C = 0]: Shape): ChannelStatistics {
  const count = latents.length / C
  const mean: number[] = []
  const deviation: number[] = []
  for (let c = 0; c < C; c++) {
    const channel = latents.subarray(c * count, (c + 1) * count)
    const average = channel.reduce((sum, value) => sum + value, 0) / count
    mean.push(average)
    deviation.push(Math.sqrt(channel.reduce((sum, value) => sum + (value - average) ** 2, 0) / count))
  }
  return { mean, deviation }
}

/**
 * Latents [C, T, H, W] whose last frame has been brought from their own statistics to those given, the frames before it
 * in part, and the first not at all.
 */
export function matchedTo(
  target: ChannelStatistics,
  latents: Float32Array,
  shape: Shape,
): Float32Array<ArrayBuffer> {
  const [C = 0, T = 0, H = 0, W = 0] = shape
  const own = statisticsOf(latents, shape)
  const result = Float32Array.from(latents)
  const plane = H * W
  for (let c = 0; c < C; c++) {
    const deviation = own.deviation[c]!
    const scale = deviation > 0 ? target.deviation[c]! / deviation : 1
    for (let t = 1; t < T; t++) {
      const share = t / (T - 1)
      const start = (c * T + t) * plane
      for (let i = start; i < start + plane; i++) {
        const matched = (latents[i]! - own.mean[c]!) * scale + target.mean[c]!
        result[i] = latents[i]! + share * (matched - latents[i]!)
      }
    }
  }
  return result
}

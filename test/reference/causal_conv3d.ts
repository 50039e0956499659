export interface Conv {
  /** Size of an input frame. */
  readonly H: number
  readonly W: number
  readonly C: number
  readonly N: number
  readonly frames: number
  readonly kernel: number
  readonly stride: number
  readonly upsample: number
  /** Zeros above and left of the frame; (kernel - 1) / 2 at stride 1 and 0 at others where it is absent. */
  readonly pad?: number
}

/**
 * The last frame [H', W', N] of a causal convolution over `clip` (frames [H, W, C], at most `frames` of them, zeros
 * before); weight [N, C, frames, k, k].
 */
export function causalConv3d(
  { H, W, C, N, frames, kernel, stride, upsample, pad = stride === 1 ? (kernel - 1) / 2 : 0 }: Conv,
  clip: readonly ArrayLike<number>[],
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  residual?: ArrayLike<number>,
): Float64Array {
  const [outH, outW] = [Math.floor((H * upsample) / stride), Math.floor((W * upsample) / stride)]
  const y = new Float64Array(outH * outW * N)
  for (let at = 0; at < y.length; at++) {
    const [n, px, py] = [at % N, Math.floor(at / N) % outW, Math.floor(at / N / outW)]
    let sum = bias[n]! + (residual?.[at] ?? 0)
    clip.forEach((x, i) => {
      const frame = frames - clip.length + i
      for (let ky = 0; ky < kernel; ky++) {
        for (let kx = 0; kx < kernel; kx++) {
          const [iy, ix] = [py * stride + ky - pad, px * stride + kx - pad]
          if (iy < 0 || ix < 0 || iy >= H * upsample || ix >= W * upsample) continue
          const pixel = Math.floor(iy / upsample) * W + Math.floor(ix / upsample)
          for (let c = 0; c < C; c++)
            sum += x[pixel * C + c]! * weight[(((n * C + c) * frames + frame) * kernel + ky) * kernel + kx]!
        }
      }
    })
    y[at] = sum
  }
  return y
}

/** max(y, 0); or, with a slope for each of the last axis' channels, y times it below zero. */
export function rectified(y: ArrayLike<number>, slopes?: ArrayLike<number>): Float64Array {
  return Float64Array.from(y, (value, at) =>
    value >= 0 ? value : slopes ? value * slopes[at % slopes.length]! : 0,
  )
}

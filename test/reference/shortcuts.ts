// Wan 2.2's shortcuts without parameters, written out over whole clips [C, T, H, W].

export interface Clip {
  readonly C: number
  readonly T: number
  readonly H: number
  readonly W: number
  readonly data: ArrayLike<number>
}

const at = ({ T, H, W, data }: Clip, c: number, f: number, h: number, w: number): number =>
  data[((c * T + f) * H + h) * W + w]!

/** Each channel repeated r times, the copies dealt out to t frames and s×s pixels. */
export function duplicated(x: Clip, N: number, t: number, s: number): Clip {
  const r = (N * t * s * s) / x.C
  const [T, H, W] = [x.T * t, x.H * s, x.W * s]
  const data = new Float64Array(N * T * H * W)
  for (let o = 0; o < N; o++)
    for (let f = 0; f < x.T; f++)
      for (let i = 0; i < t; i++)
        for (let h = 0; h < x.H; h++)
          for (let y = 0; y < s; y++)
            for (let w = 0; w < x.W; w++)
              for (let e = 0; e < s; e++) {
                const copy = ((o * t + i) * s + y) * s + e
                data[((o * T + f * t + i) * H + h * s + y) * W + w * s + e] = at(
                  x,
                  Math.floor(copy / r),
                  f,
                  h,
                  w,
                )
              }
  return { C: N, T, H, W, data }
}

/**
 * Channels split by position in t frames and s×s pixels, then groups of neighbours averaged; zeros before the first
 * frame make t divide.
 */
export function averaged(x: Clip, N: number, t: number, s: number): Clip {
  const zeros = (t - (x.T % t)) % t
  const g = (x.C * t * s * s) / N
  const [T, H, W] = [(x.T + zeros) / t, x.H / s, x.W / s]
  const data = new Float64Array(N * T * H * W)
  for (let c = 0; c < x.C; c++)
    for (let f = zeros; f < x.T + zeros; f++)
      for (let h = 0; h < x.H; h++)
        for (let w = 0; w < x.W; w++) {
          const big = ((c * t + (f % t)) * s + (h % s)) * s + (w % s)
          const [o, to] = [Math.floor(big / g), Math.floor(f / t)]
          data[((o * T + to) * H + Math.floor(h / s)) * W + Math.floor(w / s)]! +=
            at(x, c, f - zeros, h, w) / g
        }
  return { C: N, T, H, W, data }
}

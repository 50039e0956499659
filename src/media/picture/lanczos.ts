// Lanczos resampling of bytes, as Pillow does it to the last bit: the models' pictures were made with it.
const LOBES = 3
/** Bits of a weight's fraction. */
const PRECISION = 22

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x)
}

function lanczos(x: number): number {
  return Math.abs(x) < LOBES ? sinc(x) * sinc(x / LOBES) : 0
}

interface Taps {
  /** The first input of each output, and how many there are. */
  readonly first: Int32Array
  readonly count: Int32Array
  /** `width` weights an output. */
  readonly weights: Int32Array
  readonly width: number
}

function tapsOf(from: number, to: number): Taps {
  const scale = from / to
  const filterScale = Math.max(scale, 1)
  const support = LOBES * filterScale
  const width = 2 * Math.ceil(support) + 1
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weights = new Int32Array(to * width)
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale
    const begin = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(from, Math.trunc(centre + support + 0.5))
    const own = Array.from({ length: end - begin }, (_, j) =>
      lanczos((begin + j - centre + 0.5) * (1 / filterScale)),
    )
    const sum = own.reduce((total, weight) => total + weight, 0)
    first[i] = begin
    count[i] = own.length
    own.forEach((weight, j) => {
      const scaled = (weight / sum) * 2 ** PRECISION
      weights[i * width + j] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
    })
  }
  return { first, count, weights, width }
}

/**
 * Resamples along one axis: bytes [outer, from, inner] → [outer, to, inner].
 */
function resample(
  bytes: Uint8Array,
  outer: number,
  from: number,
  to: number,
  inner: number,
): Uint8Array<ArrayBuffer> {
  const { first, count, weights, width } = tapsOf(from, to)
  const result = new Uint8ClampedArray(outer * to * inner)
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < to; i++) {
      const [begin, taps] = [first[i]!, count[i]!]
      for (let c = 0; c < inner; c++) {
        let sum = 2 ** (PRECISION - 1)
        let at = (o * from + begin) * inner + c
        for (let j = 0; j < taps; j++, at += inner) sum += bytes[at]! * weights[i * width + j]!
        result[(o * to + i) * inner + c] = sum >> PRECISION
      }
    }
  }
  return new Uint8Array(result.buffer)
}

/** A picture of bytes [H, W, 3] in another size; rows first, and what keeps its size is not touched. */
export function resizeLanczos(
  rgb: Uint8Array<ArrayBuffer>,
  from: { readonly width: number; readonly height: number },
  to: { readonly width: number; readonly height: number },
): Uint8Array<ArrayBuffer> {
  const across = from.width === to.width ? rgb : resample(rgb, from.height, from.width, to.width, 3)
  return from.height === to.height ? across : resample(across, 1, from.height, to.height, to.width * 3)
}

// Resampling of bytes by a filter that widens where a picture shrinks, in whole numbers as Pillow does it to the last
// bit: the models' pictures and videos were made so.

/** Bits of a weight's fraction. */
const PRECISION = 22

/** A filter's weight at a distance in pixels, and the distance beyond which it is 0. */
export interface Filter {
  readonly reach: number
  readonly weight: (distance: number) => number
}

interface Taps {
  /** The first input of each output, and how many there are. */
  readonly first: Int32Array
  readonly count: Int32Array
  /** `width` weights an output. */
  readonly weights: Int32Array
  readonly width: number
}

function tapsOf({ reach, weight }: Filter, from: number, to: number): Taps {
  const scale = from / to
  const filterScale = Math.max(scale, 1)
  const support = reach * filterScale
  const width = 2 * Math.ceil(support) + 1
  const first = new Int32Array(to)
  const count = new Int32Array(to)
  const weights = new Int32Array(to * width)
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale
    const begin = Math.max(0, Math.trunc(centre - support + 0.5))
    const end = Math.min(from, Math.trunc(centre + support + 0.5))
    const own = Array.from({ length: end - begin }, (_, j) =>
      weight((begin + j - centre + 0.5) * (1 / filterScale)),
    )
    const sum = own.reduce((total, each) => total + each, 0)
    first[i] = begin
    count[i] = own.length
    own.forEach((each, j) => {
      const scaled = (each / sum) * 2 ** PRECISION
      weights[i * width + j] = Math.trunc(scaled < 0 ? scaled - 0.5 : scaled + 0.5)
    })
  }
  return { first, count, weights, width }
}

/** Resamples along one axis: bytes [outer, from, inner] → [outer, to, inner]. */
function resample(
  { first, count, weights, width }: Taps,
  bytes: Uint8Array,
  outer: number,
  from: number,
  to: number,
  inner: number,
): Uint8Array<ArrayBuffer> {
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

export interface Size {
  readonly width: number
  readonly height: number
}

/** Bytes [H, W, channels] in another size; rows first, and what keeps its size is not touched. */
export function resizer(filter: Filter, from: Size, to: Size, channels = 3) {
  const across = from.width === to.width ? undefined : tapsOf(filter, from.width, to.width)
  const down = from.height === to.height ? undefined : tapsOf(filter, from.height, to.height)
  return (bytes: Uint8Array): Uint8Array => {
    const wide = across ? resample(across, bytes, from.height, from.width, to.width, channels) : bytes
    return down ? resample(down, wide, 1, from.height, to.height, to.width * channels) : wide
  }
}

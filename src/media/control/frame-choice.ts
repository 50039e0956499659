// Which frames of a video a clip takes: the rules that VACE was trained with.
/** When each frame begins and ends, in seconds, rising. */
export interface FrameTimes {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Times as the official reader has them, which keeps 24 bits of each. */
function in32Bits({ starts, ends }: FrameTimes): FrameTimes {
  return { starts: starts.map(Math.fround), ends: ends.map(Math.fround) }
}

/** The time of the middle of the last frame. */
function lastMoment({ starts, ends }: FrameTimes): number {
  return Math.fround(Math.fround(starts.at(-1)! + ends.at(-1)!) / 2)
}

/** The first frame that is shown at each of `moments`; the last one where none is. */
function framesAt({ starts, ends }: FrameTimes, moments: readonly number[]): number[] {
  return moments.map((moment) => {
    const found = starts.findIndex((start, k) => start <= moment && moment <= ends[k]!)
    return found < 0 ? nearestBefore(starts, moment) : found
  })
}

/** Where a file has gaps between frames. */
function nearestBefore(starts: readonly number[], moment: number): number {
  const after = starts.findIndex((start) => start > moment)
  return after < 0 ? starts.length - 1 : Math.max(0, after - 1)
}

/** `count` frames spread evenly over the whole video; its first and its last are among them. */
export function spreadFrames(times: FrameTimes, count: number): number[] {
  const own = in32Bits(times)
  const last = lastMoment(own)
  const step = count > 1 ? last / (count - 1) : 0
  return framesAt(
    own,
    Array.from({ length: count }, (_, i) => (i === count - 1 ? last : i * step)),
  )
}

/** How many frames of a rate a video has. */
export function framesAtRate(times: FrameTimes, fps: number): number {
  return Math.floor(lastMoment(in32Bits(times)) * fps) + 1
}

/** The first or the last `count` frames of a video at the clip's rate. */
export function endFrames(times: FrameTimes, count: number, fps: number, end: 'first' | 'last'): number[] {
  const own = in32Bits(times)
  const last = lastMoment(own)
  return framesAt(
    own,
    Array.from({ length: count }, (_, i) =>
      end === 'first' ? Math.min(last, i / fps) : Math.max(0, last - (count - 1 - i) / fps),
    ),
  )
}

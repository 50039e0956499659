// The end of a clip, from which another goes on.

/** Of each channel of a clip's latents. */
export interface ChannelStatistics {
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

/** A clip's last frame before any compression, and what its colours were when the row of clips began. */
export interface ClipEnd {
  readonly width: number
  readonly height: number
  /** [height, width, 3], numbers from −1 to 1. */
  readonly frame: Float32Array<ArrayBuffer>
  /** Of the first clip of the row. */
  readonly statistics: ChannelStatistics
}

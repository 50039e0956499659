/** The config of a tiny autoencoder of the TAEHV kind: three levels, each of three memory blocks. */
export interface TaehvConfig {
  /** `super` has depthwise memory blocks and pixel shuffles, and no clamp in front. */
  readonly variant: 'base' | 'super'
  readonly latentChannels: number
  /** Side of the square of pixels that the last layer makes of one position. */
  readonly patch: number
  /** Channels of the decoder's three levels, and of the last one's output. */
  readonly channels: readonly [number, number, number, number]
  /** Frames that a frame becomes in each level of the decoder. */
  readonly timeUpscale: readonly [number, number, number]
  /**
   * The encoder's config, where the file has one: its channels, and the frames that become one in each of its levels.
   */
  readonly encoder?: {
    readonly channels: number
    readonly timeDownscale: readonly [number, number, number]
  }
}

/** Each level doubles height and width. */
const LEVELS_STRIDE = 8

/** Pixels of one latent position along each side, and video frames of a latent frame. */
export function taehvStride({ patch, timeUpscale }: TaehvConfig): {
  readonly space: number
  readonly time: number
} {
  return { space: LEVELS_STRIDE * patch, time: timeUpscale.reduce((product, factor) => product * factor) }
}

/**
 * Video frames of the first latent frame that are dropped: all but the last, because a clip begins with a single
 * frame.
 */
export function framesToTrim(config: TaehvConfig): number {
  return taehvStride(config).time - 1
}

/** Positions of the layers in the checkpoint's lists. */
export const LAYERS = {
  base: {
    stem: 1,
    level: (i: number) => ({ blocks: 3 + 6 * i, grow: 7 + 6 * i, conv: 8 + 6 * i }),
    head: 22,
  },
  super: {
    stem: 0,
    level: (i: number) => ({ blocks: 1 + 7 * i, grow: 7 + 7 * i, conv: 4 + 7 * i }),
    head: 22,
  },
  encoder: {
    stem: 0,
    level: (i: number) => ({ pool: 2 + 5 * i, down: 3 + 5 * i, blocks: 4 + 5 * i }),
    head: 17,
  },
} as const

export const BLOCKS = 3

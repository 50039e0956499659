export type MuxerCodec = 'avc' | 'vp9' | 'av1'

/** What a film asks of an encoder. */
export interface FilmShape {
  /** Pixels, even. */
  width: number
  height: number
  /** Whole. */
  fps: number
}

export type MuxerCodec = 'avc' | 'vp9' | 'av1'

/** A film's requirements for an encoder. */
export interface FilmShape {
  /** Pixels, even. */
  width: number
  height: number
  /** Whole. */
  fps: number
}

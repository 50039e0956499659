// How many operations a clip takes, by stage. A multiplication and an addition are two.
import type { ModelShape } from '../protocol/estimate'
import type { DecoderId, Upscale } from '../protocol/settings'

/** Operations of a tiny decoder, by those of the whole one. */
const TINY = 11.4 / 275
/** Operations of realesr-animevideov3 for a pixel. */
const UPSCALER = 1.24e6

export interface ClipSize {
  readonly width: number
  readonly height: number
  readonly frames: number
  /** Passes of the transformer: steps, twice with guidance. */
  readonly passes: number
  /** `tiny`: with a tiny decoder. */
  readonly decoder?: DecoderId
  /** Above 1: with an upscaler, whose work does not depend on the scale. */
  readonly upscale?: Upscale
}

export interface Work {
  /** Operations of one pass of the transformer. */
  readonly pass: number
  readonly decode: number
  /** Bytes of the text encoder. */
  readonly encode: number
}

export function passesOf(steps: number, guidanceScale: number): number {
  return guidanceScale > 1 ? 2 * steps : steps
}

export function tokensOf(shape: ModelShape, { width, height, frames }: ClipSize): number {
  const { pixelsPerToken, framesPerToken } = shape
  const side = (pixels: number): number => Math.ceil(pixels / pixelsPerToken)
  return side(width) * side(height) * (Math.ceil((frames - 1) / framesPerToken) + 1)
}

/**
 * One pass over L tokens of width d, in each layer: 8·L·d² for the projections of self-attention and 4·L²·d inside it,
 * 4·L·d² and 4·L·n·d for cross-attention to n words, 4·L·d·f for the feed-forward of width f.
 */
function passOperations(shape: ModelShape, tokens: number): number {
  const { dim, ffnDim, layers, textTokens } = shape
  const projections = 12 * tokens * dim * dim
  const attention = 4 * tokens * tokens * dim + 4 * tokens * textTokens * dim
  const feedForward = 4 * tokens * dim * ffnDim
  return layers * (projections + attention + feedForward)
}

export function workOf(shape: ModelShape, size: ClipSize): Work {
  const { decoderOperations, tinyShare = TINY, upscalerOperations = UPSCALER } = shape
  const { decoder, upscale = 1 } = size
  const forPixel =
    decoderOperations * (decoder === 'tiny' ? tinyShare : 1) + (upscale > 1 ? upscalerOperations : 0)
  return {
    pass: passOperations(shape, tokensOf(shape, size)),
    decode: forPixel * size.width * size.height * size.frames,
    encode: shape.textEncoderBytes,
  }
}

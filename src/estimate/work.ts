// How many operations a clip takes, by stage. A multiplication and an addition are two.
import type { ControlWork, ModelShape } from '../protocol/estimate'
import type { DecoderId, Upscale } from '../protocol/settings'

/** Operations of a tiny decoder, by those of the whole one. */
const TINY = 11.4 / 275
/** Operations of realesr-animevideov3 for a pixel. */
const UPSCALER = 1.24e6
/** Operations of the encoder of pictures, by those of the decoder, which has three blocks a level to its two. */
const ENCODER = 1 / 2

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
  readonly control?: ControlWork
}

export interface Work {
  /** Operations of one pass of the transformer. */
  readonly pass: number
  /** Of the encoder of pictures; 0 without a control. */
  readonly condition: number
  readonly decode: number
  /** Bytes of the text encoder. */
  readonly encode: number
}

export function passesOf(steps: number, guidanceScale: number): number {
  return guidanceScale > 1 ? 2 * steps : steps
}

export function tokensOf(shape: ModelShape, { width, height, frames, control }: ClipSize): number {
  const { pixelsPerToken, framesPerToken } = shape
  const side = (pixels: number): number => Math.ceil(pixels / pixelsPerToken)
  const latentFrames = Math.ceil((frames - 1) / framesPerToken) + 1 + (control?.references ?? 0)
  return side(width) * side(height) * latentFrames
}

/**
 * One pass over L tokens of width d, in each layer: 8·L·d² for the projections of self-attention and 4·L²·d inside it,
 * 4·L·d² and 4·L·n·d for cross-attention to n words, 4·L·d·f for the feed-forward of width f.
 */
function passOperations(shape: ModelShape, tokens: number, hasControl: boolean): number {
  const { dim, ffnDim, layers, sideLayers = layers / 2, textTokens } = shape
  const projections = 12 * tokens * dim * dim
  const attention = 4 * tokens * tokens * dim + 4 * tokens * textTokens * dim
  const feedForward = 4 * tokens * dim * ffnDim
  return (layers + (hasControl ? sideLayers : 0)) * (projections + attention + feedForward)
}

export function workOf(shape: ModelShape, size: ClipSize): Work {
  const { decoderOperations, tinyShare = TINY, upscalerOperations = UPSCALER } = shape
  const { decoder, upscale = 1, control } = size
  const forPixel =
    decoderOperations * (decoder === 'tiny' ? tinyShare : 1) + (upscale > 1 ? upscalerOperations : 0)
  return {
    pass: passOperations(shape, tokensOf(shape, size), control !== undefined),
    condition: ENCODER * decoderOperations * size.width * size.height * (control?.encodedFrames ?? 0),
    decode: forPixel * size.width * size.height * size.frames,
    encode: shape.textEncoderBytes,
  }
}

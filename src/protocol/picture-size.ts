// Which size of video fits a picture, and what of the picture it shows: the rules that the models were trained with.
import { ZoetropeError } from './errors'

export interface Size {
  readonly width: number
  readonly height: number
}

/** Rounds halves to the even number, as Python does. */
function roundHalfEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}

/**
 * Wan 2.2 TI2V's rule: the size of about `area` pixels, its sides multiples of `unit`, whose shape is nearest the
 * picture's.
 * @throws ZoetropeError where the picture is too long for any
 */
export function sizeForPicture({ width, height }: Size, area: number, unit: Size): Size {
  const ratio = width / height
  const ideal = Math.sqrt(area * ratio)
  const floorTo = (length: number, step: number): number => Math.floor(length / step) * step
  const byWidth = floorTo(ideal, unit.width)
  const byHeight = floorTo(area / ideal, unit.height)
  const candidates: readonly Size[] = [
    { width: byWidth, height: floorTo(area / byWidth, unit.height) },
    { width: floorTo(area / byHeight, unit.width), height: byHeight },
  ]
  // A side of nothing: the official code fails there even where the other candidate would do.
  const sound = candidates.every(
    (size) => size.width > 0 && size.height > 0 && Number.isFinite(size.width + size.height),
  )
  if (!sound)
    throw new ZoetropeError(
      'invalid-settings',
      `A picture of ${width}×${height} is too long for a video of ${area} pixels. Crop it first, or choose a larger size.`,
    )
  const misfit = (size: Size): number => {
    const own = size.width / size.height
    return Math.max(ratio / own, own / ratio)
  }
  const [first, second] = candidates as [Size, Size]
  return misfit(first) < misfit(second) ? first : second
}

/** How a picture is made to cover a size: scaled to `resized`, of which what begins at (`left`, `top`) is kept. */
export interface CoverCrop {
  readonly resized: Size
  readonly left: number
  readonly top: number
}

/** Scales a picture so that it covers `size`, and keeps the middle. */
export function coverCrop({ width, height }: Size, size: Size): CoverCrop {
  const scale = Math.max(size.width / width, size.height / height)
  const resized = { width: roundHalfEven(width * scale), height: roundHalfEven(height * scale) }
  return {
    resized,
    left: Math.floor((resized.width - size.width) / 2),
    top: Math.floor((resized.height - size.height) / 2),
  }
}

/** The part of a picture that a clip shows, in pixels of the picture. */
export interface ShownPart extends Size {
  readonly left: number
  readonly top: number
}

/** What of a picture a clip of a size shows, for a preview. */
export function shownPart(picture: Size, size: Size, fit: PictureFit, unit: Size): ShownPart {
  if (fit === 'stretch' && isNearlyShaped(picture, size, unit)) return { left: 0, top: 0, ...picture }
  const { resized, left, top } = coverCrop(picture, size)
  const [x, y] = [picture.width / resized.width, picture.height / resized.height]
  return { left: left * x, top: top * y, width: size.width * x, height: size.height * y }
}

/** Whether a picture has a size's shape to within `unit` pixels, as it has where the size follows from the picture. */
export function isNearlyShaped(picture: Size, size: Size, unit: Size): boolean {
  const { resized } = coverCrop(picture, size)
  return resized.width - size.width < unit.width && resized.height - size.height < unit.height
}

/**
 * The rule of Wan's 36-channel models: the size of about `area` pixels of the picture's shape, its sides multiples of
 * `unit`. The picture is stretched to it.
 */
export function sizeForStretched({ width, height }: Size, area: number, unit: Size): Size {
  const ratio = height / width
  const side = (length: number, step: number): number => Math.floor(length / step) * step
  return {
    width: side(Math.sqrt(area / ratio), unit.width),
    height: side(Math.sqrt(area * ratio), unit.height),
  }
}

/** Pixels along each side of a token. */
const TOKEN = 16
/** Video frames of a latent frame. */
const STRIDE = 4

/**
 * The size and the number of frames of a clip that follows a video: of the video's shape, never larger, of about
 * `area` pixels and at most `tokens` tokens; a long video is shown in fewer frames.
 */
export function sizeForVideo(
  { width, height, frames }: Size & { readonly frames: number },
  area: number,
  tokens: number,
): Size & { readonly numFrames: number } {
  const [rows, columns] = [Math.floor(height / TOKEN), Math.floor(width / TOKEN)]
  const most = Math.min(tokens, area / (TOKEN * TOKEN), rows * columns)
  const latentFrames = Math.min(Math.floor((frames - 1) / STRIDE) + 1, Math.floor(tokens / most))
  const plane = Math.min(most, Math.floor(tokens / latentFrames))
  const high = roundHalfEven(Math.sqrt((plane * height) / width))
  return {
    height: TOKEN * high,
    width: TOKEN * Math.floor(plane / high),
    numFrames: STRIDE * (latentFrames - 1) + 1,
  }
}

/** How a model brings a picture to a clip's size: cropped, stretched where the shapes are nearly the same, or as VACE. */
export type PictureFit = 'cover' | 'stretch' | 'control'

/**
 * The size of a clip for a picture, by the rule of the model.
 * @param usual size and length of its clips. @throws ZoetropeError where the picture is too long for any
 */
export function pictureSize(
  picture: Size,
  fit: PictureFit,
  usual: Size & { readonly numFrames: number },
  unit: Size,
): Size {
  const area = usual.width * usual.height
  if (fit === 'cover') return sizeForPicture(picture, area, unit)
  if (fit === 'stretch') return sizeForStretched(picture, area, unit)
  const frames = usual.numFrames
  const tokens = ((1 + (frames - 1) / STRIDE) * area) / (unit.width * unit.height)
  const size = sizeForVideo({ ...picture, frames }, area, tokens)
  return { width: size.width, height: size.height }
}

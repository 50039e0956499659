// Which size of video fits a picture, and what of the picture it shows: the rules that the models were trained with.
import { ZoetropeError } from '../../protocol/errors'

export interface Size {
  readonly width: number
  readonly height: number
}

/** Rounds halves to the even number, as Python does. */
export function roundHalfEven(value: number): number {
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

/** Pixels of the picture itself that a cover crop shows, for a preview. */
export function shownPart(picture: Size, size: Size): Size & { readonly left: number; readonly top: number } {
  const { resized, left, top } = coverCrop(picture, size)
  const [x, y] = [picture.width / resized.width, picture.height / resized.height]
  return { left: left * x, top: top * y, width: size.width * x, height: size.height * y }
}

/**
 * The rule of Wan's 36-channel models: the size of about `area` pixels of the picture's shape, its sides multiples of
 * the stride times the patch. The picture is stretched to it.
 */
export function sizeForStretched(
  { width, height }: Size,
  area: number,
  { stride, patch }: { readonly stride: number; readonly patch: number },
): Size {
  const ratio = height / width
  const side = (length: number): number => Math.floor(length / stride / patch) * patch * stride
  return { width: side(Math.sqrt(area / ratio)), height: side(Math.sqrt(area * ratio)) }
}

// Sizes of clips that follow from the picture they begin with.
import type { FrameSize, ModelCard } from '../../protocol/engine'
import type { Limits } from '../../protocol/limits'
import { pictureSize, type PictureFit, type Size } from '../../protocol/picture-size'

/** What of a model decides on the size for a picture. */
export type PictureModel = Pick<ModelCard, 'pictureFit' | 'sizes'> & { readonly limits: SideLimits }
type SideLimits = Pick<Limits, 'width' | 'height' | 'defaults'>

/** Sides are multiples of it. */
export function unitOf({ width, height }: SideLimits): Size {
  return { width: width.multipleOf, height: height.multipleOf }
}

function sizeAt(
  picture: Size,
  fit: PictureFit,
  usual: FrameSize,
  { defaults, ...sides }: SideLimits,
): FrameSize[] {
  try {
    const unit = unitOf({ ...sides, defaults })
    const size = pictureSize(picture, fit, { ...usual, numFrames: defaults.numFrames }, unit)
    const isAllowed = (['width', 'height'] as const).every(
      (side) => size[side] >= sides[side].min && size[side] <= sides[side].max,
    )
    return isAllowed ? [size] : []
  } catch {
    return [] // the picture is too long for any
  }
}

/** The size that the engine chooses for a picture where none is asked for; undefined where it finds none. */
export function sizeFor(picture: Size, { pictureFit, limits }: PictureModel): FrameSize | undefined {
  return pictureFit && sizeAt(picture, pictureFit, limits.defaults, limits)[0]
}

/** Sizes in the picture's shape, with about as many pixels as the model's own, the largest first. */
export function sizesFor(picture: Size, { pictureFit, sizes, limits }: PictureModel): FrameSize[] {
  if (pictureFit === undefined) return []
  const byArea = [limits.defaults, ...sizes].sort((a, b) => b.width * b.height - a.width * a.height)
  const all = byArea.flatMap((usual) => sizeAt(picture, pictureFit, usual, limits))
  return all.filter(
    ({ width, height }, i) => all.findIndex((each) => each.width === width && each.height === height) === i,
  )
}

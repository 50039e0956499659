// Pictures that a clip begins and ends with: whether the model takes them, and the size that follows from the first.
import { sizeForPicture, sizeForStretched } from '../media/picture/crop'
import { openPicture, type Picture } from '../media/picture/open'
import { coveringFrame, fittingFrame, stretchedFrame } from '../media/picture/pixels'
import { sizeUnits, type PictureUse } from '../models/family'
import type { GenerationInput } from '../protocol/engine'
import { ZoetropeError } from '../protocol/errors'
import type { GenerationSettings, SettingsInput } from '../protocol/settings'
import type { ClipPicture, ClipPictures } from './condition'
import type { ModelFiles } from './model/opened'

export interface GivenPictures {
  readonly first: Picture
  readonly last?: Picture
}

function refuse(reason: string): never {
  throw new ZoetropeError('invalid-settings', reason)
}

/** A name for a sentence. */
function nameOf(file: Blob, otherwise: string): string {
  return file instanceof File ? file.name : otherwise
}

/** @throws ZoetropeError where the model does not take these pictures, or needs more, or a file is none */
export async function picturesFor(
  { image, lastImage }: Pick<GenerationInput, 'image' | 'lastImage'>,
  { manifest, networks: { pictures: use } }: ModelFiles,
): Promise<GivenPictures | undefined> {
  const first = image && nameOf(image, 'The picture')
  const last = lastImage && nameOf(lastImage, 'The last picture')
  if (!use && first !== undefined)
    refuse(
      `${first} cannot be used: ${manifest.name} makes clips from text alone. Choose a model that takes a picture, such as Wan 2.2 TI2V 5B, or leave the picture out.`,
    )
  if (last !== undefined && use?.takesLast !== true)
    refuse(
      `${last} cannot be the last frame: ${manifest.name} was not trained to end with a picture. Choose a model that was, such as Wan 2.1 Fun InP, or leave the picture out.`,
    )
  if (last !== undefined && first === undefined)
    refuse(`${last} is the last frame, and the first is missing: give a picture for both.`)
  if (use?.isNeeded === true && first === undefined)
    refuse(`${manifest.name} makes clips from a picture, and none was given. Give it one to begin with.`)
  if (use?.features?.pictures === 2 && last === undefined)
    refuse(
      `${manifest.name} makes what lies between two pictures, and one was given. Give it one to end with too.`,
    )
  if (!image) return undefined
  return {
    first: await openPicture(image, first!),
    ...(lastImage && { last: await openPicture(lastImage, last!) }),
  }
}

/** The size by the model's own rule, where none is asked for: of its usual area and the picture's shape. */
export function sizedFor(
  { first }: GivenPictures,
  given: SettingsInput,
  { manifest, networks: { geometry, pictures } }: ModelFiles,
): SettingsInput {
  if (given.width !== undefined || given.height !== undefined) return given
  const { width, height } = manifest.defaults
  const size =
    pictures?.fit === 'stretch'
      ? sizeForStretched(first, width * height, { stride: geometry.stride.width, patch: geometry.patch[2] })
      : sizeForPicture(first, width * height, sizeUnits(geometry))
  return { ...given, ...size }
}

/** The pictures as the model sees them in a clip of that size. */
export function clipPictures(
  { first, last }: GivenPictures,
  { fit }: Pick<PictureUse, 'fit'>,
  settings: Pick<GenerationSettings, 'width' | 'height'>,
  unit: { readonly width: number; readonly height: number },
): ClipPictures {
  const seen = (picture: Picture): ClipPicture => ({
    frame: () =>
      fit === 'stretch' ? fittingFrame(picture, settings, unit) : coveringFrame(picture, settings),
    square: (side) => stretchedFrame(picture, { width: side, height: side }),
    sha256: picture.sha256,
  })
  return { first: seen(first), ...(last && { last: seen(last) }) }
}

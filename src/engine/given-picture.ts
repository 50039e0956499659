// A picture that a clip begins with: whether the model takes one, and the size that follows from it.
import { sizeForPicture } from '../media/picture/crop'
import { openPicture, type Picture } from '../media/picture/open'
import { sizeUnits } from '../models/family'
import { ZoetropeError } from '../protocol/errors'
import type { FrameSize } from '../protocol/engine'
import type { SettingsInput } from '../protocol/settings'
import type { ModelFiles } from './model/opened'

/** @throws ZoetropeError where the model takes no picture, or the file is none */
export async function pictureFor(image: Blob, { manifest, networks }: ModelFiles): Promise<Picture> {
  const name = image instanceof File ? image.name : 'The picture'
  if (!networks.openEncoder)
    throw new ZoetropeError(
      'invalid-settings',
      `${name} cannot be used: ${manifest.name} makes clips from text alone. Choose a model that takes a picture, such as Wan 2.2 TI2V 5B, or leave the picture out.`,
    )
  return openPicture(image, name)
}

/** The size by the model's own rule, where none is asked for: of its usual area and the picture's shape. */
export function sizedFor(
  picture: Picture,
  given: SettingsInput,
  { networks }: ModelFiles,
  { width, height }: FrameSize,
): SettingsInput {
  if (given.width !== undefined || given.height !== undefined) return given
  return { ...given, ...sizeForPicture(picture, width * height, sizeUnits(networks.geometry)) }
}

// Pictures that a clip begins and ends with: whether the model takes them, and the size that follows from the first.
import { clipEndSha256 } from '../media/clip-end-file'
import { openPicture, type Picture } from '../media/picture/open'
import { coveringFrame, fittingFrame, stretchedFrame, type Pixels } from '../media/picture/pixels'
import { sizeUnits, type PictureUse } from '../models/family'
import type { ChannelStatistics, ClipEnd } from '../protocol/clip-end'
import { ZoetropeError } from '../protocol/errors'
import type { FrameSize, GenerationInput } from '../protocol/engine'
import type { Limits } from '../protocol/limits'
import { pictureSize } from '../protocol/picture-size'
import type { GenerationSettings, SettingsInput } from '../protocol/settings'
import type { ClipPicture, ClipPictures } from './condition'
import type { ModelFiles } from './model/opened'

export interface GivenPictures {
  readonly first: Picture | KeptFrame
  readonly last?: Picture
}

/** What a clip is given beside its settings. */
export interface Shown {
  readonly pictures?: GivenPictures
  /** Colours of the first clip of the row that it goes on. */
  readonly rowColours?: ChannelStatistics
  /** Whether it keeps those. */
  readonly holdsColours: boolean
  readonly keepsEnd: boolean
}

/** Of a clip whose pictures are a control's. @throws ZoetropeError where it goes on from another clip besides */
export function besideControl({ continueFrom, keepsEnd = false }: GenerationInput): Shown {
  if (continueFrom)
    refuse(
      'A clip continues another or follows a control, not both. Leave one of them out, or extend the video with --control-task extend-after.',
    )
  return { holdsColours: false, keepsEnd }
}

/** @throws ZoetropeError as `picturesFor`, and where the clip that it goes on from is another model's */
export async function givenFor(input: GenerationInput, files: ModelFiles): Promise<Shown> {
  const { continueFrom, holdsColours = false, keepsEnd = false } = input
  const pictures = await picturesFor(input, files)
  const rowColours = continueFrom?.statistics
  const { channels } = files.networks.geometry
  if (rowColours && [rowColours.mean, rowColours.deviation].some(({ length }) => length !== channels))
    refuse(
      `The other clip has latents of ${rowColours.mean.length} channels, and those of ${files.manifest.name} have ${channels}. Continue it with the model that made it.`,
    )
  return { ...(pictures && { pictures }), ...(rowColours && { rowColours }), holdsColours, keepsEnd }
}

/** The last frame of an earlier clip, as floats, with a hash of its size and numbers. */
export interface KeptFrame extends Pick<ClipEnd, 'width' | 'height' | 'frame'> {
  readonly sha256: string
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
  { image, lastImage, continueFrom }: Pick<GenerationInput, 'image' | 'lastImage' | 'continueFrom'>,
  { manifest, networks: { pictures: use } }: ModelFiles,
): Promise<GivenPictures | undefined> {
  if (image && continueFrom)
    refuse('A clip begins with a picture or continues another clip, not both. Leave one of them out.')
  const first = image ? nameOf(image, 'The picture') : continueFrom && 'The end of the other clip'
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
      `${manifest.name} makes what lies between two pictures, and only one was given. Give it one to end with too.`,
    )
  if (!image && !continueFrom) return undefined
  return {
    first: image ? await openPicture(image, first!) : await keptFrame(continueFrom!),
    ...(lastImage && { last: await openPicture(lastImage, last!) }),
  }
}

/** @throws ZoetropeError where two pictures are given for a clip of one frame */
export function requireFrames(
  { image, lastImage, continueFrom }: Pick<GenerationInput, 'image' | 'lastImage' | 'continueFrom'>,
  { numFrames }: Pick<GenerationSettings, 'numFrames'>,
  { min, step }: Limits['frames'],
): void {
  if (numFrames > 1 || !lastImage || !(image ?? continueFrom)) return
  refuse(
    `A first and a last picture were given for a clip of one frame, which can show only one of them. Choose at least ${min + step} frames, or leave one picture out.`,
  )
}

/** @throws ZoetropeError where the frame has not as many numbers as its size says */
async function keptFrame({ width, height, frame }: ClipEnd): Promise<KeptFrame> {
  if (frame.length !== width * height * 3 || !frame.every(Number.isFinite))
    refuse(
      `The end of the other clip has ${frame.length} numbers, or some that are none; a frame of ${width}×${height} has ${width * height * 3}. Make that clip again.`,
    )
  return { width, height, frame, sha256: await clipEndSha256({ width, height, frame }) }
}

/**
 * The size by the model's own rule, where none is asked for: of its usual area and the picture's shape. What goes on from a
 * clip has that clip's size.
 * @throws ZoetropeError where another is asked for
 */
export function sizedFor(
  { first }: GivenPictures,
  given: SettingsInput,
  { networks: { geometry, pictures } }: Pick<ModelFiles, 'networks'>,
  usual: FrameSize & { readonly numFrames: number },
): SettingsInput {
  if (!('rgb' in first)) return { ...given, ...sizeOfRow(first, given) }
  if (given.width !== undefined || given.height !== undefined) return given
  return { ...given, ...pictureSize(first, pictures?.fit ?? 'cover', usual, sizeUnits(geometry)) }
}

function sizeOfRow({ width, height }: KeptFrame, given: SettingsInput): { width: number; height: number } {
  const isOther = (asked: unknown, own: number): boolean =>
    asked !== undefined && asked !== '' && Number(asked) !== own
  if (isOther(given.width, width) || isOther(given.height, height))
    refuse(
      `A clip that continues another has the same size, ${width}×${height}; ${String(given.width ?? width)}×${String(given.height ?? height)} was requested. Leave out width and height.`,
    )
  return { width, height }
}

/** The pictures as the model sees them in a clip of that size. */
export function clipPictures(
  { first, last }: GivenPictures,
  { fit }: Pick<PictureUse, 'fit'>,
  settings: Pick<GenerationSettings, 'width' | 'height'>,
  unit: { readonly width: number; readonly height: number },
): ClipPictures {
  const seen = (picture: Picture | KeptFrame): ClipPicture => ({
    frame() {
      if (!('rgb' in picture)) return picture.frame
      return fit === 'stretch' ? fittingFrame(picture, settings, unit) : coveringFrame(picture, settings)
    },
    square: (side) =>
      stretchedFrame('rgb' in picture ? picture : asPixels(picture), { width: side, height: side }),
    sha256: picture.sha256,
  })
  return { first: seen(first), ...(last && { last: seen(last) }) }
}

/** In bytes, for CLIP, which sees little detail. */
function asPixels({ width, height, frame }: KeptFrame): Pixels {
  const rgb = Uint8Array.from(frame, (value) =>
    Math.round((Math.min(1, Math.max(-1, value)) * 0.5 + 0.5) * 255),
  )
  return { width, height, rgb }
}

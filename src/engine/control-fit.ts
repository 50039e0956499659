// How the files of a control fit a clip: the size that follows from them, and sentences where they are too small or too
// short.
import { widened } from '../media/control/compose'
import type { FrameSource } from '../media/control/source'
import type { ControlTask } from '../protocol/control'
import { ZoetropeError } from '../protocol/errors'
import { sizeForVideo, type Size } from '../protocol/picture-size'
import type { GenerationSettings } from '../protocol/settings'

/** Pixels along each side of a token: less of a video makes no clip. */
const TOKEN = 16
/** Shapes that differ by less are cropped alike. */
const SAME_SHAPE = 0.02

/** A file of a control, by the name that sentences give it. */
export interface NamedSource {
  readonly name: string
  readonly source: FrameSource
}

type Shape = Pick<GenerationSettings, 'width' | 'height' | 'numFrames'>

/** Whether the frames of a video are spread over the whole clip. */
function isSpread(task: ControlTask): boolean {
  return task === 'follow' || task === 'inpaint' || task === 'outpaint'
}

function isStill({ times }: FrameSource): boolean {
  return times.starts.length === 1
}

/**
 * The size and length of a clip that follows from a video, or from the picture that it begins or ends with.
 * @param usual of the model
 * @param stride of its latents
 * @throws ZoetropeError where it is too small, or too narrow, to have tokens
 */
export function sizeFrom(
  { name, size, video }: { readonly name: string; readonly size: Size; readonly video?: FrameSource },
  task: ControlTask,
  usual: Shape,
  stride: { readonly frames: number; readonly height: number; readonly width: number },
): Shape {
  const canvas = task === 'outpaint' && video ? widened(size) : size
  const frames = video && isSpread(task) && !isStill(video) ? video.times.starts.length : undefined
  const latentFrames = 1 + (usual.numFrames - 1) / stride.frames
  const tokens = (latentFrames * usual.height * usual.width) / (4 * stride.height * stride.width)
  const found = sizeForVideo(
    { width: canvas.width, height: canvas.height, frames: frames ?? usual.numFrames },
    usual.width * usual.height,
    tokens,
  )
  if (!(found.width >= TOKEN && found.height >= TOKEN))
    throw new ZoetropeError(
      'invalid-settings',
      `${name} has ${size.width}×${size.height} pixels, and the clip takes its size from it: at least ${TOKEN}×${TOKEN} are needed, in a shape that is not much longer than wide. Choose a larger one, or give the clip a width and a height.`,
    )
  return { ...found, numFrames: frames === undefined ? usual.numFrames : found.numFrames }
}

function enlarged({ name, source }: NamedSource, { width, height }: Size, shown: Size): string[] {
  return shown.width >= width && shown.height >= height
    ? []
    : [`${name} has ${source.width}×${source.height} pixels, the clip ${width}×${height}: it is enlarged.`]
}

function repeated({ name, source }: NamedSource, numFrames: number): string[] {
  const { length } = source.times.starts
  return isStill(source) || length >= numFrames
    ? []
    : [`${name} has ${length} frames and the clip ${numFrames}: some of them are shown more than once.`]
}

/** Sentences about what is resampled. */
export function fitNotes(
  { video, mask }: { readonly video: NamedSource | undefined; readonly mask: NamedSource | undefined },
  task: ControlTask,
  clip: Shape,
): string[] {
  if (!video) return []
  const shown = task === 'outpaint' ? widened(video.source) : video.source
  const notes = [...enlarged(video, clip, shown), ...(isSpread(task) ? repeated(video, clip.numFrames) : [])]
  if (!mask) return notes
  const ratio = (mask.source.width * video.source.height) / (mask.source.height * video.source.width)
  return [
    ...notes,
    ...enlarged(mask, clip, mask.source),
    ...repeated(mask, clip.numFrames),
    ...(Math.abs(ratio - 1) <= SAME_SHAPE
      ? []
      : [
          `${mask.name} has ${mask.source.width}×${mask.source.height} pixels and ${video.name} ${video.source.width}×${video.source.height}, a different shape: each is cropped to its own middle, so the mask may not fit. Give it the video's shape.`,
        ]),
  ]
}

// The frames and masks that a control is made of, for each task, as VACE's own preprocessing makes them.
import type { ControlTask, MaskKey } from '../../protocol/control'
import type { Size } from '../../protocol/picture-size'
import { cropToCover, type Pixels } from '../picture/pixels'
import { coverer } from './cover'
import { endFrames, framesAtRate, spreadFrames, type FrameTimes } from './frame-choice'
import { letterboxed } from './letterbox'
import { masksOf } from './mask'
import { framesThrough, type FrameSource } from './source'

/** Frames that are to be made, and areas of given frames that are. */
const FILL = 127
const AREA = 128
/** A mask's byte from which on a pixel is to be made. */
const MADE = 128
/** Of the video's width, on each side. */
const BORDER = 1 / 4

/** What a control is made of. */
export interface ControlParts {
  readonly task: ControlTask
  readonly video?: FrameSource
  readonly mask?: FrameSource
  readonly maskKeys: readonly MaskKey[]
  readonly first?: Pixels
  readonly last?: Pixels
  readonly references: readonly Pixels[]
}

/** A clip's size, length and rate. */
export interface ClipShape extends Size {
  readonly numFrames: number
  readonly fps: number
}

/** A composed control: RGB bytes and mask bytes a frame, and reference pictures as floats. */
export interface ComposedControl extends Size {
  readonly numFrames: number
  readonly video?: readonly Uint8Array[]
  readonly mask?: readonly Uint8Array[]
  readonly references: readonly Float32Array<ArrayBuffer>[]
}

/** The canvas of a video with a border left and right. */
export function widened({ width, height }: Size): Size & { readonly left: number } {
  const left = Math.round(width * BORDER)
  return { width: width + 2 * left, height, left }
}

/** How many frames of a video a clip of `numFrames` takes over when it goes on: at most half, whole latent frames. */
export function keptFrames(
  times: FrameTimes,
  { numFrames, fps }: Pick<ClipShape, 'numFrames' | 'fps'>,
): number {
  const most = Math.min(framesAtRate(times, fps), Math.floor(numFrames / 2))
  return most < 1 ? 1 : 4 * Math.floor((most - 1) / 4) + 1
}

interface Frames {
  readonly video: Uint8Array[]
  readonly mask?: Uint8Array[]
}

function filled(length: number, byte: number): Uint8Array {
  return new Uint8Array(length).fill(byte)
}

/** Frames of which all are to be made. */
function nothing({ width, height, numFrames }: ClipShape): Required<Frames> {
  const [grey, made] = [filled(width * height * 3, FILL), filled(width * height, 255)]
  return {
    video: Array.from({ length: numFrames }, () => grey),
    mask: Array.from({ length: numFrames }, () => made),
  }
}

/** Puts given frames into others: they are kept. */
function kept(frames: Required<Frames>, given: readonly Uint8Array[], first: number): Required<Frames> {
  const keep = new Uint8Array(frames.mask[0]!.length)
  const at = (f: number): Uint8Array | undefined => given[f - first]
  return {
    video: frames.video.map((frame, f) => at(f) ?? frame),
    mask: frames.mask.map((mask, f) => (at(f) ? keep : mask)),
  }
}

/** A frame with the middle grey where it is to be made. */
function greyed(frame: Uint8Array, mask: Uint8Array): Uint8Array {
  return frame.map((byte, i) => (mask[Math.floor(i / 3)]! >= MADE ? AREA : byte))
}

async function outpainted(video: FrameSource, shape: ClipShape, signal?: AbortSignal): Promise<Frames> {
  const canvas = widened(video)
  const { left } = canvas
  const toClip = coverer(canvas, shape)
  const place = (rgb: Uint8Array): Uint8Array => {
    const wide = filled(canvas.width * canvas.height * 3, AREA)
    for (let row = 0; row < video.height; row++)
      wide.set(
        rgb.subarray(row * video.width * 3, (row + 1) * video.width * 3),
        (row * canvas.width + left) * 3,
      )
    return toClip(wide)
  }
  const border = filled(canvas.width * canvas.height, 255)
  for (let row = 0; row < video.height; row++)
    border.fill(0, row * canvas.width + left, row * canvas.width + left + video.width)
  const mask = coverer(canvas, shape, 1)(border)
  const frames = await framesThrough(video, spreadFrames(video.times, shape.numFrames), place, signal)
  return { video: frames, mask: frames.map(() => mask) }
}

async function extended(
  video: FrameSource,
  shape: ClipShape,
  end: 'first' | 'last',
  signal?: AbortSignal,
): Promise<Frames> {
  const count = keptFrames(video.times, shape)
  const cover = coverer(video, shape)
  const given = await framesThrough(
    video,
    endFrames(video.times, count, shape.fps, end),
    (rgb) => cover(rgb).slice(),
    signal,
  )
  return kept(nothing(shape), given, end === 'last' ? 0 : shape.numFrames - count)
}

async function videoFrames(
  { task, video, mask, maskKeys }: ControlParts & { readonly video: FrameSource },
  shape: ClipShape,
  signal?: AbortSignal,
): Promise<Frames> {
  switch (task) {
    case 'outpaint':
      return outpainted(video, shape, signal)
    case 'extend-after':
      return extended(video, shape, 'last', signal)
    case 'extend-before':
      return extended(video, shape, 'first', signal)
    case 'follow':
    case 'inpaint': {
      const cover = coverer(video, shape)
      const ids = spreadFrames(video.times, shape.numFrames)
      const frames = await framesThrough(video, ids, (rgb) => cover(rgb).slice(), signal)
      if (!mask) return { video: frames }
      const masks = await masksOf(mask, shape, shape.numFrames, maskKeys, signal)
      return {
        video: task === 'inpaint' ? frames.map((frame, f) => greyed(frame, masks[f]!)) : frames,
        mask: masks,
      }
    }
  }
}

/** Reads and composes a control for a clip. */
export async function composeControl(
  parts: ControlParts,
  shape: ClipShape,
  signal?: AbortSignal,
): Promise<ComposedControl> {
  const { width, height, numFrames } = shape
  const { video, first, last, references } = parts
  let frames = video ? await videoFrames({ ...parts, video }, shape, signal) : undefined
  const put = (picture: Pixels, f: number): void => {
    const { video: own, mask = nothing(shape).mask } = frames ?? nothing(shape)
    frames = kept({ video: own, mask }, [cropToCover(picture, shape)], f)
  }
  if (first) put(first, 0)
  if (last) put(last, numFrames - 1)
  return {
    width,
    height,
    numFrames,
    ...frames,
    references: references.map((picture) => letterboxed(picture, shape)),
  }
}

/** What a dry run needs to know of a control: which lists there are, and how long they are. */
export function sketchControl(parts: ControlParts, { width, height, numFrames }: ClipShape): ComposedControl {
  const none = Array.from({ length: numFrames }, () => new Uint8Array())
  const { video, mask, first, last, references } = parts
  const hasFrames = video !== undefined || first !== undefined || last !== undefined
  return {
    width,
    height,
    numFrames,
    ...(hasFrames && { video: none }),
    ...(hasFrames && (mask ?? first ?? last) && { mask: none }),
    references: references.map(() => new Float32Array()),
  }
}

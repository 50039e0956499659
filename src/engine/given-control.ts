// What a clip follows or changes: whether the model takes it, the size that follows from it, and its frames.
import { composeControl, sketchControl, type ControlParts } from '../media/control/compose'
import { looksLikeVideo } from '../protocol/looks-like-video'
import { openVideo, type OpenVideo } from '../media/control/read-video'
import { stillSource } from '../media/control/source'
import { openPicture, type Picture } from '../media/picture/open'
import {
  CONTROL_STRENGTH,
  CONTROL_TASKS,
  MOST_REFERENCES,
  type ControlInput,
  type ControlMetadata,
  type MaskKey,
} from '../protocol/control'
import type { GenerationInput } from '../protocol/engine'
import { ZoetropeError } from '../protocol/errors'
import type { ClipMetadata, GenerationSettings, SettingsInput } from '../protocol/settings'
import { sha256Hex } from '../weights/sources/sha256'
import { fitNotes, sizeFrom, type NamedSource } from './control-fit'
import type { ClipControl } from './control-phase'
import type { ModelFiles } from './model/opened'

function refuse(reason: string): never {
  throw new ZoetropeError('invalid-settings', reason)
}

function nameOf(file: Blob, otherwise: string): string {
  return file instanceof File ? file.name : otherwise
}

/** A file, opened. */
interface Opened extends NamedSource {
  /** Of a picture's size and pixels, or of a video's bytes. */
  sha256(): Promise<string>
  close(): void
}

async function openFrames(file: Blob, name: string): Promise<Opened> {
  if (looksLikeVideo(new Uint8Array(await file.slice(0, 16).arrayBuffer()))) {
    const source: OpenVideo = await openVideo(file, name)
    return {
      name,
      source,
      sha256: async () => sha256Hex(new Uint8Array(await file.arrayBuffer())),
      close: () => source.close(),
    }
  }
  const picture = await openPicture(file, name)
  return { name, source: stillSource(picture), sha256: async () => picture.sha256, close: () => {} }
}

/** A control whose files are opened. */
export interface GivenControl {
  /** Settings with the size and length that follow from a video, where none are asked for. */
  sized(given: SettingsInput): SettingsInput
  /** Sentences about what is left out or resampled in a clip. */
  notes(settings: GenerationSettings): string[]
  /** For a plan: as long as the control, and empty. Undefined where its strength is 0. */
  sketch(settings: GenerationSettings): ClipControl | undefined
  /** Decodes what the clip needs. Undefined where its strength is 0. */
  load(settings: GenerationSettings, signal?: AbortSignal): Promise<ClipControl | undefined>
  /** For the recipe. */
  metadata(): Promise<Pick<ClipMetadata, 'imageSha256' | 'lastImageSha256' | 'control'>>
  close(): void
}

interface Files {
  readonly video: Opened | undefined
  readonly mask: Opened | undefined
  readonly pictures: {
    readonly first: Picture | undefined
    readonly last: Picture | undefined
    readonly references: readonly Picture[]
  }
}

/** Opened files close in any case. */
async function openFiles(
  control: ControlInput,
  image: Blob | undefined,
  lastImage: Blob | undefined,
): Promise<Files> {
  const opened: Opened[] = []
  const open = async (file: Blob | undefined, name: string): Promise<Opened | undefined> => {
    if (!file) return undefined
    const frames = await openFrames(file, nameOf(file, name))
    opened.push(frames)
    return frames
  }
  const picture = async (file: Blob | undefined, name: string): Promise<Picture | undefined> =>
    file && openPicture(file, nameOf(file, name))
  try {
    const references: Picture[] = []
    for (const [i, file] of (control.references ?? []).entries())
      references.push((await picture(file, `Reference ${i + 1}`))!)
    return {
      video: await open(control.video, 'The control video'),
      mask: await open(control.mask, 'The mask'),
      pictures: {
        first: await picture(image, 'The picture'),
        last: await picture(lastImage, 'The last picture'),
        references,
      },
    }
  } catch (error) {
    for (const each of opened) each.close()
    throw error
  }
}

function readTask({ task, mask }: ControlInput): ControlParts['task'] {
  const chosen = task ?? (mask ? 'inpaint' : 'follow')
  return CONTROL_TASKS.includes(chosen)
    ? chosen
    : refuse(
        `The task of a control must be one of ${CONTROL_TASKS.join(', ')}; "${String(chosen)}" is none of them.`,
      )
}

function readStrength({ strength = CONTROL_STRENGTH.usual }: ControlInput): number {
  const { min, max } = CONTROL_STRENGTH
  return typeof strength === 'number' && strength >= min && strength <= max
    ? strength
    : refuse(`The strength of a control must be a number from ${min} to ${max}; ${String(strength)} is not.`)
}

function readKeys({ maskKeys = [] }: ControlInput): readonly MaskKey[] {
  const isPlace = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= 4
  const isKey = ({ at, x, y }: MaskKey): boolean =>
    typeof at === 'number' && at >= 0 && at <= 1 && isPlace(x) && isPlace(y)
  return maskKeys.length <= 1000 && maskKeys.every(isKey)
    ? maskKeys
    : refuse('The keys of a mask must be moments from 0 to 1, with places of at most 4 widths and heights.')
}

/** @throws ZoetropeError where the parts do not go together */
function checkTogether({ video, mask, references = [] }: ControlInput, task: ControlParts['task']): void {
  if (references.length > MOST_REFERENCES)
    refuse(
      `${references.length} reference pictures were given; a clip takes up to ${MOST_REFERENCES}. Leave some out.`,
    )
  if (mask && !video)
    refuse(
      'A mask marks the part of a video to redraw, and there is no control video. Give one, or leave the mask out.',
    )
  if (task === 'inpaint' && !mask)
    refuse('Inpainting redraws what a mask marks, and there is no mask. Give one, or choose another task.')
  if (task !== 'follow' && !video)
    refuse(
      `The task ${task} changes a video, and there is no control video. Give one, or choose another task.`,
    )
  if (mask && task !== 'follow' && task !== 'inpaint')
    refuse(`The task ${task} makes its own mask; leave yours out, or choose inpaint.`)
}

/**
 * Opens the files of a control, and of the pictures that such a model is given with it; undefined where there are
 * none.
 * @param usual size and length, where none follow from the files
 * @throws ZoetropeError where the model takes no control, the parts do not go together, or a file is none
 */
export async function controlFor(
  { control, image, lastImage }: Pick<GenerationInput, 'control' | 'image' | 'lastImage'>,
  { manifest, networks }: ModelFiles,
  usual: Pick<GenerationSettings, 'width' | 'height' | 'numFrames'> = manifest.defaults,
): Promise<GivenControl | undefined> {
  const isGiven =
    control !== undefined && (control.video ?? control.mask ?? control.references?.[0]) !== undefined
  if (!networks.encodeControl) {
    if (isGiven)
      refuse(
        `${manifest.name} follows no control video, mask or reference picture. Choose a VACE model, such as Wan 2.1 VACE 1.3B, or leave them out.`,
      )
    return undefined
  }
  if (!isGiven && !image && !lastImage) return undefined
  const given = control ?? {}
  const [task, strength, maskKeys] = [readTask(given), readStrength(given), readKeys(given)]
  checkTogether(given, task)
  const { video, mask, pictures } = await openFiles(given, image, lastImage)
  const { first, last, references } = pictures
  const parts: ControlParts = {
    task,
    maskKeys,
    references,
    ...(video && { video: video.source }),
    ...(mask && { mask: mask.source }),
    ...(first && { first }),
    ...(last && { last }),
  }
  const { defaults } = manifest
  const { stride } = networks.geometry
  /** A hint times 0 changes nothing, and latent frames of references alone would. */
  const isLeftOut = strength === 0
  const picture = first ?? last
  const leading = video
    ? { name: video.name, size: video.source, video: video.source }
    : picture && {
        name: nameOf((first ? image : lastImage)!, first ? 'The picture' : 'The last picture'),
        size: picture,
      }
  const shape = ({ width, height, numFrames }: GenerationSettings) => ({
    width,
    height,
    numFrames,
    fps: defaults.fps,
  })
  return {
    sized(settings) {
      if (settings.width !== undefined || settings.height !== undefined) return settings
      if (!leading) return settings
      const size = sizeFrom(leading, task, usual, stride)
      return { ...settings, ...size, numFrames: settings.numFrames ?? size.numFrames }
    },
    notes: (settings) =>
      isLeftOut
        ? ['The strength of the control is 0: the clip is made without it.']
        : fitNotes({ video, mask }, task, settings),
    sketch: (settings) =>
      isLeftOut ? undefined : { frames: sketchControl(parts, shape(settings)), strength },
    load: async (settings, signal) =>
      isLeftOut ? undefined : { frames: await composeControl(parts, shape(settings), signal), strength },
    async metadata() {
      const referenceSha256 = references.map(({ sha256 }) => sha256)
      const own: ControlMetadata = {
        strength,
        ...(video && { task, videoSha256: await video.sha256() }),
        ...(mask && { maskSha256: await mask.sha256(), ...(maskKeys.length > 0 && { maskKeys }) }),
        ...(referenceSha256.length > 0 && { referenceSha256 }),
      }
      return {
        control: own,
        ...(first && { imageSha256: first.sha256 }),
        ...(last && { lastImageSha256: last.sha256 }),
      }
    },
    close() {
      video?.close()
      mask?.close()
    },
  }
}

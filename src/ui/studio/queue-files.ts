// The files of what waits in the queue: they cannot be written down with the rest, and are kept beside it.
import { MOST_REFERENCES } from '../../protocol/control'
import { bareUnlessVideo } from '../../protocol/looks-like-video'
import { ZoetropeError } from '../../protocol/errors'
import type { TakenPicture } from '../../protocol/gallery'
import { isObject } from '../kept'
import { asFile } from './given'
import type { Pictures } from './pictures'
import type { StudioInput } from './studio-input'

const REFERENCES = Array.from({ length: MOST_REFERENCES }, (_, i) => `reference ${i}`)
/** Every place for a file in an input. */
const SLOTS = ['image', 'lastImage', 'upscaler', 'video', 'mask', ...REFERENCES]

/** Under which they are kept, by their places. */
export type FileIds = Readonly<Record<string, string>>

function filesOf({ image, lastImage, upscaler, control = {} }: StudioInput): Map<string, Blob> {
  const { video, mask, references = [] } = control
  const all = Object.entries({ image, lastImage, upscaler, video, mask })
  const shown = references.map((file, i) => [REFERENCES[i] ?? '', file] as const)
  return new Map([...all, ...shown].flatMap(([slot, file]) => (file === undefined ? [] : [[slot, file]])))
}

function withFiles(input: StudioInput, files: ReadonlyMap<string, Blob>): StudioInput {
  const one = <Name extends string>(name: Name): Partial<Record<Name, Blob>> => {
    const file = files.get(name)
    return file === undefined ? {} : ({ [name]: file } as Record<Name, Blob>)
  }
  const references = REFERENCES.flatMap((slot) => files.get(slot) ?? [])
  return {
    ...input,
    ...one('image'),
    ...one('lastImage'),
    ...one('upscaler'),
    ...(input.control && {
      control: { ...input.control, ...one('video'), ...one('mask'), references },
    }),
  }
}

export function hasFiles(input: StudioInput): boolean {
  return filesOf(input).size > 0
}

/** What can be written down. */
export function withoutFiles(input: StudioInput): StudioInput {
  const { image: _image, lastImage: _lastImage, upscaler: _upscaler, control, ...settings } = input
  if (control === undefined) return settings
  const { video: _video, mask: _mask, references: _references, ...rest } = control
  return { ...settings, control: rest }
}

export function readFileIds(value: unknown): FileIds | undefined {
  if (!isObject(value)) return undefined
  return Object.fromEntries(
    SLOTS.flatMap((slot) => (typeof value[slot] === 'string' ? [[slot, value[slot]]] : [])),
  )
}

export interface QueueFiles {
  /** Undefined where the browser keeps nothing, or one is no picture. */
  keep(input: StudioInput): Promise<FileIds | undefined>
  /** The input with its files. @throws ZoetropeError where one is gone */
  find(input: StudioInput, ids: FileIds): Promise<StudioInput>
}

export interface QueueFilesNeeds {
  readonly pictures: Pictures
  /** Reads a picture, of which nothing but the pixels stays. */
  takePicture(file: File): Promise<TakenPicture>
  /** An id for a file; one of no meaning unless given. */
  newId?: () => string
}

export function createQueueFiles(needs: QueueFilesNeeds | undefined): QueueFiles {
  /** Seeds of one picture share it. */
  const known = new WeakMap<Blob, Promise<string | undefined>>()
  const write = async (file: Blob, isPicture: boolean): Promise<string | undefined> => {
    if (!needs) return undefined
    const { pictures, takePicture, newId = () => crypto.randomUUID() } = needs
    const pixels = async (picture: Blob): Promise<Blob> =>
      (await takePicture(asFile(picture, 'picture'))).file
    const id = newId()
    try {
      const content = isPicture ? await bareUnlessVideo(file, pixels) : file
      return (await pictures.keep(id, content)) ? id : undefined
    } catch {
      return undefined // it is no picture: the run will say so
    }
  }
  const keepOne = (slot: string, file: Blob): Promise<string | undefined> => {
    const kept = known.get(file) ?? write(file, slot !== 'upscaler')
    known.set(file, kept)
    return kept
  }
  return {
    async keep(input) {
      const kept = await Promise.all(
        Array.from(filesOf(input), async ([slot, file]) => [slot, await keepOne(slot, file)] as const),
      )
      return kept.every(([, id]) => id !== undefined) ? (Object.fromEntries(kept) as FileIds) : undefined
    },
    async find(input, ids) {
      const found = filesOf(input)
      for (const [slot, id] of Object.entries(ids)) {
        if (found.has(slot)) continue
        const file = await needs?.pictures.read(id)
        if (file === undefined)
          throw new ZoetropeError(
            'storage-failed',
            'A picture or file that this video is made with is no longer in the browser. Choose it again.',
          )
        found.set(slot, file)
      }
      return withFiles(input, found)
    },
  }
}

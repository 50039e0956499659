// The files of what waits in the queue: they cannot be written down with the rest, and are kept beside it.
import { ZoetropeError } from '../../protocol/errors'
import { isObject } from '../kept'
import type { Pictures } from './pictures'
import type { StudioInput } from './studio-input'

const FILES = ['image', 'lastImage', 'upscaler'] as const

/** Under which they are kept. */
export type FileIds = { readonly [name in (typeof FILES)[number]]?: string }

export function hasFiles(input: StudioInput): boolean {
  return FILES.some((name) => input[name] !== undefined)
}

export function withoutFiles(input: StudioInput): StudioInput {
  const { image: _image, lastImage: _lastImage, upscaler: _upscaler, ...settings } = input
  return settings
}

export function readFileIds(value: unknown): FileIds | undefined {
  if (!isObject(value)) return undefined
  return Object.fromEntries(
    FILES.flatMap((name) => (typeof value[name] === 'string' ? [[name, value[name]]] : [])),
  )
}

export interface QueueFiles {
  /** Undefined where the browser keeps nothing. */
  keep(input: StudioInput): Promise<FileIds | undefined>
  /** The input with its files. @throws ZoetropeError where one is gone */
  find(input: StudioInput, ids: FileIds): Promise<StudioInput>
}

export function createQueueFiles(pictures: Pictures | undefined): QueueFiles {
  /** Seeds of one picture share it. */
  const known = new WeakMap<Blob, Promise<string | undefined>>()
  const keepOne = (file: Blob): Promise<string | undefined> => {
    const id = crypto.randomUUID()
    const kept = known.get(file) ?? pictures?.keep(id, file).then((isThere) => (isThere ? id : undefined))
    if (kept !== undefined) known.set(file, kept)
    return kept ?? Promise.resolve(undefined)
  }
  return {
    async keep(input) {
      const given = FILES.flatMap((name) => (input[name] === undefined ? [] : [[name, input[name]] as const]))
      const kept = await Promise.all(given.map(async ([name, file]) => [name, await keepOne(file)] as const))
      return kept.every(([, id]) => id !== undefined) ? (Object.fromEntries(kept) as FileIds) : undefined
    },
    async find(input, ids) {
      const found: { -readonly [name in keyof FileIds]?: Blob } = {}
      for (const name of FILES) {
        const id = ids[name]
        if (id === undefined || input[name] !== undefined) continue
        const file = await pictures?.read(id)
        if (file === undefined)
          throw new ZoetropeError(
            'storage-failed',
            'A picture or file that this video is made with is not in the browser any more. Choose it again.',
          )
        found[name] = file
      }
      return { ...input, ...found }
    },
  }
}

import type { ClipEnd } from '../protocol/clip-end'
import type {
  ClipFacts,
  ClipRecord,
  ExportedFile,
  ExportFormat,
  GalleryPlace,
  GivenFile,
  StudioCommand,
  StudioFinalReply,
  StudioReply,
  StudioRequest,
  TakenPicture,
} from '../protocol/gallery'
import type { RecipeReading } from '../protocol/recipe'
import type { ReadyReply } from '../protocol/requests'
import { connectWorker, type WorkerPort } from './client-requests'

export interface LongWork {
  /** How much is done, 0 … 1. */
  onProgress?: ((done: number) => void) | undefined
  signal?: AbortSignal | undefined
}

/** What is kept beside a clip. */
export interface Beside {
  /** That it began with. */
  picture?: Blob | undefined
  /** Other files that it was made with. */
  given?: readonly GivenFile[] | undefined
  /** From which another may go on. */
  end?: ClipEnd | undefined
  /** A safetensors file. */
  latents?: Uint8Array<ArrayBuffer> | undefined
}

/** Clips and their files, seen from the page. Every promise rejects with a `ZoetropeError`. */
export interface StudioClient {
  list(): Promise<{ clips: ClipRecord[]; place: GalleryPlace }>
  keep(
    facts: ClipFacts,
    mp4: Uint8Array<ArrayBuffer>,
    beside?: Beside,
  ): Promise<{ clip: ClipRecord; place: GalleryPlace }>
  file(clip: string): Promise<Blob>
  /** The picture that a clip began with. */
  picture(clip: string): Promise<Blob>
  /** The other files that it was made with. */
  given(clip: string): Promise<GivenFile[]>
  /** The end of a clip. @throws ZoetropeError where it is not kept */
  end(clip: string): Promise<ClipEnd>
  star(clip: string, isStarred: boolean): Promise<void>
  /** Hides clips; `restore` brings them back until `purge`. */
  remove(clips: readonly string[]): Promise<void>
  restore(clips: readonly string[]): Promise<void>
  /** Clears away what was deleted before a moment, in milliseconds since 1970. */
  purge(before: number): Promise<void>
  /** Deletes every clip at once and for good. */
  erase(): Promise<void>
  /** @param seconds of the frame for a still */
  export(clip: string, format: ExportFormat, seconds?: number, work?: LongWork): Promise<ExportedFile>
  /** What a file says about how it was made; undefined where nothing is known. */
  read(file: Blob): Promise<RecipeReading | undefined>
  /** A picture without what its file says beside the pixels. @throws ZoetropeError where it is none or too large */
  takePicture(file: File): Promise<TakenPicture>
  /** Every clip in one file, and how many had to be left out. */
  backup(work?: LongWork): Promise<{ file: Blob; leftOut: number }>
  import(file: Blob): Promise<{ count: number; leftOut: string[] }>
  /** Writes down the next bytes of a film that is being made; the first ones begin another. */
  draft(bytes: Uint8Array<ArrayBuffer>, isFirst: boolean): Promise<void>
  /**
   * The film that was being made has ended.
   * @param isOver it was kept or thrown away; otherwise the next visit rescues it
   * @param clip what was made of it: once that is deleted, nothing is rescued
   */
  settle(isOver: boolean, clip?: string): Promise<void>
  /** Keeps the films whose making was cut short, and counts them. */
  rescue(): Promise<number>
  close(): void
}

export type StudioPort = WorkerPort<StudioCommand, StudioReply | ReadyReply>

/** @param start the worker; another one where it breaks */
export function connectStudio(start: () => StudioPort): StudioClient {
  const { ask, close } = connectWorker<StudioRequest, StudioReply, StudioFinalReply>(start, {
    who: 'The gallery',
    cancelled: 'Cancelled.',
  })
  const listening = ({ onProgress, signal }: LongWork = {}) => ({
    signal,
    onReply: (reply: StudioReply): void => {
      if (reply.type === 'progress') onProgress?.(reply.done)
    },
  })
  return {
    list: () => ask({ type: 'list' }),
    keep: (facts, mp4, { picture, given = [], end, latents } = {}) =>
      ask({
        type: 'keep',
        facts,
        mp4,
        ...(picture && { picture }),
        ...(given.length > 0 && { given }),
        ...(end && { end }),
        ...(latents && { latents }),
      }),
    file: async (clip) => (await ask({ type: 'file', clip })).file,
    picture: async (clip) => (await ask({ type: 'picture', clip })).file,
    given: async (clip) => (await ask({ type: 'given', clip })).files,
    end: async (clip) => (await ask({ type: 'end', clip })).end,
    star: async (clip, isStarred) => void (await ask({ type: 'star', clip, isStarred })),
    remove: async (clips) => void (await ask({ type: 'remove', clips })),
    restore: async (clips) => void (await ask({ type: 'restore', clips })),
    purge: async (before) => void (await ask({ type: 'purge', before })),
    erase: async () => void (await ask({ type: 'erase' })),
    export: async (clip, format, seconds, work) =>
      (
        await ask(
          { type: 'export', clip, format, ...(seconds !== undefined && { seconds }) },
          listening(work),
        )
      ).exported,
    read: async (file) => (await ask({ type: 'read', file })).reading,
    takePicture: async (file) => (await ask({ type: 'take-picture', file, name: file.name })).picture,
    backup: (work) => ask({ type: 'backup' }, listening(work)),
    import: (file) => ask({ type: 'import', file }),
    draft: async (bytes, isFirst) => void (await ask({ type: 'draft', bytes, isFirst })),
    settle: async (isOver, clip) =>
      void (await ask({ type: 'settle', isOver, ...(clip !== undefined && { clip }) })),
    rescue: async () => (await ask({ type: 'rescue' })).count,
    close,
  }
}

/** The studio in its own thread. */
export function startStudio(): StudioClient {
  return connectStudio(
    () => new Worker(new URL('./studio-worker.ts', import.meta.url), { type: 'module', name: 'studio' }),
  )
}

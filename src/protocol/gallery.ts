// The gallery of clips, the files made of them, and what a dropped file says about itself: the page's words with its
// studio worker.
import type { ClipEnd } from './clip-end'
import { MOST_REFERENCES } from './control'
import type { GenerationResult } from './engine'
import type { RecipeReading } from './recipe'
import type { CancelCommand, FailedReply } from './requests'

/** A finished clip without its file. */
export type ClipFacts = Omit<GenerationResult, 'mp4' | 'latents' | 'end'>

/** Files that a clip was made with, beside the picture that it began with; references in their order. */
export const GIVEN_ROLES = ['last-picture', 'video', 'mask', 'reference'] as const

export type GivenRole = (typeof GIVEN_ROLES)[number]

/** A file beside a clip. */
export interface GivenName {
  role: GivenRole
  name: string
  /** MIME. */
  type: string
}

export interface GivenFile extends GivenName {
  file: Blob
}

/** Of a clip: a last picture, a video, a mask and references, and no more. */
export const MOST_GIVEN = 3 + MOST_REFERENCES

/** What the gallery knows of a clip. */
export interface ClipRecord {
  id: string
  /** Milliseconds since 1970. */
  madeAt: number
  facts: ClipFacts
  /** Of the MP4. */
  bytes: number
  isStarred: boolean
  /** Milliseconds since 1970; a deleted clip can be brought back until it is cleared away. */
  deletedAt?: number
  /** The clip began with a picture, which is kept beside it. */
  hasPicture?: boolean
  /** Files that it was made with, which are kept beside it. */
  given?: readonly GivenName[]
  /** Its latents are kept beside it, as of the newest clips. */
  hasLatents?: boolean
  /** Found no room on the disk: it lasts until the tab is closed. */
  isUnsaved?: true
  /** Of its end, which is kept beside it, as of the newest clips: the file, and its frame. */
  end?: { readonly bytes: number; readonly sha256: string }
  /** A still of the clip; absent where the browser could not make one. */
  poster?: Blob
}

/** Where clips lie: on the disk, or, in a browser that keeps nothing, until the tab is closed. */
export type GalleryPlace = 'disk' | 'memory'

/** Whether a clip is still there when the page is opened again. */
export function lasts({ isUnsaved }: Pick<ClipRecord, 'isUnsaved'>, place: GalleryPlace): boolean {
  return place === 'disk' && isUnsaved !== true
}

export const EXPORT_FORMATS = ['mp4', 'webm', 'gif', 'webp', 'png', 'still', 'latents'] as const

export type ExportFormat = (typeof EXPORT_FORMATS)[number]

export interface ExportedFile {
  file: Blob
  /** Without the dot. */
  ending: string
}

/** A picture that was given to the page, as a file with nothing but its pixels, and its size. */
export interface TakenPicture {
  file: File
  width: number
  height: number
}

/** Page to worker. `id` is the page's number for the request. */
export type StudioCommand =
  | { type: 'list'; id: number }
  | {
      type: 'keep'
      id: number
      facts: ClipFacts
      mp4: Uint8Array<ArrayBuffer>
      picture?: Blob
      given?: readonly GivenFile[]
      end?: ClipEnd
      latents?: Uint8Array<ArrayBuffer>
    }
  | { type: 'file'; id: number; clip: string }
  /** The picture that a clip began with. */
  | { type: 'picture'; id: number; clip: string }
  /** The other files that it was made with. */
  | { type: 'given'; id: number; clip: string }
  | { type: 'end'; id: number; clip: string }
  | { type: 'star'; id: number; clip: string; isStarred: boolean }
  | { type: 'remove'; id: number; clips: readonly string[] }
  | { type: 'restore'; id: number; clips: readonly string[] }
  /** Clears away what was deleted before this moment. */
  | { type: 'purge'; id: number; before: number }
  | { type: 'erase'; id: number }
  | { type: 'export'; id: number; clip: string; format: ExportFormat; seconds?: number }
  | { type: 'read'; id: number; file: Blob }
  /** Asks for a picture without what its file says beside the pixels. */
  | { type: 'take-picture'; id: number; file: Blob; name: string }
  | { type: 'backup'; id: number }
  | { type: 'import'; id: number; file: Blob }
  /** The next bytes of a film that is being made; the first ones begin another. */
  | { type: 'draft'; id: number; bytes: Uint8Array<ArrayBuffer>; isFirst: boolean }
  /** The film that is being made has ended. `isOver`: it was kept or thrown away. `clip`: what was made of it. */
  | { type: 'settle'; id: number; isOver: boolean; clip?: string }
  /** Keeps films whose making was cut short. */
  | { type: 'rescue'; id: number }
  | CancelCommand

/** Worker to page. */
export type StudioReply =
  | { type: 'listed'; id: number; clips: ClipRecord[]; place: GalleryPlace }
  | { type: 'clip-kept'; id: number; clip: ClipRecord; place: GalleryPlace }
  | { type: 'file'; id: number; file: Blob }
  | { type: 'given'; id: number; files: GivenFile[] }
  | { type: 'end'; id: number; end: ClipEnd }
  | { type: 'changed'; id: number }
  | { type: 'progress'; id: number; done: number }
  | { type: 'exported'; id: number; exported: ExportedFile }
  | { type: 'read'; id: number; reading: RecipeReading | undefined }
  | { type: 'picture-taken'; id: number; picture: TakenPicture }
  /** `leftOut` counts the clips whose film cannot be read. */
  | { type: 'backed-up'; id: number; file: Blob; leftOut: number }
  | { type: 'imported'; id: number; count: number; leftOut: string[] }
  | { type: 'rescued'; id: number; count: number }
  | FailedReply

export type StudioRequest = Exclude<StudioCommand, CancelCommand>

/** The last reply of each command. */
export interface StudioFinalReply {
  list: 'listed'
  keep: 'clip-kept'
  file: 'file'
  picture: 'file'
  given: 'given'
  end: 'end'
  star: 'changed'
  remove: 'changed'
  restore: 'changed'
  purge: 'changed'
  erase: 'changed'
  export: 'exported'
  read: 'read'
  'take-picture': 'picture-taken'
  backup: 'backed-up'
  import: 'imported'
  draft: 'changed'
  settle: 'changed'
  rescue: 'rescued'
}

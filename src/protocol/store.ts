// Messages between the page and the worker that stores downloaded models.
import type { CancelCommand, FailedReply } from './requests'

/** A file to download. */
export interface RemoteFile {
  /** In the model, with forward slashes: "vae/model.safetensors". */
  path: string
  url: string
  /** Exact where `sha256` is known; otherwise approximate, and the server's figure counts. */
  bytes: number
  /** Lower-case hex, where it was published; otherwise taken from the server at first contact. */
  sha256?: string
  /** The model works without it. */
  isOptional?: boolean
}

export interface RemoteModel {
  /** Of the catalogue. */
  id: string
  repository: string
  /** Pinned. */
  revision: string
  files: RemoteFile[]
}

/** A model of which at least a part is in this browser. */
export interface StoredModel {
  id: string
  repository: string
  revision: string
  doneBytes: number
  totalBytes: number
  /** Every file that it needs is complete, and was read back and verified. */
  isWhole: boolean
  /** Paths of the files that are verified. */
  files: string[]
  /** Why it cannot be read, in a sentence; it can be deleted, or downloaded again. */
  problem?: string
}

export interface StoreProgress {
  /** The file that made progress. */
  path: string
  /** Written and journalled, of all files of the model. */
  doneBytes: number
  totalBytes: number
  /** Over the last seconds; absent while nothing arrives. */
  bytesPerSecond?: number
  secondsLeft?: number
  /** What is waited out: a line that is down, a busy server. */
  waiting?: string
}

/** Page to worker. `id` is the page's number for the request. */
export type StoreCommand =
  | { type: 'list'; id: number }
  /** Begins or resumes. `check` also reads back complete files, and fetches damaged pieces again. */
  | { type: 'download'; id: number; model: RemoteModel; check: boolean }
  | { type: 'remove'; id: number; model: string }
  /** Pauses a download; what has arrived stays. */
  | CancelCommand

/** Worker to page. */
export type StoreReply =
  | { type: 'listed'; id: number; models: StoredModel[] }
  | { type: 'progress'; id: number; progress: StoreProgress }
  | { type: 'downloaded'; id: number }
  | { type: 'removed'; id: number }
  | FailedReply

export type StoreRequest = Exclude<StoreCommand, CancelCommand>

/** The last reply of each command. */
export interface StoreFinalReply {
  list: 'listed'
  download: 'downloaded'
  remove: 'removed'
}

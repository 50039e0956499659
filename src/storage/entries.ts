// The stored models and the places of their files. Files are named by their content, so that models share them.
import { WeightsError } from '../weights/error'
import { CheckedJson } from '../weights/sources/checked-json'
import { sha256Hex } from '../weights/sources/sha256'
import type { StoreFiles } from './files'
import { doneBytes, replay, type FileState } from './file-records'
import { openJournal, readJournal } from './journal'

/** A file as in the catalogue. */
export interface ListedFile {
  /** In the model, with forward slashes. */
  path: string
  url: string
  /** Exact where `sha256` is known, otherwise approximate. */
  bytes: number
  sha256?: string
  /** The model works without it. Entries of older versions do not say so of any file. */
  isOptional?: boolean
}

/** A model as in the catalogue. */
export interface ListedModel {
  id: string
  repository: string
  revision: string
  files: ListedFile[]
}

const MODELS = 'models'
const FILES = 'files'

/** Names of all that is stored of files. */
export const fileNames = (files: StoreFiles): Promise<string[]> => files.names(FILES)
export const dataPath = (key: string): string => `${FILES}/${key}`
export const journalPath = (key: string): string => `${FILES}/${key}.journal`
const modelPath = (id: string): string => `${MODELS}/${id}`

/** The name of a file by its content. */
export async function keyOf(
  { repository, revision }: ListedModel,
  { path, sha256 }: ListedFile,
): Promise<string> {
  return sha256 ?? sha256Hex(new TextEncoder().encode(JSON.stringify([repository, revision, path])))
}

export async function keysOf(models: readonly ListedModel[]): Promise<ReadonlySet<string>> {
  const keys = models.flatMap((model) => model.files.map((file) => keyOf(model, file)))
  return new Set(await Promise.all(keys))
}

/** Validates an entry from outside. @throws WeightsError */
export function parseModel(json: unknown): ListedModel {
  const at = new CheckedJson(json, 'The model')
  const files = at
    .get('files')
    .items()
    .map((file): ListedFile => {
      const published = file.has('sha256')
        ? { sha256: file.get('sha256').text(/^[0-9a-f]{64}$/, 'a SHA-256 in lower-case hex') }
        : {}
      return {
        path: file.get('path').text(/^(?!.*(^|\/)\.\.?(\/|$))[^/\\][^\\]*$/, 'a relative path'),
        url: file.get('url').text(),
        bytes: file.get('bytes').integer(1, Number.MAX_SAFE_INTEGER),
        ...published,
        ...(file.optional('isOptional')?.boolean() === true && { isOptional: true }),
      }
    })
  if (files.length === 0) throw at.get('files').error('a list of at least one file')
  return {
    id: at.get('id').text(/^[A-Za-z0-9][\w.-]*$/, 'letters, digits, dots and dashes'),
    repository: at.get('repository').text(/^/),
    revision: at.get('revision').text(/^/),
    files,
  }
}

/** Records the model before any of its bytes arrive. */
export async function rememberModel(files: StoreFiles, model: ListedModel): Promise<void> {
  const { records, journal } = openJournal<ListedModel>(await files.open(modelPath(model.id)))
  try {
    if (JSON.stringify(records.at(-1)) !== JSON.stringify(model)) journal.append(model)
  } finally {
    journal.close()
  }
}

export async function readModel(files: StoreFiles, id: string): Promise<ListedModel | undefined> {
  const blob = await files.snapshot(modelPath(id))
  const record = blob && readJournal(new Uint8Array(await blob.arrayBuffer())).records.at(-1)
  return record === undefined ? undefined : parseModel(record)
}

export async function readState(files: StoreFiles, key: string, name: string): Promise<FileState> {
  const blob = await files.snapshot(journalPath(key))
  return replay(blob ? readJournal(new Uint8Array(await blob.arrayBuffer())).records : [], name)
}

export interface FileStatus {
  path: string
  key: string
  doneBytes: number
  bytes: number
  isVerified: boolean
  isOptional: boolean
  /** Why nothing can be known of it: a newer version of this app wrote its journal. */
  problem?: string
}

/** What the journal says, as far as the file itself is there in its size. */
async function fileStatus(files: StoreFiles, model: ListedModel, file: ListedFile): Promise<FileStatus> {
  const key = await keyOf(model, file)
  const { path, bytes, isOptional = false } = file
  try {
    const state = await readState(files, key, path)
    const size = (await files.snapshot(dataPath(key)))?.size ?? 0
    const isHere = state.header === undefined || size === state.header.size
    return {
      path,
      key,
      doneBytes: isHere ? doneBytes(state) : Math.min(size, doneBytes(state)),
      bytes: state.header?.size ?? bytes,
      isVerified: isHere && state.verified !== undefined,
      isOptional,
    }
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error
    return { path, key, doneBytes: 0, bytes, isVerified: false, isOptional, problem: NEWER }
  }
}

export const NEWER = 'It was stored by a newer version of Zoetrope. Reload the page, or download it again.'

export async function statusOf(files: StoreFiles, model: ListedModel): Promise<FileStatus[]> {
  return Promise.all(model.files.map((file) => fileStatus(files, model, file)))
}

/** Whether every file that the model needs is verified. */
export function isWhole(status: readonly FileStatus[]): boolean {
  return status.every(({ isVerified, isOptional }) => isVerified || isOptional)
}

export interface Shelf {
  /** All models of which anything may be stored. */
  models: ListedModel[]
  /** Names of the entries that cannot be read, whose models can be downloaded again. */
  unreadable: string[]
}

export async function readShelf(files: StoreFiles): Promise<Shelf> {
  const ids = await files.names(MODELS)
  const found = await Promise.all(ids.map((id) => readModel(files, id).catch(() => undefined)))
  return {
    models: found.filter((model) => model !== undefined),
    unreadable: ids.filter((_, index) => found[index] === undefined),
  }
}

/**
 * Deletes a model and the files that no other model uses. The entry goes last, so that a crash leaves nothing that
 * cannot be deleted.
 */
export async function removeModel(files: StoreFiles, id: string): Promise<void> {
  const { models } = await readShelf(files)
  const others = await keysOf(models.filter((model) => model.id !== id))
  for (const key of await keysOf(models.filter((model) => model.id === id))) {
    if (others.has(key)) continue
    await files.remove(journalPath(key)) // first: without it the bytes mean nothing
    await files.remove(dataPath(key))
  }
  await files.remove(modelPath(id))
}

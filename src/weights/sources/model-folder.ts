// The files of a model on this site or on the user's disk. (The store of downloads provides one too.)
import { blobSource, type ByteSource } from './byte-source'
import { parseBoundedJson, type JsonLimits } from '../formats/bounded-json'
import { CheckedJson } from './checked-json'
import { WeightsError } from '../error'
import { httpSource } from './http-source'
import { unlessAborted } from './unless-aborted'
import { fetchSource, fetchWhole } from './whole-file'

export interface ModelFolder {
  /** For sentences, in the singular: "The selection of 3 files". */
  readonly title: string
  /** Path, with forward slashes, to bytes. */
  readonly files: ReadonlyMap<string, number>
  /** Path to the time of its last change, in milliseconds, where that is known. */
  readonly changed?: ReadonlyMap<string, number>
  /**
   * The file of this path.
   * @param isFresh fetches it again if the browser may have kept an older one
   * @throws WeightsError where it is not there, or cannot be read by ranges
   */
  open(path: string, isFresh?: boolean): Promise<ByteSource>
}

/** A server's list of raw files, for a folder without a manifest. */
export const FILE_LIST = 'files.json'
export const MANIFEST = 'manifest.json'

const MAX_FILES = 2000
/** Of a manifest, or a list of files. */
export const LIST: JsonLimits = { bytes: 4 << 20, depth: 12, containers: 20_000, values: 200_000 }
/** Most bytes of a file that is loaded whole; larger ones are read by ranges. */
export const SMALL_FILE = 16 << 20

function missing(title: string, path: string): never {
  throw new WeightsError(path, `${title} has no file ${path}.`, 'model-missing')
}

/** When files of the disk were last changed. */
export function changesOf(blobs: ReadonlyMap<string, Blob>): ReadonlyMap<string, number> {
  return new Map(
    [...blobs].flatMap(([path, blob]) => (blob instanceof File ? [[path, blob.lastModified] as const] : [])),
  )
}

/** The name, with a number where another file has it: files of one name may come from several folders. */
function freeName(taken: ReadonlyMap<string, unknown>, name: string): string {
  const [, start = name, ending = ''] = /^(.*?[^/])(\.[^./]*)?$/.exec(name) ?? []
  let free = name
  for (let number = 2; taken.has(free); number++) free = `${start} (${number})${ending}`
  return free
}

/** Picked or dropped files, which stay on the disk. */
export function pickedFolder(picked: readonly { readonly name: string; readonly file: Blob }[]): ModelFolder {
  const blobs = new Map<string, Blob>()
  for (const { name, file } of picked) blobs.set(freeName(blobs, name.replaceAll('\\', '/')), file)
  const title = `The selection of ${picked.length} ${picked.length === 1 ? 'file' : 'files'}`
  return {
    title,
    files: new Map(Array.from(blobs, ([name, { size }]) => [name, size])),
    changed: changesOf(blobs),
    open: async (path) => blobSource(path, blobs.get(path) ?? missing(title, path)),
  }
}

/** The same folder, whose files can be opened and read only until the signal. */
export function readUntil(signal: AbortSignal | undefined, folder: ModelFolder): ModelFolder {
  if (signal === undefined) return folder
  return {
    ...folder,
    async open(path, isFresh) {
      const source = await unlessAborted(folder.open(path, isFresh), signal)
      return { ...source, read: (offset, length) => unlessAborted(source.read(offset, length), signal) }
    },
  }
}

/** A folder on this site. `url` ends in a slash; `files`: bytes by path. */
export function urlFolder(url: string, title: string, files: ReadonlyMap<string, number>): ModelFolder {
  return {
    title,
    files,
    async open(path, isFresh = false) {
      const bytes = files.get(path) ?? missing(title, path)
      const address = new URL(path.split('/').map(encodeURIComponent).join('/'), url).href
      return bytes <= SMALL_FILE
        ? fetchSource(path, address, bytes, isFresh ? { cache: 'reload' } : {})
        : httpSource(path, address, bytes)
    },
  }
}

/** Parsed JSON at an address; `undefined` where there is none, or a page in its place. */
export async function fetchJson(url: string, signal?: AbortSignal): Promise<unknown> {
  const bytes = await fetchWhole(url, url, LIST.bytes, { signal })
  return (
    bytes &&
    parseBoundedJson(bytes, LIST, url, (problem) => {
      throw new WeightsError(url, `${problem}. Choose a folder with a model.`)
    })
  )
}

/** A server's list of raw files: `{title, files: [{path, bytes}]}`. */
export function parseFileList(json: unknown): { title: string; files: Map<string, number> } {
  const at = new CheckedJson(json, FILE_LIST)
  const list = at.get('files').items()
  if (list.length > MAX_FILES) throw at.get('files').error(`a list of at most ${MAX_FILES}`)
  const path = (item: CheckedJson): string =>
    item.get('path').text(/^(?!.*(^|\/)\.\.?(\/|$))[^/\\].*$/, 'a relative path')
  return {
    title: at.get('title').text(),
    files: new Map(list.map((item) => [path(item), item.get('bytes').integer(0, Number.MAX_SAFE_INTEGER)])),
  }
}

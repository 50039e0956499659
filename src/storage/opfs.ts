// The store's files in the origin private file system. Writing needs a dedicated worker; reading does not.
import { isNoRoom } from '../protocol/errors'
import { within } from '../protocol/within'
import { StoreError } from './error'
import { NoRoom, type OpenFile, type StoreFiles } from './files'
import { openSync, type SyncFile } from './origin-folder'

const ROOT = 'zoetrope'
/** Milliseconds. A disk that wakes takes seconds; a browser whose storage is broken never answers. */
const PATIENCE = 15_000

// Compares error names, because a DOMException of another realm is not an instance of ours.
function isNamed(error: unknown, name: string): boolean {
  return error instanceof Error && error.name === name
}

/** What `work` gives. @throws NoRoom */
function onDisk<Result>(path: string, work: () => Result): Result {
  try {
    return work()
  } catch (error) {
    throw isNoRoom(error) ? new NoRoom(`${path}: ${error.message}`, { cause: error }) : error
  }
}

/** Why nothing could be made at a path. */
function notMade(path: string, error: unknown): Error {
  if (error instanceof StoreError) return error
  if (isNoRoom(error)) return new NoRoom(`${path}: ${error.message}`, { cause: error })
  const reason = error instanceof Error ? error.message : String(error)
  // Chromium's word for a disk that takes nothing at all any more.
  if (isNamed(error, 'InvalidStateError'))
    return new StoreError(
      'storage-failed',
      `The browser could not write to its storage (${reason}). The disk may be full: free some space and try again. Private windows often have no storage: use an ordinary one, or choose files from your disk, which are not copied.`,
      { cause: error },
    )
  return new StoreError(
    'no-storage',
    `This browser offers no storage here (${reason}). Private windows often have none: use an ordinary one, or choose files from your disk.`,
    { cause: error },
  )
}

function openFile(path: string, handle: SyncFile): OpenFile {
  return {
    size: () => handle.getSize(),
    read(offset, length) {
      const bytes = new Uint8Array(length)
      return bytes.subarray(0, handle.read(bytes, { at: offset }))
    },
    write(offset, bytes) {
      // A full disk is a number too small, or one that makes no sense (2^32 − 8).
      const written = onDisk(path, () => handle.write(bytes, { at: offset }))
      if (written !== bytes.length)
        throw new NoRoom(`${path}: ${written} of ${bytes.length} bytes were written.`)
    },
    truncate(size) {
      // Chromium does nothing, and says nothing, where the quota is too small.
      onDisk(path, () => handle.truncate(size))
      if (handle.getSize() !== size) throw new NoRoom(`${path}: it cannot have ${size} bytes.`)
    },
    flush: () => onDisk(path, () => handle.flush()),
    close: () => handle.close(),
  }
}

/** What the browser's file system answers, if it does. */
function answered<T>(promise: Promise<T>, onUnclaimed?: (late: T) => void): Promise<T> {
  return within(promise, {
    ms: PATIENCE,
    late: () =>
      new StoreError(
        'storage-failed',
        `The browser's storage gave no answer in ${PATIENCE / 1000} s. Restart the browser and try again, or choose files from your disk.`,
      ),
    ...(onUnclaimed && { onUnclaimed }),
  })
}

async function folderAt(path: string, create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
  try {
    const origin = await answered(navigator.storage.getDirectory())
    const root = await answered(origin.getDirectoryHandle(ROOT, { create }))
    return await answered(root.getDirectoryHandle(path, { create }))
  } catch (error) {
    if (!create && isNamed(error, 'NotFoundError')) return undefined
    throw notMade(path, error)
  }
}

async function handleAt(path: string, create: boolean): Promise<FileSystemFileHandle | undefined> {
  const [folder = '', name = ''] = path.split('/')
  try {
    const found = await folderAt(folder, create)
    return found && (await answered(found.getFileHandle(name, { create })))
  } catch (error) {
    if (!create && isNamed(error, 'NotFoundError')) return undefined
    throw create && !(error instanceof NoRoom) ? notMade(path, error) : error
  }
}

export const opfsFiles: StoreFiles = {
  async open(path) {
    const handle = await handleAt(path, true)
    if (handle === undefined)
      throw new StoreError('storage-failed', `${path} could not be made in this browser's storage.`)
    try {
      return openFile(path, await answered(openSync(handle), (late) => late.close()))
    } catch (error) {
      if (!isNamed(error, 'NoModificationAllowedError')) throw notMade(path, error)
      throw new StoreError(
        'busy',
        'Another tab of Zoetrope is writing to the stored models. Continue there, or close it and try again.',
        { cause: error },
      )
    }
  },
  async room() {
    const { quota, usage } = await answered(navigator.storage.estimate())
    return quota === undefined ? undefined : Math.max(0, quota - (usage ?? 0))
  },
  async snapshot(path) {
    const handle = await handleAt(path, false)
    return handle && answered(handle.getFile())
  },
  async names(folder) {
    const names: string[] = []
    for await (const name of (await folderAt(folder, false))?.keys() ?? []) names.push(name)
    return names
  },
  async remove(path) {
    const [folder = '', name = ''] = path.split('/')
    try {
      await (await folderAt(folder, false))?.removeEntry(name)
    } catch (error) {
      if (isNamed(error, 'NotFoundError')) return
      throw new StoreError(
        'busy',
        `${name} is in use and could not be deleted (${error instanceof Error ? error.message : String(error)}). Stop the download, also in other tabs, and try again.`,
        { cause: error },
      )
    }
  },
}

// One file: from the server to the disk, each piece hashed, written, flushed and only then journalled; read back; verified.
import { WeightsError } from '../weights/error'
import { sha256Hex } from '../weights/sources/sha256'
import { agree, type Remote } from './agree'
import { PieceBoard } from './board'
import { dataPath, journalPath, type ListedFile } from './entries'
import { StoreError } from './error'
import { fetchPieces, type FetchOptions } from './fetch-pieces'
import {
  doneBytes,
  pieceCount,
  replay,
  type FileHeader,
  type FileRecord,
  type FileState,
} from './file-records'
import type { OpenFile, StoreFiles } from './files'
import { openJournal, type Journal } from './journal'
import { readBack } from './read-back'

const KIB = 1024
const TRIES = 8

export interface DownloadOptions extends FetchOptions {
  signal: AbortSignal
  /** Read again what was verified. */
  check?: boolean | undefined
  /** Bytes of the file that are here, when that changes. */
  onDone?: ((bytes: number) => void) | undefined
  /** Of a file of so many bytes; for tests. */
  pieceBytes?: ((size: number) => number) | undefined
}

/** About a thousandth of the file: what is lost when a tab is killed is a piece for each request under way. */
export function pieceBytesFor(size: number): number {
  return Math.min(8192 * KIB, Math.max(64 * KIB, 2 ** Math.floor(Math.log2(size / 1000))))
}

interface Place {
  data: OpenFile
  journal: Journal<FileRecord>
  state: FileState
}

/** Agrees with the server, and begins anew where its file is not the one that is here. */
async function contact(
  { data, journal, state }: Place,
  file: ListedFile,
  source: { repository: string; revision: string },
  options: DownloadOptions,
): Promise<Remote> {
  const remote = await agree(file, state.header, options)
  if (!remote.isNew) return remote
  const { size, sha256, stamp } = remote
  const header: FileHeader = {
    type: 'file',
    path: file.path,
    ...source,
    size,
    sha256,
    stamp,
    pieceBytes: (options.pieceBytes ?? pieceBytesFor)(size),
  }
  journal.append(header)
  state.header = header
  state.pieces.clear()
  data.truncate(0)
  data.truncate(size) // room for all of it, or none is begun
  data.flush()
  return remote
}

async function fill(
  place: Place,
  file: ListedFile,
  source: { repository: string; revision: string },
  options: DownloadOptions,
): Promise<void> {
  const { data, journal, state } = place
  const isComplete = state.header !== undefined && state.pieces.size === pieceCount(state.header)
  let remote = isComplete ? undefined : contact(place, file, source, options)
  await remote
  const { header } = state
  if (header === undefined) throw new WeightsError(file.path, `${file.path} was not begun.`)
  const board = new PieceBoard(pieceCount(header), state.pieces)
  const told = (): void => options.onDone?.(doneBytes(state))
  options.signal.throwIfAborted()
  const stop = new AbortController()
  const { signal } = stop
  const pause = (): void => stop.abort(options.signal.reason)
  options.signal.addEventListener('abort', pause) // not AbortSignal.any: in Node 20 its signal may be collected unheard
  signal.addEventListener('abort', () => board.close())

  const sink = {
    board,
    pieceBytes: header.pieceBytes,
    async keep(index: number, bytes: Uint8Array<ArrayBuffer>) {
      const sha256 = await sha256Hex(bytes)
      signal.throwIfAborted()
      data.write(index * header.pieceBytes, bytes)
      data.flush()
      journal.append({ type: 'piece', index, sha256 })
      board.done(index, sha256)
      told()
    },
  }
  /** The server is asked only when something is wanted of it: what is all here is verified without a network. */
  const server = (): Promise<Remote> =>
    (remote ??= contact(place, file, source, { ...options, signal }).then((agreed) => {
      if (agreed.isNew)
        throw new WeightsError(
          file.path,
          `${file.path} was damaged on this disk, and the server has another file now. Download it again: it begins anew.`,
        )
      return agreed
    }))
  const lose = (index: number): void => {
    journal.append({ type: 'lost', index })
    board.lose(index)
    told()
  }
  told()
  const reading = readBack(header, data, board, lose, signal).finally(() => board.close())
  const works = [reading, ...fetchPieces(server, sink, { ...options, signal })]
  for (const work of works) work.catch((error: unknown) => stop.abort(error))
  await Promise.allSettled(works) // nobody writes any more
  options.signal.removeEventListener('abort', pause)
  options.signal.throwIfAborted()
  await Promise.all(works)
  finish(place, header, await reading)
}

function finish({ data, journal, state }: Place, header: FileHeader, found: string): void {
  const { path, size, sha256 } = header
  if (sha256 === '' || sha256 === found) {
    journal.append({ type: 'verified', sha256: found })
    state.verified = found
    return
  }
  // Every piece is as it came: nobody knows which of them came wrong.
  journal.append(header)
  data.truncate(0)
  throw new WeightsError(
    path,
    `${path} (${size} bytes) came with the SHA-256 ${found} and must have ${sha256}: it was damaged on its way, or the server has another file. Download it again, or give another address.`,
  )
}

function quotaSentence(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || error.name !== 'QuotaExceededError') return error
  return new StoreError(
    'storage-failed',
    `There is no room for ${path} in this browser's storage. Free some space on the disk or delete a model, and go on: what has come stays. Or choose files from your disk, which are not copied.`,
    { cause: error },
  )
}

/** Gets the file, or what is missing of it. @throws a sentence; the signal's reason. What has come stays */
export async function downloadFile(
  files: StoreFiles,
  key: string,
  file: ListedFile,
  source: { repository: string; revision: string },
  options: DownloadOptions,
): Promise<void> {
  const { records, journal } = openJournal<FileRecord>(await files.open(journalPath(key)))
  try {
    const state = replay(records, file.path)
    if (state.verified !== undefined && options.check !== true) return
    const data = await files.open(dataPath(key))
    try {
      await fill({ data, journal, state }, file, source, { tries: TRIES, ...options })
    } finally {
      data.close()
    }
  } catch (error) {
    throw quotaSentence(file.path, error)
  } finally {
    journal.close()
  }
}

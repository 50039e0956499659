// Downloads one file: hashes, writes and flushes each piece and only then journals it; reads it back; verifies the
// whole.
import { WeightsError } from '../weights/error'
import { OFFLINE_TRIES } from '../weights/sources/patience'
import { sha256Hex } from '../weights/sources/sha256'
import { agree, type Remote } from './agree'
import { PieceBoard } from './board'
import { dataPath, journalPath, type ListedFile } from './entries'
import { fetchPieces, type FetchOptions } from './fetch-pieces'
import {
  doneBytes,
  pieceCount,
  pieceLength,
  replay,
  type FileHeader,
  type FileRecord,
  type FileState,
} from './file-records'
import type { OpenFile, StoreFiles } from './files'
import { openJournal, type Journal } from './journal'
import { explainNoRoom } from './no-room'
import { readBack } from './read-back'

const KIB = 1024
/** Waits for a server that has served for as long as a laptop may sleep. */
const PATIENCE = { tries: 8, silentTries: OFFLINE_TRIES, oddAnswers: 2 } as const
/** Waits less for one that never answered, which may not allow pages to read it. */
const FIRST_CONTACT = { silentTries: 4, oddAnswers: 0 } as const

export interface DownloadOptions extends FetchOptions {
  signal: AbortSignal
  /** Whether to read back verified files again. */
  check?: boolean | undefined
  /** Called with the stored bytes of the file when they change. */
  onDone?: ((bytes: number) => void) | undefined
  /** Bytes of a piece by the file's size; for tests. */
  pieceBytes?: ((size: number) => number) | undefined
}

/** About a thousandth of the file: a killed tab loses one piece for each request under way. */
export function pieceBytesFor(size: number): number {
  return Math.min(8192 * KIB, Math.max(64 * KIB, 2 ** Math.floor(Math.log2(size / 1000))))
}

interface Place {
  data: OpenFile
  journal: Journal<FileRecord>
  state: FileState
}

/** Agrees with the server on the file, and begins again where it is not the stored one. */
async function contact(
  { data, journal, state }: Place,
  file: ListedFile,
  source: { repository: string; revision: string },
  options: DownloadOptions,
): Promise<Remote> {
  const remote = await agree(file, state.header, {
    ...options,
    ...FIRST_CONTACT,
    ...(state.header && { silentTries: options.silentTries }),
  })
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
  data.truncate(size) // reserves all of it before beginning
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
  const report = (): void => options.onDone?.(doneBytes(state))
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
      report()
    },
  }
  /** Contacts the server only for missing pieces: a complete file is verified without a network. */
  const server = (): Promise<Remote> =>
    (remote ??= contact(place, file, source, { ...options, signal }).then((agreed) => {
      if (agreed.isNew)
        throw new WeightsError(
          file.path,
          `${file.path} was damaged on this disk, and the server has another file now. Download it again from the start.`,
        )
      return agreed
    }))
  const lose = (index: number): void => {
    journal.append({ type: 'lost', index })
    board.lose(index)
    report()
  }
  report()
  const reading = readBack(header, data, board, lose, signal).finally(() => board.close())
  const works = [reading, ...fetchPieces(server, sink, { ...options, signal })]
  for (const work of works) work.catch((error: unknown) => stop.abort(error))
  await Promise.allSettled(works) // no writer is left
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
  // Every piece is as it arrived, so the damaged one cannot be identified.
  journal.append(header)
  data.truncate(0)
  throw new WeightsError(
    path,
    `${path} (${size} bytes) came with the SHA-256 ${found} and must have ${sha256}: it was damaged in transit, or the server has another file. Download it again, or give another address.`,
  )
}

/** Reads the journal; a file whose journal is of a newer version starts over. */
function stateOf(records: readonly unknown[], name: string, journal: Journal<FileRecord>): FileState {
  try {
    return replay(records, name)
  } catch (error) {
    if (!(error instanceof WeightsError)) throw error
    journal.reset()
    return replay([], name)
  }
}

/** Counts only pieces that are complete in the file, which may have been removed or truncated meanwhile. */
function loseWhatIsGone({ data, journal, state }: Place): void {
  const { header, pieces } = state
  const size = data.size()
  if (header === undefined || size === header.size) return
  for (const index of pieces.keys()) {
    const isHere = index * header.pieceBytes + pieceLength(header, index) <= size
    if (!isHere) journal.append({ type: 'lost', index })
    if (!isHere) pieces.delete(index)
  }
  state.verified = undefined
  data.truncate(header.size)
  data.flush()
}

/**
 * Downloads the file, or its missing pieces. What has arrived stays, whatever is thrown. @throws a sentence; the
 * signal's reason
 */
export async function downloadFile(
  files: StoreFiles,
  key: string,
  file: ListedFile,
  source: { repository: string; revision: string },
  options: DownloadOptions,
): Promise<void> {
  try {
    await keepFile(files, key, file, source, { ...PATIENCE, ...options })
  } catch (error) {
    throw await explainNoRoom(files, file.path, file.bytes, error)
  }
}

async function keepFile(
  files: StoreFiles,
  key: string,
  file: ListedFile,
  source: { repository: string; revision: string },
  options: DownloadOptions,
): Promise<void> {
  const { records, journal } = openJournal<FileRecord>(await files.open(journalPath(key)))
  try {
    const state = stateOf(records, file.path, journal)
    const data = await files.open(dataPath(key))
    try {
      loseWhatIsGone({ data, journal, state })
      if (state.verified !== undefined && options.check !== true) return
      await fill({ data, journal, state }, file, source, options)
    } finally {
      data.close()
    }
  } finally {
    journal.close()
  }
}

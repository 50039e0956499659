// What the journal of a file records: which file it is, which of its pieces are on the disk, and whether it is whole.
import { CheckedJson } from '../weights/sources/checked-json'

/** The file as agreed with the server at first contact. A later header starts over. */
export interface FileHeader {
  type: 'file'
  path: string
  repository: string
  revision: string
  size: number
  /** What the whole must have; "" where it is not known. */
  sha256: string
  /** ETag, otherwise Last-Modified, otherwise "". */
  stamp: string
  /** Bytes of a piece. */
  pieceBytes: number
}

export type FileRecord =
  | FileHeader
  /** Written after the bytes of this piece were flushed. */
  | { type: 'piece'; index: number; sha256: string }
  /** The piece differed when it was read back, and is fetched again. */
  | { type: 'lost'; index: number }
  /** All pieces were read back, and the whole file has this SHA-256. */
  | { type: 'verified'; sha256: string }

export interface FileState {
  header: FileHeader | undefined
  /** SHA-256 by index. */
  pieces: Map<number, string>
  verified: string | undefined
}

const SHA256 = /^[0-9a-f]{64}$/

export function pieceCount({ size, pieceBytes }: Pick<FileHeader, 'size' | 'pieceBytes'>): number {
  return Math.ceil(size / pieceBytes)
}

/** Bytes of piece `index`; the last may be shorter. */
export function pieceLength(
  { size, pieceBytes }: Pick<FileHeader, 'size' | 'pieceBytes'>,
  index: number,
): number {
  return Math.min(pieceBytes, size - index * pieceBytes)
}

/** Bytes of the stored pieces. */
export function doneBytes({ header, pieces }: FileState): number {
  return header === undefined
    ? 0
    : [...pieces.keys()].reduce((sum, index) => sum + pieceLength(header, index), 0)
}

function parseHeader(at: CheckedJson): FileHeader {
  return {
    type: 'file',
    path: at.get('path').text(),
    repository: at.get('repository').text(/^/),
    revision: at.get('revision').text(/^/),
    size: at.get('size').integer(1, Number.MAX_SAFE_INTEGER),
    sha256: at.get('sha256').text(/^([0-9a-f]{64})?$/),
    stamp: at.get('stamp').text(/^/),
    pieceBytes: at.get('pieceBytes').integer(1, 1 << 30),
  }
}

/** @throws WeightsError where a record is unknown, because a newer version wrote it */
export function replay(records: readonly unknown[], name: string): FileState {
  const state: FileState = { header: undefined, pieces: new Map(), verified: undefined }
  for (const record of records) {
    const at = new CheckedJson(record, `${name}'s journal`)
    const type = at.get('type').oneOf(['file', 'piece', 'lost', 'verified'])
    if (type === 'file') {
      state.header = parseHeader(at)
      state.pieces.clear()
      state.verified = undefined
      continue
    }
    if (state.header === undefined) throw at.get('type').error('"file" at first')
    if (type === 'verified') {
      state.verified = at.get('sha256').text(SHA256)
      continue
    }
    const index = at.get('index').integer(0, pieceCount(state.header) - 1)
    if (type === 'piece') state.pieces.set(index, at.get('sha256').text(SHA256))
    else {
      state.pieces.delete(index)
      state.verified = undefined
    }
  }
  return state
}

// Reads pieces back from the disk in order while others still arrive: each must equal what arrived, and the whole
// what was published.
import { sha256 } from '@noble/hashes/sha2.js'
import { sha256Hex } from '../weights/sources/sha256'
import type { PieceBoard } from './board'
import { StoreError } from './error'
import { pieceLength, type FileHeader } from './file-records'
import type { OpenFile } from './files'

/** How often the disk may return other bytes than were written at one place. */
const MOST_LOSSES = 3

/**
 * SHA-256 of the whole, in hex. Waits for pieces that are not here yet. @param lose gets the index of a piece that
 * must be fetched again
 */
export async function readBack(
  header: FileHeader,
  data: OpenFile,
  board: PieceBoard,
  lose: (index: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const whole = sha256.create()
  let losses = 0
  for (let index = 0; index < board.count;) {
    signal.throwIfAborted()
    const wanted = board.pieces.get(index)
    if (wanted === undefined) {
      await board.changed()
      continue
    }
    const bytes = data.read(index * header.pieceBytes, pieceLength(header, index))
    if ((await sha256Hex(bytes)) === wanted) {
      whole.update(bytes)
      index += 1
      losses = 0
      continue
    }
    losses += 1
    if (losses > MOST_LOSSES) {
      throw new StoreError(
        'storage-failed',
        `${header.path}: the bytes from ${index * header.pieceBytes} on were written ${losses} times, and different bytes came back each time. The disk may be failing; free some space, restart the browser, and try again.`,
      )
    }
    lose(index)
  }
  return Array.from(whole.digest(), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

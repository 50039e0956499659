// Fetches missing pieces from the server, several requests at once.
import { WeightsError } from '../weights/error'
import { checkAnswer, request, WholeAnswer } from '../weights/sources/http-range'
import { Patience, type HttpOptions } from '../weights/sources/patience'
import type { Remote } from './agree'
import type { PieceBoard, PieceRange } from './board'
import { piecesOf } from './body'

/** Most bytes of one request. */
const RANGE_BYTES = 8 << 20
/** Share of the file in all requests under way: a killed tab never costs more than this. */
const UNDER_WAY = 0.01
const CONNECTIONS = 4
/** Whole files in the place of a part, after which no more parts are asked for. */
const WHOLE_ANSWERS = 2

export interface FetchOptions extends HttpOptions {
  connections?: number | undefined
  rangeBytes?: number | undefined
}

export interface PieceSink {
  board: PieceBoard
  pieceBytes: number
  /** Stores a piece, which counts once this resolves. */
  keep(index: number, bytes: Uint8Array<ArrayBuffer>): Promise<void>
}

/** Keeps what arrived before a connection broke; the next try continues after it. */
async function fetchRange(
  remote: Remote,
  { first, end }: PieceRange,
  { pieceBytes, keep }: PieceSink,
  options: FetchOptions,
): Promise<void> {
  const stop = Math.min(end * pieceBytes, remote.size)
  const patience = new Patience(remote.name, options)
  let next = first
  let wholes = 0
  while (next < end && remote.servesRanges) {
    const start = next * pieceBytes
    try {
      await request(remote, `bytes=${start}-${stop - 1}`, options, async (response) => {
        checkAnswer(remote, response, start, stop - 1)
        for await (const bytes of piecesOf(remote.name, response, stop - start, pieceBytes, options)) {
          await keep(next, bytes)
          next += 1
          wholes = 0
          patience.reset()
        }
      })
    } catch (error) {
      // Once is one odd server of many; after that there is only the whole to be had.
      if (error instanceof WholeAnswer && ++wholes > WHOLE_ANSWERS) remote.servesRanges = false
      else await patience.wait(error, next * pieceBytes)
    }
  }
}

/** Fetches the whole file from a server without ranges, skipping stored pieces. */
async function fetchWhole(
  remote: Remote,
  { board, pieceBytes, keep }: PieceSink,
  options: FetchOptions,
): Promise<void> {
  const patience = new Patience(remote.name, options)
  while (!board.isFull) {
    try {
      await request(remote, undefined, options, async (response) => {
        const { status, headers } = response
        // The length of a compressed body says nothing, and a page may not see that it is compressed.
        const length = remote.sha256 === '' ? headers.get('content-length') : null
        const isPage = headers.get('content-type')?.startsWith('text/html') === true
        if (status !== 200 || isPage || (length !== null && Number(length) !== remote.size)) {
          throw new WeightsError(
            remote.name,
            `${remote.name}: the whole file of ${remote.size} bytes was requested, and the server answered ${status} with ${isPage ? 'a web page' : `${length ?? 'an unknown number of'} bytes`}. Give another address.`,
          )
        }
        let index = 0
        for await (const bytes of piecesOf(remote.name, response, remote.size, pieceBytes, options)) {
          if (!board.pieces.has(index)) {
            await keep(index, bytes)
            patience.reset()
          }
          index += 1
          if (board.isFull) return
        }
      })
    } catch (error) {
      await patience.wait(error, 0)
    }
  }
}

/**
 * Runs workers until the board is closed or one fails. @param contact agrees with the server, when the first piece is
 * needed
 */
export function fetchPieces(
  contact: () => Promise<Remote>,
  sink: PieceSink,
  options: FetchOptions,
): Promise<void>[] {
  const { board, pieceBytes } = sink
  const connections = options.connections ?? CONNECTIONS
  const rangeBytes =
    options.rangeBytes ?? Math.min(RANGE_BYTES, (UNDER_WAY * board.count * pieceBytes) / connections)
  const most = Math.max(1, Math.floor(rangeBytes / pieceBytes))
  const work = async (isFirst: boolean): Promise<void> => {
    while (!board.closed) {
      const range = board.take(most)
      if (range === undefined) {
        await board.changed()
        continue
      }
      try {
        const remote = await contact()
        if (remote.servesRanges) await fetchRange(remote, range, sink, options)
        if (remote.servesRanges) continue
        if (isFirst) await fetchWhole(remote, sink, options)
        else return
      } finally {
        board.giveBack(range)
      }
    }
  }
  return Array.from({ length: connections }, (_, index) => work(index === 0))
}

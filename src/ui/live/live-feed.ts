// What comes of a film while it is made: to the player, to the disk, and as numbers to the page.
import type { LiveEvents } from '../../protocol/engine'
import type { LiveFrame } from '../../protocol/live'
import type { Playing } from './frame-player'

/** A film while it is made. */
export interface LiveView {
  /** Video frames that have come. */
  frames: number
  /** From the press to the first frame. */
  firstFrameSeconds: number | undefined
  playing: Playing
  /** Of real time; undefined before it is known. */
  speed: number | undefined
  /** Frames that came and were not shown. */
  buffered: number
}

/** The next bytes of a film's file, which plays up to there. */
export interface FilmPiece {
  bytes: Uint8Array<ArrayBuffer>
  isFirst: boolean
}

export const NOTHING_YET: LiveView = {
  frames: 0,
  firstFrameSeconds: undefined,
  playing: 'starting',
  speed: undefined,
  buffered: 0,
}

export interface LiveFeed {
  /** Calls back with the frame that came last, and with every one from then on. */
  watch(listener: (frame: LiveFrame) => void): () => void
  /** Calls back with every piece of a film's file. */
  collect(listener: (piece: FilmPiece) => void): () => void
  /** Of a film that begins now. @param show changes what the page shows of it */
  events(
    show: (change: (before: LiveView) => LiveView) => void,
  ): Required<Pick<LiveEvents, 'onFrame' | 'onPiece'>>
  /** The film is over: whoever watches from now on gets nothing of it. */
  end(): void
}

export function createLiveFeed(now: () => number = Date.now): LiveFeed {
  const watchers = new Set<(frame: LiveFrame) => void>()
  const collectors = new Set<(piece: FilmPiece) => void>()
  let last: LiveFrame | undefined
  return {
    watch(listener) {
      watchers.add(listener)
      // A film that waits to be watched gives no other frame before this one is seen.
      if (last) listener(last)
      return () => watchers.delete(listener)
    },
    collect(listener) {
      collectors.add(listener)
      return () => collectors.delete(listener)
    },
    events(show) {
      const begunAt = now()
      let hasPiece = false
      return {
        onFrame(frame) {
          const seconds = (now() - begunAt) / 1000
          show((before) => ({
            ...before,
            frames: before.frames + 1,
            firstFrameSeconds: before.firstFrameSeconds ?? seconds,
          }))
          last = frame
          for (const watcher of watchers) watcher(frame)
        },
        onPiece(bytes) {
          for (const collector of collectors) collector({ bytes, isFirst: !hasPiece })
          hasPiece = true
        },
      }
    },
    end: () => (last = undefined),
  }
}

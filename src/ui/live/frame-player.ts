// Shows the frames of a film while it is made: at the clip's rate, or slower, from a small buffer.
import { framesAhead, type LiveFrame } from '../../protocol/live'

/** How a film plays: as fast as it is meant to, slower all along, or with a wait for each chunk. */
export type Playing = 'starting' | 'real-time' | 'slower' | 'waiting'

export interface PlayerOptions {
  /** Of the clip. */
  fps: number
  /** Video frames of a chunk. */
  chunkFrames: number
  draw(frame: LiveFrame): void
  /** Called with the number of frames that were shown, about once a second. */
  onWatched?(frames: number): void
}

/** A film this much slower than real time plays slower; one that is slower still waits for each chunk. */
const SLOWEST = 0.5
const NEARLY = 0.97
/** Chunks that the speed is measured by. */
const CHUNKS = 3

/** So many frames came in so many seconds. */
interface Measured {
  readonly frames: number
  readonly seconds: number
}

/** Seconds everywhere, by one clock. */
export class FramePlayer {
  private readonly queue: LiveFrame[] = []
  /** The latest chunks that were made without a wait for the viewer. */
  private measured: Measured[] = []
  /** Where the chunk that is being measured began: after so many frames, and when. */
  private last: { readonly frames: number; readonly at: number } | undefined
  /** Whether the film was so far ahead meanwhile that it may have waited to be watched. */
  private isPaced = false
  private received = 0
  private shown = 0
  private due: number | undefined
  private isOver = false
  private lastReport = -Infinity
  /** Frames of the film that were reported as watched. */
  private watched = Infinity

  constructor(private readonly options: PlayerOptions) {}

  push(frame: LiveFrame, now: number): void {
    this.queue.push(frame)
    this.received += 1
    const { fps, chunkFrames } = this.options
    const { last } = this
    const isAhead = frame.index + 1 - this.watched > framesAhead(fps, chunkFrames)
    this.isPaced ||= isAhead
    const frames = this.received - (last?.frames ?? 0)
    if (last && frames < chunkFrames) return
    if (last && !this.isPaced)
      this.measured = [...this.measured, { frames, seconds: now - last.at }].slice(-CHUNKS)
    this.last = { frames: this.received, at: now }
    this.isPaced = isAhead
  }

  /** No more frames come: what is left is shown. */
  end(): void {
    this.isOver = true
  }

  /** Frames made in a second of the clip's time, but for waits; undefined before the second chunk. */
  get speed(): number | undefined {
    const sum = (what: keyof Measured): number => this.measured.reduce((total, each) => total + each[what], 0)
    const seconds = sum('seconds')
    return seconds > 0 ? sum('frames') / seconds / this.options.fps : undefined
  }

  /** Frames that were received and not shown. */
  get buffered(): number {
    return this.queue.length
  }

  /** Frames that must be there before the film plays on after it ran dry. */
  get depth(): number {
    const { speed } = this
    if (this.isOver) return 1
    return speed !== undefined && speed >= NEARLY ? 2 : this.options.chunkFrames
  }

  get playing(): Playing {
    const { speed } = this
    if (this.received === 0) return 'starting'
    if (speed !== undefined && speed >= NEARLY) return 'real-time'
    if (this.isSlower) return 'slower'
    return this.queue.length === 0 && !this.isOver ? 'waiting' : 'real-time'
  }

  /** With more than a second beyond the next chunk there is no need to. */
  private get isSlower(): boolean {
    const { speed = 0 } = this
    const { fps, chunkFrames } = this.options
    return !this.isOver && speed < NEARLY && speed >= SLOWEST && this.queue.length < fps + chunkFrames
  }

  private interval(): number {
    const { fps } = this.options
    return 1 / (this.isSlower ? fps * this.speed! : fps)
  }

  /** Shows the frame whose time has come, if any. */
  tick(now: number): void {
    if (this.queue.length === 0) {
      if (this.shown > 0) this.due = undefined
      return
    }
    // The first frame is shown at once; after that a film that ran dry waits until enough is there.
    if (this.due === undefined && this.shown > 0 && this.queue.length < this.depth) return
    if (this.due !== undefined && now < this.due) return
    const frame = this.queue.shift()!
    this.options.draw(frame)
    this.shown += 1
    // A late tick does not make the next ones late.
    const next = (this.due ?? now) + this.interval()
    this.due = next < now - 0.25 ? now + this.interval() : next
    if (now - this.lastReport >= 1) {
      this.lastReport = now
      this.watched = frame.index + 1
      this.options.onWatched?.(this.watched)
    }
  }
}

// Shows the frames of a film while it is made: at the clip's rate, or slower, from a small buffer.
import type { LiveFrame } from '../../protocol/live'

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
/** Arrivals that the speed is measured by. */
const CHUNKS = 4

/** Seconds everywhere, by one clock. */
export class FramePlayer {
  private readonly queue: LiveFrame[] = []
  /** When the last frame of each chunk came. */
  private arrivals: { readonly frames: number; readonly at: number }[] = []
  private received = 0
  private shown = 0
  private due: number | undefined
  private isOver = false
  private lastReport = -Infinity

  constructor(private readonly options: PlayerOptions) {}

  push(frame: LiveFrame, now: number): void {
    this.queue.push(frame)
    this.received += 1
    const last = this.arrivals.at(-1)
    if (last && this.received - last.frames < this.options.chunkFrames) return
    this.arrivals = [...this.arrivals, { frames: this.received, at: now }].slice(-CHUNKS)
  }

  /** No more frames come: what is left is shown. */
  end(): void {
    this.isOver = true
  }

  /** Frames made in a second of the clip's time; undefined before the second chunk. */
  get speed(): number | undefined {
    const [first, last] = [this.arrivals[0], this.arrivals.at(-1)]
    if (!first || !last || last.at <= first.at) return undefined
    return (last.frames - first.frames) / (last.at - first.at) / this.options.fps
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
    if (speed !== undefined && speed >= SLOWEST) return 'slower'
    return this.queue.length === 0 && !this.isOver ? 'waiting' : 'real-time'
  }

  private interval(): number {
    const { fps } = this.options
    const { speed } = this
    const isSlower = !this.isOver && speed !== undefined && speed < NEARLY && speed >= SLOWEST
    return 1 / (isSlower ? fps * speed : fps)
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
      this.options.onWatched?.(frame.index + 1)
    }
  }
}

/** Two frames are at least so far apart, in seconds. */
const LEAST = 0.001

/** Measures how fast a film is made. */
export class FilmPace {
  private readonly began = performance.now()
  private frames = 0
  private first: number | undefined
  /** When the frames of the first chunk were complete. */
  private opened: number | undefined
  private last = 0
  private total = 0

  /** @param firstFrames video frames of the first chunk */
  constructor(private readonly firstFrames: number) {}

  frame(): void {
    const now = this.now()
    this.first ??= now
    this.frames += 1
    if (this.frames === this.firstFrames) this.opened = now
    this.last = now
  }

  end(): void {
    this.total = this.now()
  }

  /** From the request to the end. */
  get seconds(): number {
    return this.total
  }

  /** From the request to the first frame. */
  get firstFrameSeconds(): number {
    return this.first ?? this.total
  }

  /** Seconds of film for each second after the first chunk; of the whole film where that is all. */
  realTimeFactor(fps: number): number {
    const hasMore = this.opened !== undefined && this.frames > this.firstFrames
    const frames = hasMore ? this.frames - this.firstFrames : this.frames
    return frames / fps / Math.max(LEAST, this.last - (hasMore ? this.opened! : 0))
  }

  private now(): number {
    return (performance.now() - this.began) / 1000
  }
}

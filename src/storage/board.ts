// Which pieces of a file are here, on their way, or to be fetched; who waits for a piece waits here.

export interface PieceRange {
  first: number
  /** Exclusive. */
  end: number
}

export class PieceBoard {
  private readonly wanted: Set<number>
  private waiting: (() => void)[] = []
  private isClosed = false

  /** @param pieces SHA-256 of those that are here, by index */
  constructor(
    readonly count: number,
    readonly pieces: Map<number, string>,
  ) {
    this.wanted = new Set(
      Array.from({ length: count }, (_, index) => index).filter((index) => !pieces.has(index)),
    )
  }

  /** The next pieces to fetch in one go, at most `most` of them; they are the caller's until it gives them back. */
  take(most: number): PieceRange | undefined {
    const first = [...this.wanted].reduce((least, index) => Math.min(least, index), Infinity)
    if (first === Infinity) return undefined
    let end = first
    while (end - first < most && this.wanted.delete(end)) end += 1
    return { first, end }
  }

  /** Those that did not come are wanted again. */
  giveBack({ first, end }: PieceRange): void {
    for (let index = first; index < end; index++) if (!this.pieces.has(index)) this.wanted.add(index)
    this.wake()
  }

  done(index: number, sha256: string): void {
    this.pieces.set(index, sha256)
    this.wake()
  }

  lose(index: number): void {
    this.pieces.delete(index)
    this.wanted.add(index)
    this.wake()
  }

  /** Nothing more will happen: nobody waits. */
  close(): void {
    this.isClosed = true
    this.wake()
  }

  get isFull(): boolean {
    return this.pieces.size === this.count
  }

  get closed(): boolean {
    return this.isClosed
  }

  /** The next change. */
  changed(): Promise<void> {
    return this.isClosed ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve))
  }

  private wake(): void {
    const waiting = this.waiting
    this.waiting = []
    for (const resolve of waiting) resolve()
  }
}

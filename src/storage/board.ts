// Tracks which pieces of a file are stored, on their way or still to be fetched, and lets callers wait for pieces.

export interface PieceRange {
  first: number
  /** Exclusive. */
  end: number
}

export class PieceBoard {
  private readonly wanted: Set<number>
  private waiting: (() => void)[] = []
  private isClosed = false

  /** @param pieces SHA-256 of the stored ones, by index */
  constructor(
    readonly count: number,
    readonly pieces: Map<number, string>,
  ) {
    this.wanted = new Set(
      Array.from({ length: count }, (_, index) => index).filter((index) => !pieces.has(index)),
    )
  }

  /**
   * Takes the next pieces to fetch in one request, at most `most` of them; the caller owns them until it gives them
   * back.
   */
  take(most: number): PieceRange | undefined {
    const first = [...this.wanted].reduce((least, index) => Math.min(least, index), Infinity)
    if (first === Infinity) return undefined
    let end = first
    while (end - first < most && this.wanted.delete(end)) end += 1
    return { first, end }
  }

  /** Gives back pieces that did not arrive, to be fetched again. */
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

  /** Closes the board, and wakes all who wait. */
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

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return this.isClosed ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve))
  }

  private wake(): void {
    const waiting = this.waiting
    this.waiting = []
    for (const resolve of waiting) resolve()
  }
}

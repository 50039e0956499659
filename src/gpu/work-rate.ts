/** How long one submit should take, in milliseconds. */
export const TARGET_MS = 50
/** FLOP per millisecond assumed of a kernel that has not run yet: a slow software adapter's. */
const FIRST_RATE = 4e5
/** How far one measurement may move a rate. */
const MAX_STEP = 4

/** The measured speed of each kernel, from which the recorder sizes its submits. */
export class WorkRate {
  private readonly rates = new Map<string, number>()

  /** FLOP of this kernel that fit in one submit. */
  budget(stem: string): number {
    return this.rate(stem) * TARGET_MS
  }

  /** True when this work is expected to take the target time. */
  isFull(work: ReadonlyMap<string, number>): boolean {
    return this.predict(work) >= TARGET_MS
  }

  /** Moves the rates of the kernels in a submit by how much faster or slower it was than predicted. */
  learn(work: ReadonlyMap<string, number>, milliseconds: number): void {
    const predicted = this.predict(work)
    if (predicted === 0 || milliseconds <= 0) return
    const factor = Math.min(MAX_STEP, Math.max(1 / MAX_STEP, predicted / milliseconds))
    // A submit shorter than a few milliseconds mostly measures the way to the GPU and back: only let it speed things up.
    if (milliseconds < 5 && factor < 1) return
    for (const stem of work.keys()) this.rates.set(stem, this.rate(stem) * factor)
  }

  private predict(work: ReadonlyMap<string, number>): number {
    let milliseconds = 0
    for (const [stem, flops] of work) milliseconds += flops / this.rate(stem)
    return milliseconds
  }

  private rate(stem: string): number {
    return this.rates.get(stem) ?? FIRST_RATE
  }
}

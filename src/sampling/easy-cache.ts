// EasyCache's rule (https://arxiv.org/abs/2507.02860): in the quiet middle of a run the model's answer follows its input
// so evenly that it can be foretold. Measured as it goes, no table.

/** Sum of foretold relative changes up to which answers are carried over. */
export const EASY_CACHE_THRESHOLD = 0.05

/** Steps of the loud beginning, where the motion is decided: a fifth of the run, 10 of 50. */
function warmUp(steps: number): number {
  return Math.max(2, Math.ceil(steps / 5))
}

/** What changed from one run of the model to the next: means of absolute values over all elements. */
export interface Change {
  readonly input: number
  readonly output: number
  /** Of the output itself, now. */
  readonly outputSize: number
}

export class EasyCacheRule {
  /** How much the output changes for a change of the input. */
  private rate = NaN
  private outputSize = NaN
  /** Foretold since the model last ran. */
  private error = 0

  constructor(
    private readonly steps: number,
    private readonly threshold: number,
  ) {}

  /** Whether the model runs in this step whatever was measured. */
  mustRun(step: number): boolean {
    return step < warmUp(this.steps) || step >= this.steps - 1
  }

  /** Whether this step's answer can be told from the last one. @param inputChange since the step before, as in `Change` */
  mayReuse(step: number, inputChange: number): boolean {
    if (this.mustRun(step)) return false
    this.error += (this.rate * inputChange) / this.outputSize
    return this.error < this.threshold // false where nothing was measured and the error is no number
  }

  /** The model ran. Without a change where it ran for the first time. */
  ran(change?: Change): void {
    this.error = 0
    if (!change) return
    this.rate = change.output / change.input
    this.outputSize = change.outputSize
  }
}

// EasyCache's rule (https://arxiv.org/abs/2507.02860): in the quiet middle of a run the model's output follows its
// input so evenly that it can be predicted, from measurements of the run itself.

/** Largest sum of predicted relative changes over which outputs are reused. */
export const EASY_CACHE_THRESHOLD = 0.05

/** Steps of the eventful beginning, where the motion is decided: a fifth of the run, 10 of 50. */
function warmUp(steps: number): number {
  return Math.max(2, Math.ceil(steps / 5))
}

/** Changes from one run of the model to the next: means of absolute values over all elements. */
export interface Change {
  readonly input: number
  readonly output: number
  /** Mean of the current output itself. */
  readonly outputSize: number
}

export class EasyCacheRule {
  /** Change of the output for a change of the input. */
  private rate = NaN
  private outputSize = NaN
  /** Predicted change since the model last ran. */
  private error = 0

  constructor(
    private readonly steps: number,
    private readonly threshold: number,
  ) {}

  /** Whether the model runs in this step regardless of measurements. */
  mustRun(step: number): boolean {
    return step < warmUp(this.steps) || step >= this.steps - 1
  }

  /**
   * Whether this step's output can be predicted from the last one. @param inputChange since the step before, as in
   * `Change`
   */
  mayReuse(step: number, inputChange: number): boolean {
    if (this.mustRun(step)) return false
    this.error += (this.rate * inputChange) / this.outputSize
    return this.error < this.threshold // false where nothing was measured and the error is NaN
  }

  /** Records that the model ran; without a change when it ran for the first time. */
  ran(change?: Change): void {
    this.error = 0
    if (!change) return
    this.rate = change.output / change.input
    this.outputSize = change.outputSize
  }
}

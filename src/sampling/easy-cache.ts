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

/** What the rule has measured so far. */
export interface EasyCacheMeasures {
  /** Change of the output for a change of the input. */
  readonly rate: number
  readonly outputSize: number
  /** Predicted change since the model last ran. */
  readonly error: number
}

export class EasyCacheRule {
  private rate: number
  private outputSize: number
  private error: number

  /** @param measures of the steps before, where a run goes on */
  constructor(
    private readonly steps: number,
    private readonly threshold: number,
    { rate, outputSize, error }: EasyCacheMeasures = { rate: NaN, outputSize: NaN, error: 0 },
  ) {
    this.rate = rate
    this.outputSize = outputSize
    this.error = error
  }

  get measures(): EasyCacheMeasures {
    const { rate, outputSize, error } = this
    return { rate, outputSize, error }
  }

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

import type { StageTime } from '../protocol/engine'
import type { StageSeconds } from '../protocol/estimate'
import { STAGES, type Stage, type StageProgress } from '../protocol/progress'

/** Times the stages, reports their progress, and records the memory that each took. */
export class StageClock {
  private readonly spent: Map<Stage, number>
  private readonly peaks = new Map<Stage, number>()
  private began = 0
  private current: { stage: Stage; steps: number; from: number } | undefined
  /** The stage that runs, or ran last. */
  stage: Stage = 'load'

  /** @param before seconds of an interrupted run that goes on */
  constructor(
    private readonly onProgress: (progress: StageProgress) => void,
    before: StageSeconds = {},
  ) {
    this.spent = new Map(
      STAGES.flatMap((stage) => (before[stage] === undefined ? [] : [[stage, before[stage]]])),
    )
  }

  /**
   * Starts a stage of `steps` steps; one that goes on after an interruption adds to its time.
   * @param from steps that are done already
   */
  async run<T>(stage: Stage, steps: number, body: () => Promise<T>, from = 0): Promise<T> {
    this.began = performance.now()
    this.current = { stage, steps, from }
    this.stage = stage
    this.step(from)
    try {
      const result = await body()
      this.step(steps)
      return result
    } finally {
      this.spent.set(stage, (this.spent.get(stage) ?? 0) + this.seconds())
      this.current = undefined
    }
  }

  /** The stages so far, in order. */
  get times(): StageTime[] {
    return STAGES.flatMap((stage) => {
      const seconds = this.spent.get(stage)
      const peakGpuBytes = this.peaks.get(stage)
      if (seconds === undefined) return []
      return [peakGpuBytes === undefined ? { stage, seconds } : { stage, seconds, peakGpuBytes }]
    })
  }

  /** Seconds of every stage up to now, of the running one too. */
  get elapsed(): StageSeconds {
    const now = new Map(this.spent)
    if (this.current) now.set(this.current.stage, (now.get(this.current.stage) ?? 0) + this.seconds())
    return Object.fromEntries(now)
  }

  /** Records the GPU bytes that existed at once in a stage; keeps the largest figure. */
  measured(stage: Stage, bytes: number): void {
    this.peaks.set(stage, Math.max(bytes, this.peaks.get(stage) ?? 0))
  }

  /** Reports that `done` of the running stage's steps are finished. */
  step(done: number): void {
    if (!this.current) return
    const { stage, steps, from } = this.current
    const seconds = this.seconds()
    this.onProgress({
      stage,
      step: done,
      steps,
      seconds,
      ...(done > from && { eta: (seconds / (done - from)) * (steps - done) }),
    })
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1000
  }
}

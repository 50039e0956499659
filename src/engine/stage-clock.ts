import type { Stage, StageProgress } from '../protocol/progress'

/** Times the stages and tells how far each is. */
export class StageClock {
  readonly times: { stage: Stage; seconds: number }[] = []
  private began = 0
  private current: { stage: Stage; steps: number } = { stage: 'load', steps: 0 }

  constructor(private readonly onProgress: (progress: StageProgress) => void) {}

  /** Runs a stage of so many steps. */
  async run<T>(stage: Stage, steps: number, body: () => Promise<T>): Promise<T> {
    this.began = performance.now()
    this.current = { stage, steps }
    this.step(0)
    const result = await body()
    this.step(steps)
    this.times.push({ stage, seconds: this.seconds() })
    return result
  }

  /** `done` of the running stage's steps are finished. */
  step(done: number): void {
    const { stage, steps } = this.current
    const seconds = this.seconds()
    this.onProgress({ stage, step: done, steps, seconds, ...(done > 0 && { eta: (seconds / done) * (steps - done) }) })
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1000
  }
}

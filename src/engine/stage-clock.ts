import type { StageTime } from '../protocol/engine'
import type { Stage, StageProgress } from '../protocol/progress'

/** Times the stages, reports their progress, and records the memory that each took. */
export class StageClock {
  private readonly finished: { stage: Stage; seconds: number }[] = []
  private readonly peaks = new Map<Stage, number>()
  private began = 0
  private current: { stage: Stage; steps: number } = { stage: 'load', steps: 0 }

  constructor(private readonly onProgress: (progress: StageProgress) => void) {}

  /** Starts a stage of `steps` steps. */
  async run<T>(stage: Stage, steps: number, body: () => Promise<T>): Promise<T> {
    this.began = performance.now()
    this.current = { stage, steps }
    this.step(0)
    const result = await body()
    this.step(steps)
    this.finished.push({ stage, seconds: this.seconds() })
    return result
  }

  /** The finished stages, in order. */
  get times(): StageTime[] {
    return this.finished.map((time) => {
      const peakGpuBytes = this.peaks.get(time.stage)
      return peakGpuBytes === undefined ? time : { ...time, peakGpuBytes }
    })
  }

  /** Records the GPU bytes that existed at once in a stage; keeps the largest figure. */
  measured(stage: Stage, bytes: number): void {
    this.peaks.set(stage, Math.max(bytes, this.peaks.get(stage) ?? 0))
  }

  /** Reports that `done` of the running stage's steps are finished. */
  step(done: number): void {
    const { stage, steps } = this.current
    const seconds = this.seconds()
    this.onProgress({
      stage,
      step: done,
      steps,
      seconds,
      ...(done > 0 && { eta: (seconds / done) * (steps - done) }),
    })
  }

  private seconds(): number {
    return (performance.now() - this.began) / 1000
  }
}

// How many submits may wait on the GPU at once, and how long they took, on every browser's clock: some report that a
// submit has ended at once, others only every 100 ms.
import { addWork, TARGET_MS, type Work, type WorkClass, type WorkRate } from './work-rate'

/** Submits that may wait on the GPU at once where their end is seen at once: one runs, one stands ready. */
const LEAST_IN_FLIGHT = 2
/** Further ones on a coarse grid, while the GPU runs dry between two of its points. */
const MOST_EXTRA = 4
/** A grid finer than this is none: the way to the GPU and back takes as long. */
const FINE_MS = 10
/** No grid is taken for coarser than this: a cancel takes effect when what is in flight has ended. */
const COARSEST_MS = 150
/** After so many milliseconds a stretch shows the speed well enough, and another begins. */
const LONGEST_STRETCH_MS = 2000

/**
 * Follows submits from the outside. Ends are seen on a grid of `grid` milliseconds, so a time is known to be within
 * bounds only.
 */
export class Pace {
  private grid = 0
  private extra = 0
  private outstanding = 0
  /** Whether submits have ended since the last one began. */
  private hasEnded = false
  /**
   * The stretch of time in which the GPU had work throughout: its begin, whether that was seen on the grid, its work.
   */
  private begin = 0
  private beganOnGrid = false
  private work = new Map<string, { kind: WorkClass; flops: number }>()

  constructor(private readonly rate: WorkRate) {}

  /** @param milliseconds that an empty submit took, from its submission to the report of its end */
  seeGrid(milliseconds: number): void {
    this.grid = milliseconds < FINE_MS ? 0 : Math.min(milliseconds, COARSEST_MS)
  }

  /** How many submits may be in flight: enough to last from one point of the grid to the next. */
  get inFlight(): number {
    return LEAST_IN_FLIGHT + Math.ceil(this.grid / TARGET_MS) + this.extra
  }

  /** @param continues whether it follows others without a pause */
  submitted(now: number, continues: boolean): void {
    // Without a grid nothing can be done about a GPU that is quicker than the recording.
    if (this.hasEnded && continues && this.grid > 0) {
      const change = this.outstanding === 0 ? 2 : -1
      this.extra = Math.min(MOST_EXTRA, Math.max(0, this.extra + change))
    }
    this.hasEnded = false
    if (this.outstanding === 0) this.restart(now, false)
    this.outstanding++
  }

  /** Learns the speed of the work, as far as the grid lets it be seen. */
  completed(work: Work, now: number): void {
    this.outstanding--
    this.hasEnded = true
    for (const { kind, flops } of work.values()) addWork(this.work, kind, flops)
    const spent = now - this.begin
    const least = Math.max(0, spent - this.grid)
    const most = spent + (this.beganOnGrid ? this.grid : 0)
    const predicted = this.rate.predict(this.work)
    const found = Math.min(most, Math.max(least, predicted))
    const isKnown = this.grid > 0 && found === predicted
    if (!isKnown) this.rate.learn(this.work, found)
    if (!isKnown || spent > LONGEST_STRETCH_MS) this.restart(now, this.grid > 0)
  }

  private restart(now: number, onGrid: boolean): void {
    this.begin = now
    this.beganOnGrid = onGrid
    this.work = new Map()
  }
}

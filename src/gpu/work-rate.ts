import type { Call } from './kernel'

/** How long one submit should take, in milliseconds. */
export const TARGET_MS = 50
/**
 * FLOP per millisecond assumed for a kernel that has not run yet: on a slow software adapter, and on the slowest GPU.
 */
const FIRST_RATE = { software: 4e5, hardware: 1e7 } as const
/** Largest factor by which one measurement may change a rate. */
const MAX_STEP = 4

/** A class of work of similar speed: a kernel, its variant, and the work of one workgroup to a factor of two. */
export interface WorkClass {
  readonly stem: string
  /** A key that differs from every other class's. */
  readonly key: string
}

export function workClass(
  stem: string,
  { slots = {}, given = {}, flops, grid }: Pick<Call<string, string>, 'slots' | 'given' | 'flops' | 'grid'>,
): WorkClass {
  const each = Math.round(Math.log2(Math.max(1, flops / (grid[0] * grid[1] * grid[2]))))
  return { stem, key: [stem, ...Object.values(slots), ...Object.values(given), each].join(' ') }
}

/** The measured speed of each class of work, from which the recorder sizes its submits. */
export class WorkRate {
  private readonly rates = new Map<string, number>()
  /** The slowest rate of each kernel, for its classes that have not run yet. */
  private readonly slowest = new Map<string, number>()

  constructor(private readonly adapter: keyof typeof FIRST_RATE = 'software') {}

  /** FLOP of this class that fit in one submit. */
  budget(kind: WorkClass): number {
    return this.rate(kind) * TARGET_MS
  }

  /** True when this work is expected to take the target time. */
  isFull(work: Work): boolean {
    return this.predict(work) >= TARGET_MS
  }

  /** Adjusts the rates of the classes in a submit by its actual and predicted time. */
  learn(work: Work, milliseconds: number): void {
    const predicted = this.predict(work)
    if (predicted === 0 || milliseconds <= 0) return
    const factor = Math.min(MAX_STEP, Math.max(1 / MAX_STEP, predicted / milliseconds))
    // A submit shorter than a few milliseconds mostly measures the round trip to the GPU, so it may only raise rates.
    if (milliseconds < 5 && factor < 1) return
    for (const { kind } of work.values()) {
      const rate = this.rate(kind) * factor
      this.rates.set(kind.key, rate)
      this.slowest.set(kind.stem, Math.min(rate, this.slowest.get(kind.stem) ?? Infinity))
    }
  }

  /** Milliseconds that this work is expected to take. */
  predict(work: Work): number {
    let milliseconds = 0
    for (const { kind, flops } of work.values()) milliseconds += flops / this.rate(kind)
    return milliseconds
  }

  private rate({ stem, key }: WorkClass): number {
    return this.rates.get(key) ?? this.slowest.get(stem) ?? FIRST_RATE[this.adapter]
  }
}

/** The FLOP of each class in a submit, by its key. */
export type Work = ReadonlyMap<string, { readonly kind: WorkClass; readonly flops: number }>

/** Adds to the work of a submit. */
export function addWork(
  work: Map<string, { kind: WorkClass; flops: number }>,
  kind: WorkClass,
  flops: number,
): void {
  const known = work.get(kind.key)
  if (known) known.flops += flops
  else work.set(kind.key, { kind, flops })
}

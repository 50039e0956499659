// What a row needs of the machine that it runs on.
import type { Gpu } from '../../src/gpu/device'
import { openOps, type Ops } from '../../src/gpu/ops'
import { isSoftware } from '../../src/gpu/variants'
import { Clock } from './clock'

export interface Bench {
  readonly gpu: Gpu
  readonly ops: Ops
  readonly clock: Clock
  /** Shapes that a CPU can do. */
  readonly small: boolean
  /** Samples of each contender. */
  readonly samples: number
  /** Milliseconds of a sample, at least. */
  readonly sampleMs: number
  /** Says what begins, for someone who waits. */
  trace(text: string): void
}

export function openBench(gpu: Gpu, size: 'full' | 'small' | 'auto', quick: boolean, trace: (text: string) => void = () => {}): Bench {
  const small = size === 'auto' ? isSoftware(gpu.adapter) : size === 'small'
  return { gpu, ops: openOps(gpu), clock: new Clock(gpu.device), small, samples: quick ? 3 : 5, sampleMs: quick ? 25 : 50, trace }
}

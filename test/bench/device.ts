// What a row needs of the machine that it runs on.
import type { Gpu } from '../../src/gpu/device'
import { openOps, type Ops } from '../../src/gpu/ops'
import { isSoftware, linearCandidates } from '../../src/gpu/variants'
import { Clock } from './clock'
import type { BenchOptions } from './options'

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

/** @throws RangeError where the loop that was asked for cannot run here. */
export function openBench(gpu: Gpu, { size, quick, linear }: BenchOptions, trace: (text: string) => void = () => {}): Bench {
  const small = size === 'auto' ? isSoftware(gpu.adapter) : size === 'small'
  const loops = linearCandidates(gpu.device.features, gpu.storage, gpu.subgroupSize)
  if (linear !== 'auto' && !loops.includes(linear)) throw new RangeError(`linear is "${linear}"; with ${gpu.storage} storage this GPU runs ${loops.join(', ')}.`)
  const opened = openOps(gpu)
  const ops = linear === 'auto' ? opened : { ...opened, variants: { ...opened.variants, linear } }
  return { gpu, ops, clock: new Clock(gpu.device), small, samples: quick ? 3 : 5, sampleMs: quick ? 25 : 50, trace }
}

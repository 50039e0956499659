// What a row needs of the machine that it runs on.
import type { Gpu } from '../src/gpu/device'
import type { Ops } from '../src/gpu/ops'
import { isSoftware } from '../src/gpu/variants'
import { Clock } from './clock'
import type { Candidate } from './comparison'
import { Heat } from './heat'
import { RowVariants } from './variants'
import type { BenchOptions } from './options'
import { profile } from './profile'

export interface Bench {
  readonly gpu: Gpu
  readonly ops: Ops
  readonly variants: RowVariants
  readonly clock: Clock
  /** Whether the adapter is a CPU. */
  readonly isCpu: boolean
  /** Shapes that a CPU can do. */
  readonly small: boolean
  /** Whether onnxruntime-web is left out. */
  readonly alone: boolean
  /** Samples of each candidate. */
  readonly samples: number
  /** Says where a candidate's time goes, where that is asked for. */
  readonly profile?: (candidate: Candidate) => Promise<string[]>
  /** Milliseconds of a sample, at least. */
  readonly sampleMs: number
  /** Says what begins, for someone who waits. */
  trace(text: string): void
}

/** @throws RangeError where a variant that was asked for cannot run here. */
export async function openBench(
  gpu: Gpu,
  { size, quick, alone, variants: wanted, profile: isProfiled }: BenchOptions,
  trace: (text: string) => void = () => {},
): Promise<Bench> {
  const isCpu = isSoftware(gpu.adapter)
  const small = size === 'auto' ? isCpu : size === 'small'
  const variants = new RowVariants(gpu, wanted)
  const clock = new Clock(gpu.device, isCpu ? undefined : await Heat.open(gpu.device))
  const profiled = isProfiled && {
    profile: (candidate: Candidate) => profile(gpu.device, variants.recorder, candidate),
  }
  return {
    gpu,
    ops: variants.ops,
    variants,
    clock,
    isCpu,
    small,
    alone,
    samples: quick ? 3 : 5,
    sampleMs: quick ? 25 : 50,
    ...profiled,
    trace,
  }
}

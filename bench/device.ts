// The machine as a row uses it.
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
  /** Whether shapes are scaled down for a CPU. */
  readonly small: boolean
  /** Whether to run without onnxruntime-web. */
  readonly alone: boolean
  /** Samples of each candidate. */
  readonly samples: number
  /** Reports where a candidate's time goes; present with `--profile`. */
  readonly profile?: (candidate: Candidate) => Promise<string[]>
  /** Least milliseconds of a sample. */
  readonly sampleMs: number
  /** Announces a step to a waiting user. */
  trace(text: string): void
}

/** @throws RangeError where a requested variant cannot run here. */
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

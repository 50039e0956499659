// What a row needs of the machine that it runs on.
import type { Gpu } from '../src/gpu/device'
import type { Ops } from '../src/gpu/ops'
import { isSoftware } from '../src/gpu/variants'
import { Clock } from './clock'
import type { Contender } from './contest'
import { Heat } from './heat'
import { Loops } from './loops'
import type { BenchOptions } from './options'
import { profile } from './profile'

export interface Bench {
  readonly gpu: Gpu
  readonly ops: Ops
  readonly loops: Loops
  readonly clock: Clock
  /** Whether the adapter is a CPU. */
  readonly isCpu: boolean
  /** Shapes that a CPU can do. */
  readonly small: boolean
  /** Whether onnxruntime-web is left out. */
  readonly alone: boolean
  /** Samples of each contender. */
  readonly samples: number
  /** Says where a contender's time goes, where that is asked for. */
  readonly profile?: (contender: Contender) => Promise<string[]>
  /** Milliseconds of a sample, at least. */
  readonly sampleMs: number
  /** Says what begins, for someone who waits. */
  trace(text: string): void
}

/** @throws RangeError where a loop that was asked for cannot run here. */
export async function openBench(
  gpu: Gpu,
  { size, quick, alone, loops: wanted, profile: isProfiled }: BenchOptions,
  trace: (text: string) => void = () => {},
): Promise<Bench> {
  const isCpu = isSoftware(gpu.adapter)
  const small = size === 'auto' ? isCpu : size === 'small'
  const loops = new Loops(gpu, wanted)
  const clock = new Clock(gpu.device, isCpu ? undefined : await Heat.open(gpu.device))
  const profiled = isProfiled && {
    profile: (contender: Contender) => profile(gpu.device, loops.recorder, contender),
  }
  return {
    gpu,
    ops: loops.ops,
    loops,
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

import type { Storage } from '../device'
import type { Ops } from '../ops'
import type { Recorder } from '../recorder'
import { attentionTrial } from './attention-trial'
import type { Task } from './workload'
import type { CandidateRuns } from './measure'
import { convolutionTrial } from './convolution-trial'
import { linearTrial } from './linear-trial'
import { normsTrial } from './norms-trial'
import { deviation, type Trial } from './trial'

/** Compiles variants before they run. */
export interface TrialBench extends CandidateRuns {
  /** Resolves when the variant can run. @throws GPUPipelineError, GpuError */
  compile(name: string): Promise<void>
  readonly tolerance: number
  close(): void
}

/**
 * Tolerances. In f32, variants differ by the order of their sums, about 1e-6. In f16, the result is stored in 11 bits
 * (2e-4 on average), and a variant may multiply in f16 and add in f32, each of which adds as much again. A wrong
 * variant is off by 1e-1.
 */
const TOLERANCE: Readonly<Record<Storage, number>> = { f32: 1e-4, f16: 2e-3 }

/** FLOP of the first call, which must be short even on a slow GPU, and of the longest; never less than a few tiles. */
const FIRST_FLOPS = 2.5e8
const MOST_FLOPS = 3.2e10
/** Target milliseconds of a call, which keeps the whole GPU busy, and of a sample of several. */
const CALL_MS = 5
const SAMPLE_MS = 10
const MOST_CALLS = 64

/**
 * Makes a task's inputs on the GPU for a call of about `flops`. Keeps the widths of layers, on which the best variant
 * depends.
 */
function prepareTrial(ops: Ops, task: Task, flops: number): Trial {
  switch (task.family) {
    case 'linear':
      return linearTrial(ops, task, flops)
    case 'attention':
      return attentionTrial(ops, task, flops)
    case 'convolution':
      return convolutionTrial(ops, task, flops)
    case 'norms':
      return normsTrial(ops, task, flops)
  }
}

/**
 * Times until the queue is done, because timestamps are not available everywhere, and browsers round them to 0.1 ms.
 * @param now in milliseconds
 */
export function openTrialBench(
  ops: Ops & { readonly recorder: Recorder },
  task: Task,
  now: () => number,
  signal?: AbortSignal,
): TrialBench {
  let trial = prepareTrial(ops, task, FIRST_FLOPS)
  let expected: ReadonlyMap<number, number> | undefined
  /** Calls to a sample. */
  const calls = new Map<string, number>()

  const inVariant = (name: string, changes: Partial<Ops> = {}): Ops => ({
    ...ops,
    activations: 'float',
    ...changes,
    variants: { ...ops.variants, [task.family]: name },
  })
  const sample = async (name: string, count: number): Promise<number> => {
    const each = inVariant(name)
    const began = now()
    for (let i = 0; i < count; i++) ops.release(trial.run(each))
    await ops.drain(signal)
    return (now() - began) / count
  }

  const bench: TrialBench = {
    tolerance: TOLERANCE[ops.storage],

    async compile(name) {
      const compiled: Promise<void>[] = []
      ops.release(
        trial.run(
          inVariant(name, { run: (kernel, call) => void compiled.push(ops.recorder.compile(kernel, call)) }),
        ),
      )
      await Promise.all(compiled)
    },

    async deviation(name) {
      const output = trial.run(inVariant(name))
      try {
        const values = await ops.read(output, signal)
        return deviation(values, (expected ??= trial.expected()))
      } finally {
        ops.release(output)
      }
    },

    async time(name) {
      const known = calls.get(name)
      if (known !== undefined) return sample(name, known)
      await sample(name, 1) // lets the recorder learn how long it takes
      calls.set(name, Math.min(MOST_CALLS, Math.max(1, Math.ceil(SAMPLE_MS / (await sample(name, 1))))))
      return bench.time(name)
    },

    async lengthen(name) {
      const wanted = Math.min(MOST_FLOPS, (trial.flops * CALL_MS) / (await bench.time(name)))
      if (wanted < 1.5 * trial.flops) return
      const longer = prepareTrial(ops, task, wanted)
      bench.close()
      trial = longer
      expected = undefined
      calls.clear()
    },

    close() {
      ops.release(...trial.inputs)
    },
  }
  return bench
}

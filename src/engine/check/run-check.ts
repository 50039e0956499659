// The self-check: kernels in every variant that this GPU may use, then the bundled model, each against its reference.
import { openGpu } from '../../gpu/device'
import { openOps } from '../../gpu/ops'
import { CLOCK } from '../../gpu/tuner/autotune'
import type { CheckedGpu, CheckLine } from '../../protocol/check'
import { toFailure } from '../../protocol/errors'
import type { WeightFile } from '../../weights/weight-file'
import { measureSpeed } from '../kernels/speed'
import type { ModelFiles } from '../model/opened'
import { checkKernel, kernelTrials } from './check-kernels'
import { miniParts } from './check-mini'

export interface CheckInputs {
  readonly gpu: GPU | undefined
  readonly goldens: WeightFile
  readonly mini: ModelFiles
  readonly signal: AbortSignal
  /** @param of how many lines there will be */
  onLine(line: CheckLine, of: number): void
}

/** Goes on after a wrong result, and after one that does not come. @throws GpuError; the signal's reason */
export async function runCheck({ gpu, goldens, mini, signal, onLine }: CheckInputs): Promise<CheckedGpu> {
  const opened = await openGpu(gpu, { signal })
  const ops = openOps(opened)
  try {
    const trials = [
      ...kernelTrials(opened, ops).map((trial) => ({
        name: trial.name,
        check: () => checkKernel(trial, goldens, signal),
      })),
      ...miniParts({ ops, gpu: opened }, mini, goldens, signal),
    ]
    for (const { name, check } of trials) {
      signal.throwIfAborted()
      const before = ops.pool.mark()
      const line = await check().catch((error: unknown): CheckLine => {
        signal.throwIfAborted()
        ops.recorder.discard()
        ops.pool.releaseSince(before)
        if (opened.lostReason !== undefined) throw error
        return { name, relError: NaN, allowed: 0, isRight: false, problem: toFailure(error).message }
      })
      onLine(line, trials.length)
    }
    const { teraflops } = await measureSpeed(ops, CLOCK.now, signal)
    const { adapter, storage, device } = opened
    return { adapter, storage, features: [...device.features].sort(), teraflops }
  } finally {
    opened.device.destroy()
  }
}

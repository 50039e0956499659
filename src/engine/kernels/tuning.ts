// Chooses the kernels' variants for a model on this GPU: remembers them, or finds them by trying them on the model's
// own shapes.
import type { Gpu } from '../../gpu/device'
import { dryOps, type Ops } from '../../gpu/ops'
import type { Recorder } from '../../gpu/recorder'
import { openTrialBench } from '../../gpu/tuner/trial-bench'
import { Workload, type Task } from '../../gpu/tuner/workload'
import { candidatesFor, familiesWithChoice } from '../../gpu/tuner/candidates'
import { rememberTuned, tuningKey, type TunedStore } from '../../gpu/tuner/memory'
import { CLOCK, autotune, type Tuned } from '../../gpu/tuner/autotune'
import type { Variants } from '../../gpu/variants'
import type { WeightFormat } from '../../weights/quant/pack'
import type { Clip } from '../clip'
import { dryRun, type PlannedDevice } from '../memory/dry-run'
import type { ModelFiles } from '../model/opened'
import type { StageClock } from '../stage-clock'

export type { TunedStore }

/** For each kernel family, the call that does most of a clip's work. */
export async function heaviestTasks(
  files: ModelFiles,
  clip: Clip,
  device: PlannedDevice,
  weights: WeightFormat,
): Promise<Task[]> {
  const workload = new Workload()
  const ops = workload.listen(dryOps(device.storage, device.maxBindingBytes, device.maxBufferBytes))
  await dryRun(files, clip, { text: 'q4', weights, streamed: false }, ops)
  return workload.heaviest()
}

export interface TuningOptions {
  readonly gpu: Gpu
  readonly ops: Ops & { readonly recorder: Recorder }
  /** Where choices outlive the engine. */
  readonly store: TunedStore | undefined
  readonly appVersion: string
}

export class Tuning {
  /** Only the format of the weights changes from clip to clip. */
  private readonly chosen = new Map<WeightFormat, Variants>()

  constructor(private readonly options: TuningOptions) {}

  /**
   * The variants for this clip, and notes about wrong ones. Trying them first is a stage of `clock`.
   * @throws the signal's reason; GpuError `device-lost`
   */
  async choose(
    files: ModelFiles,
    clip: Clip,
    weights: WeightFormat,
    clock: StageClock,
    signal: AbortSignal,
  ): Promise<Tuned> {
    const { gpu, ops, store, appVersion } = this.options
    const candidates = candidatesFor(gpu)
    const families = familiesWithChoice(candidates).length
    const known = families === 0 ? gpu.variants : this.chosen.get(weights)
    if (known) return { variants: known, notes: [] }
    const tasks = await heaviestTasks(files, clip, gpu, weights)
    const tuned = await rememberTuned(store, tuningKey(gpu, tasks, appVersion), candidates, async () => {
      ops.pool.resetHighWater()
      const openTask = (task: Task) => openTrialBench(ops, task, CLOCK.now, signal)
      const found = await clock.run('tune', families, () =>
        autotune({ candidates, tasks, openTrialBench: openTask, signal, onDone: (done) => clock.step(done) }),
      )
      clock.measured('tune', ops.pool.highWater)
      ops.pool.trim()
      return found
    })
    this.chosen.set(weights, tuned.variants)
    return tuned
  }
}

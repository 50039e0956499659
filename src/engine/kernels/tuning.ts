// Which loops the kernels use for a model on this GPU: remembered, or found by trying them on the model's own shapes.
import type { Gpu } from '../../gpu/device'
import { dryOps, type Ops } from '../../gpu/ops'
import type { Recorder } from '../../gpu/recorder'
import { openBench } from '../../gpu/tuner/bench'
import { CallBook, type Task } from '../../gpu/tuner/call-book'
import { candidatesFor, contested } from '../../gpu/tuner/candidates'
import { rememberTuned, tuningKey, type TunedStore } from '../../gpu/tuner/memory'
import { CLOCK, tune, type Tuned } from '../../gpu/tuner/tune'
import type { Variants } from '../../gpu/variants'
import type { GenerationSettings } from '../../protocol/settings'
import type { WeightFormat } from '../../weights/quant/pack'
import { rehearse, type PlannedDevice } from '../memory/dry-run'
import type { ModelFiles } from '../model/opened'
import type { StageClock } from '../stage-clock'

export type { TunedStore }

/** Of each family of kernels the call that does most of a clip's work. @param tokens as for `planStages` */
export async function heaviestTasks(
  files: ModelFiles,
  settings: GenerationSettings,
  tokens: readonly number[],
  device: PlannedDevice,
  weights: WeightFormat,
): Promise<Task[]> {
  const book = new CallBook()
  const overheard = (): Ops =>
    book.listen(dryOps(device.storage, device.maxBindingBytes, device.maxBufferBytes))
  await rehearse(
    files,
    settings,
    tokens,
    { weights, streamed: false },
    { denoise: overheard(), decode: overheard() },
  )
  return book.heaviest()
}

export interface TuningOptions {
  readonly files: ModelFiles
  readonly gpu: Gpu
  readonly ops: Ops & { readonly recorder: Recorder }
  /** Where what was chosen is kept beyond the engine's life. */
  readonly store: TunedStore | undefined
  readonly appVersion: string
}

export class Tuning {
  /** The format of the weights is all that changes from clip to clip. */
  private readonly chosen = new Map<WeightFormat, Variants>()

  constructor(private readonly options: TuningOptions) {}

  /**
   * The loops for this clip, and what is to be said of them. Where they must be tried first, that is a stage of `clock`.
   * @throws the signal's reason; GpuError `device-lost`
   */
  async choose(
    settings: GenerationSettings,
    tokens: readonly number[],
    weights: WeightFormat,
    clock: StageClock,
    signal: AbortSignal,
  ): Promise<Tuned> {
    const { files, gpu, ops, store, appVersion } = this.options
    const candidates = candidatesFor(gpu)
    const families = contested(candidates).length
    const known = families === 0 ? gpu.variants : this.chosen.get(weights)
    if (known) return { variants: known, notes: [] }
    const tasks = await heaviestTasks(files, settings, tokens, gpu, weights)
    const tuned = await rememberTuned(store, tuningKey(gpu, tasks, appVersion), candidates, async () => {
      ops.pool.resetHighWater()
      const openTask = (task: Task) => openBench(ops, task, CLOCK.now, signal)
      const found = await clock.run('tune', families, () =>
        tune({ candidates, tasks, openBench: openTask, signal, onDone: (done) => clock.step(done) }),
      )
      clock.measured('tune', ops.pool.highWater)
      ops.pool.trim()
      return found
    })
    this.chosen.set(weights, tuned.variants)
    return tuned
  }
}

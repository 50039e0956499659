// Chooses the variants of a row's kernels: ops whose variants can be exchanged, and the engine's tuner on the row's
// own calls.
import type { Gpu } from '../src/gpu/device'
import { openOps, type Ops } from '../src/gpu/ops'
import type { Recorder } from '../src/gpu/recorder'
import { openTrialBench } from '../src/gpu/tuner/trial-bench'
import { Workload, layerKey, type Task } from '../src/gpu/tuner/workload'
import { candidatesFor, familiesWithChoice } from '../src/gpu/tuner/candidates'
import { CLOCK, autotune } from '../src/gpu/tuner/autotune'
import { FAMILIES, isSoftware, runnableVariants, type Variants } from '../src/gpu/variants'
import type { BenchOptions, NamedVariants } from './options'

/** The default variants, some of them replaced. @throws RangeError where one cannot run on the device. */
function withNamed(gpu: Gpu, named: NamedVariants): Variants {
  const { device, storage, subgroupSize, matrixShape } = gpu
  for (const family of FAMILIES) {
    const name = named[family]
    const allowed: readonly string[] = runnableVariants(family, {
      features: device.features,
      storage,
      subgroupSize,
      matrixShape,
    })
    if (name === undefined || allowed.includes(name)) continue
    throw new RangeError(
      `The variant of ${family} is "${name}"; with ${gpu.storage} storage this GPU runs ${allowed.join(', ')}.`,
    )
  }
  return { ...gpu.variants, ...(named as Partial<Variants>) }
}

export class RowVariants {
  /** Ops for every row, whose kernels use the last chosen variants. */
  readonly ops: Ops
  private readonly own: Ops & { readonly recorder: Recorder }
  private readonly first: Variants
  private readonly isTuned: boolean
  private chosen: Variants
  /** Set while a row's calls are recorded but not run. */
  private listener: Ops | undefined
  /** Chosen variants, by the layers that determined them. */
  private readonly known = new Map<string, Variants>()

  /** @throws RangeError where a requested variant cannot run on the device. */
  constructor(
    private readonly gpu: Gpu,
    variants: BenchOptions['variants'],
  ) {
    this.isTuned = variants === 'tuned' || (variants === 'auto' && !isSoftware(gpu.adapter))
    this.first = this.chosen = typeof variants === 'string' ? gpu.variants : withNamed(gpu, variants)
    this.own = openOps(gpu)
    const [current, own] = [() => this.chosen, this.own]
    this.ops = {
      ...own,
      get variants() {
        return current()
      },
      run: (kernel, call) => (this.listener ?? own).run(kernel, call),
    }
  }

  get recorder(): Recorder {
    return this.own.recorder
  }

  /**
   * Chooses the variants for the calls of `row`, and names those of its families, the one with the most work first.
   * @param say called with a note about each variant that is wrong on this GPU
   */
  async choose(row: () => void | Promise<unknown>, say: (note: string) => void): Promise<string | null> {
    this.chosen = this.first
    const tasks = await this.overhear(row)
    if (this.isTuned) this.chosen = await this.tuned(tasks, say)
    const names = tasks.map(({ family }) => [family, this.chosen[family]] as const)
    if (names.length === 0) return null
    return names.length === 1 ? names[0]![1] : names.map((pair) => pair.join(' ')).join(', ')
  }

  private async overhear(row: () => void | Promise<unknown>): Promise<Task[]> {
    const workload = new Workload()
    this.listener = workload.listen({ ...this.own, run: () => {} })
    try {
      await row()
    } finally {
      this.listener = undefined
    }
    return workload.heaviest()
  }

  private async tuned(tasks: readonly Task[], say: (note: string) => void): Promise<Variants> {
    const candidates = candidatesFor(this.gpu)
    if (!familiesWithChoice(candidates).some((family) => tasks.some((task) => task.family === family)))
      return this.first
    const key = tasks.map(layerKey).join()
    const known = this.known.get(key)
    if (known) return known
    const { variants, notes } = await autotune({
      candidates,
      tasks,
      openTrialBench: (task) => openTrialBench(this.own, task, CLOCK.now),
    })
    notes.forEach(say)
    this.known.set(key, variants)
    return variants
  }
}

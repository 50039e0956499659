import { absoluteChange } from '../gpu/kernels/absolute_change'
import { linearCombination } from '../gpu/kernels/linear_combination'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import { EasyCacheRule, type EasyCacheMeasures } from './easy-cache'

/** The velocities of one step, each of the latents' shape. */
export interface Velocities {
  readonly conditional: Tensor
  /** Velocity for the negative prompt, where there is guidance. */
  readonly unconditional?: Tensor
}

/** What a step leaves for the next. */
export interface StepCacheState {
  /** Latents of the step before. */
  readonly last?: Tensor
  readonly computed?: Computed
  readonly measures: EasyCacheMeasures
  readonly reused: number
}

/** The step in which the model last ran. */
export interface Computed {
  readonly x: Tensor
  readonly velocities: Velocities
}

/**
 * Skips steps by EasyCache: adds the model's last difference to its input, velocity − x, to this step's input. The
 * conditional branch decides for both. Keeps four tensors of the latents' shape from the first step on, so that
 * memory does not depend on its decisions.
 */
export class StepCache {
  /** Steps skipped so far. */
  reused: number
  private rule: EasyCacheRule
  private last: Tensor | undefined
  private computed: Computed | undefined

  /** @param state of the step before, where a run goes on; takes it over */
  constructor(
    private readonly ops: Ops,
    private readonly steps: number,
    private readonly threshold: number,
    state?: StepCacheState,
  ) {
    this.rule = new EasyCacheRule(steps, threshold, state?.measures)
    this.reused = state?.reused ?? 0
    this.last = state?.last
    this.computed = state?.computed
  }

  /** Its tensors stay the cache's. */
  get state(): StepCacheState {
    const { last, computed, reused } = this
    return { ...(last && { last }), ...(computed && { computed }), measures: this.rule.measures, reused }
  }

  /** The velocities at latents `x`, which the caller releases. `run` runs the model. */
  async velocities(
    step: number,
    x: Tensor,
    run: () => Promise<Velocities>,
    signal?: AbortSignal,
  ): Promise<Velocities> {
    const carried = await this.mayReuse(step, x, signal)
    if (this.last) this.ops.release(this.last)
    this.last = this.sum([[x, 1]])
    if (carried) {
      this.reused++
      return this.carryOver(x, carried)
    }
    const velocities = await run()
    await this.keep(x, velocities, signal)
    return velocities
  }

  /** Forgets what it knows of the model: another one predicts from here on. */
  restart(): void {
    this.rule = new EasyCacheRule(this.steps, this.threshold)
    this.forget()
  }

  release(): void {
    if (this.last) this.ops.release(this.last)
    this.last = undefined
    this.forget()
  }

  /** The differences to reuse, or `undefined` where the model must run. */
  private async mayReuse(step: number, x: Tensor, signal?: AbortSignal): Promise<Computed | undefined> {
    if (!this.last || this.rule.mustRun(step)) return undefined
    const { change } = await absoluteChange(this.ops, x, this.last, signal)
    return this.rule.mayReuse(step, change) ? this.computed : undefined
  }

  private carryOver(
    x: Tensor,
    { x: before, velocities: { conditional, unconditional } }: Computed,
  ): Velocities {
    const carry = (velocity: Tensor): Tensor =>
      this.sum([
        [x, 1],
        [velocity, 1],
        [before, -1],
      ])
    return { conditional: carry(conditional), ...(unconditional && { unconditional: carry(unconditional) }) }
  }

  private async keep(x: Tensor, velocities: Velocities, signal?: AbortSignal): Promise<void> {
    const { computed } = this
    if (!computed) this.rule.ran()
    else {
      const change = (a: Tensor, b: Tensor) => absoluteChange(this.ops, a, b, signal)
      const [input, output] = await Promise.all([
        change(x, computed.x),
        change(velocities.conditional, computed.velocities.conditional),
      ])
      this.rule.ran({ input: input.change, output: output.change, outputSize: output.size })
    }
    this.forget()
    const { conditional, unconditional } = velocities
    const copies = {
      conditional: this.sum([[conditional, 1]]),
      ...(unconditional && { unconditional: this.sum([[unconditional, 1]]) }),
    }
    this.computed = { x: this.sum([[x, 1]]), velocities: copies }
  }

  /** Keeps the model's last output. */
  private forget(): void {
    if (this.computed) this.ops.release(this.computed.x, ...Object.values(this.computed.velocities))
    this.computed = undefined
  }

  private sum(terms: readonly (readonly [Tensor, number])[]): Tensor {
    return linearCombination(
      this.ops,
      terms.map(([tensor, coefficient]) => ({ tensor, coefficient })),
      'step cache',
    )
  }
}

// What a GPU does in a moment of large matrix products: by it the page estimates models that never ran here.
import type { Gpu } from '../../gpu/device'
import { linear } from '../../gpu/kernels/linear'
import { reserveLinear } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import { isLoss } from '../../gpu/tuner/measure'
import type { GpuSpeed } from '../../protocol/estimate'
import type { TunedStore } from './tuning'

const SIDE = 1024
const FEWEST_TOKENS = 32
const MOST_TOKENS = 4096
/** A product this long is past what it costs to give the order, and past the coarsest clock of a browser. */
const LONG_MS = 60
const ROUNDS = 3
/** Nobody waits longer for an estimate. */
const MOST_MS = 1500

/**
 * Times products of growing size until one is long enough for a clock.
 * @throws the signal's reason; GpuError
 */
export async function measureSpeed(ops: Ops, now: () => number, signal?: AbortSignal): Promise<GpuSpeed> {
  const before = ops.pool.mark()
  try {
    const weight = reserveLinear(ops, { rows: SIDE, cols: SIDE, stride: SIDE, format: 'f16' }, 'speed.weight')
    const product = async (tokens: number, times: number): Promise<number> => {
      const x = ops.create([tokens, SIDE], ops.storage, 'speed.x')
      const begun = now()
      for (let time = 0; time < times; time++) ops.release(linear(ops, x, weight, 'speed.y'))
      await ops.drain(signal)
      const spent = now() - begun
      ops.release(x)
      return spent
    }
    await product(FEWEST_TOKENS, 1) // compiles
    const until = now() + MOST_MS
    let tokens = FEWEST_TOKENS
    let times = 1
    let best = 0
    for (let rounds = 0; ;) {
      const spent = await product(tokens, times)
      const teraflops = (2 * SIDE * SIDE * tokens * times) / (Math.max(0.01, spent) * 1e9)
      const isLong = spent >= LONG_MS
      if (isLong) best = Math.max(best, teraflops) // what else the machine does only slows it down
      if (isLong && ++rounds === ROUNDS) return { teraflops: best }
      if (now() + (isLong ? 1 : 4) * spent > until) return { teraflops: Math.max(best, teraflops) }
      if (isLong) continue
      if (tokens < MOST_TOKENS) tokens *= 4
      else times *= 2
    }
  } finally {
    ops.pool.releaseSince(before)
    ops.pool.trim()
  }
}

/** All that decides the speed of a GPU. */
export function speedKey({ adapter, storage }: Pick<Gpu, 'adapter' | 'storage'>, appVersion: string): string {
  return JSON.stringify(['speed', adapter, storage, appVersion])
}

export interface RememberedSpeedOptions {
  readonly ops: Ops
  /** Of the device. */
  readonly lost: Promise<GPUDeviceLostInfo>
  readonly store: TunedStore | undefined
  /** Of this GPU, browser and version of the app. */
  readonly key: string
  readonly now: () => number
}

/** Stored for a GPU that was lost at it. */
const FAILED = { failed: true }

function isFailed(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Reflect.get(value, 'failed') === true
}

function known(value: unknown): GpuSpeed | undefined {
  const teraflops =
    typeof value === 'object' && value !== null ? (Reflect.get(value, 'teraflops') as unknown) : undefined
  return typeof teraflops === 'number' && teraflops > 0 && Number.isFinite(teraflops)
    ? { teraflops }
    : undefined
}

/**
 * Measures once, and never while a clip is made. A GPU that fails at it is not measured again; one that is lost at it,
 * not by a later engine either.
 */
export class RememberedSpeed {
  private measuring: Promise<GpuSpeed | undefined> | undefined

  constructor(private readonly options: RememberedSpeedOptions) {}

  /** Undefined where it could not be measured. */
  get(): Promise<GpuSpeed | undefined> {
    return (this.measuring ??= this.find())
  }

  /** Resolves when the GPU is free of it. */
  async settled(): Promise<void> {
    await this.measuring
  }

  private async find(): Promise<GpuSpeed | undefined> {
    const { ops, lost, store, key, now } = this.options
    const stored = await store?.get(key).catch(() => undefined)
    if (isFailed(stored)) return undefined
    const before = known(stored)
    if (before !== undefined) return before
    const keep = async (found: object): Promise<void> => store?.put(key, found).catch(() => undefined)
    try {
      const speed = await measureSpeed(ops, now)
      await keep(speed)
      return speed
    } catch (error) {
      // It is also lost where the engine is closed, which says nothing about it.
      if (isLoss(error) && (await lost).reason !== 'destroyed') await keep(FAILED)
      return undefined // what is wrong with the GPU, a clip will say
    }
  }
}

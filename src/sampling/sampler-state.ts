// What a step of the denoising loop leaves for the next, as bytes: a run that goes on from them gives the same latents,
// to the bit. Fresh noise needs no more than the number of the step.
import type { Ops } from '../gpu/ops'
import { byteLength, elementCount, type Tensor } from '../gpu/tensor'
import type { History } from './history'
import type { Computed, StepCacheState } from './step-cache'
import type { HistoryName, LinearCombination, Sampler } from './types'

export interface SamplerState {
  /** Steps that are done. */
  readonly done: number
  readonly history: History<Tensor>
  readonly cache?: StepCacheState
}

/** The bytes of a state, and what they are. */
export interface StoredState {
  readonly facts: StateFacts
  /** In the order of `facts.names`: f32 of `facts.shape` each. */
  readonly parts: readonly Uint8Array<ArrayBuffer>[]
}

export interface StateFacts {
  readonly done: number
  readonly shape: readonly number[]
  readonly names: readonly string[]
  /** Numbers as text: some are not finite, which JSON cannot say. */
  readonly cache?: {
    readonly rate: string
    readonly outputSize: string
    readonly error: string
    readonly reused: number
  }
}

const HISTORY = ['lastX', 'x0Prev', 'x0Prev2'] as const
/** Names of the cache's tensors. */
const CACHE = ['cache.last', 'cache.x', 'cache.conditional', 'cache.unconditional'] as const

/** The tensors of the history that the steps from `step` on read. */
export function neededFrom(sampler: Sampler, step: number): ReadonlySet<HistoryName> {
  const readIn = (i: number): Set<HistoryName> => {
    if (i >= sampler.timesteps.length) return new Set()
    const { x0, corrected = [], next } = sampler.step(i)
    const terms: LinearCombination = [...x0, ...corrected, ...next]
    return new Set(terms.map(({ tensor }) => tensor))
  }
  const [now, then] = [readIn(step), readIn(step + 1)]
  const needed = new Set<HistoryName>(['x', ...HISTORY.filter((name) => now.has(name))])
  if (then.has('x0Prev2')) needed.add('x0Prev') // it will be that one
  return needed
}

function tensorsOf({ history, cache }: SamplerState, needed: ReadonlySet<HistoryName>): [string, Tensor][] {
  const { x, ...others } = history
  const { conditional, unconditional } = cache?.computed?.velocities ?? {}
  const named: [string, Tensor | undefined][] = [
    ['x', x],
    ...HISTORY.map((name): [string, Tensor | undefined] => [
      name,
      needed.has(name) ? others[name] : undefined,
    ]),
    ['cache.last', cache?.last],
    ['cache.x', cache?.computed?.x],
    ['cache.conditional', conditional],
    ['cache.unconditional', unconditional],
  ]
  return named.filter((each): each is [string, Tensor] => each[1] !== undefined)
}

/** Copies a state to the CPU; resolves once a later drain has got this far. */
export async function readState(ops: Ops, sampler: Sampler, state: SamplerState): Promise<StoredState> {
  const tensors = tensorsOf(state, neededFrom(sampler, state.done))
  const { done, history, cache } = state
  const facts: StateFacts = {
    done,
    shape: history.x.shape,
    names: tensors.map(([name]) => name),
    ...(cache && {
      cache: {
        rate: String(cache.measures.rate),
        outputSize: String(cache.measures.outputSize),
        error: String(cache.measures.error),
        reused: cache.reused,
      },
    }),
  }
  const parts = await Promise.all(tensors.map(([, tensor]) => ops.readLater(tensor)))
  return { facts, parts }
}

/**
 * A state on the GPU again, the caller's to release.
 * @throws RangeError where the bytes are not of that state
 */
export function restoreState(ops: Ops, { facts, parts }: StoredState): SamplerState {
  const { done, shape, names, cache } = facts
  const bytes = byteLength(shape, 'f32')
  if (parts.length !== names.length || parts.some(({ length }) => length !== bytes))
    throw new RangeError(
      `A kept step has ${parts.map(({ length }) => length).join(', ')} bytes; ${names.length} times ${bytes} are needed.`,
    )
  const upload = (name: string): Tensor | undefined => {
    const part = parts[names.indexOf(name)]
    const floats = part && new Float32Array(part.buffer, part.byteOffset, elementCount(shape))
    return floats && ops.upload(floats, shape, 'f32', `kept ${name}`)
  }
  const x = upload('x')
  if (!x) throw new RangeError('A kept step has no latents.')
  const history: History<Tensor> = HISTORY.reduce(
    (all, name) => {
      const tensor = upload(name)
      return tensor ? { ...all, [name]: tensor } : all
    },
    { x },
  )
  if (!cache) return { done, history }
  const [last, computedX, conditional, unconditional] = CACHE.map(upload)
  const computed: Computed | undefined =
    computedX && conditional
      ? { x: computedX, velocities: { conditional, ...(unconditional && { unconditional }) } }
      : undefined
  const measures = {
    rate: Number(cache.rate),
    outputSize: Number(cache.outputSize),
    error: Number(cache.error),
  }
  return {
    done,
    history,
    cache: { ...(last && { last }), ...(computed && { computed }), measures, reused: cache.reused },
  }
}

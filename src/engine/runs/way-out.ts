// What an engine does by itself where a run fails: it goes on with less memory, or with numbers of more range.
import { toFailure } from '../../protocol/errors'
import type { Stage } from '../../protocol/progress'
import type { FittedPlan } from '../memory/fit-memory'

/** How a run is tried. */
export interface Way {
  /** The step down after the GPU ran out of memory. */
  readonly smaller?: FittedPlan
  /** Stages whose activations are f32 although the GPU has f16: their numbers overflowed. */
  readonly precise: ReadonlySet<Stage>
  /** Sentences about it. */
  readonly notes: readonly string[]
}

export const FIRST_WAY: Way = { precise: new Set(), notes: [] }

/** What is known about a try that failed. */
export interface Tried {
  readonly way: Way
  readonly fitted: FittedPlan | undefined
  readonly stage: Stage
  /** Of the GPU's activations. */
  readonly storage: 'f16' | 'f32'
}

const PARTS: Readonly<Partial<Record<Stage, string>>> = {
  encode: 'text encoder',
  denoise: 'transformer',
  decode: 'picture decoder',
}

/** @param smaller finds the next step down. Undefined where there is no way. */
export async function wayOut(
  error: unknown,
  { way, fitted, stage, storage }: Tried,
  smaller: (fitted: FittedPlan) => Promise<FittedPlan | undefined>,
): Promise<Way | undefined> {
  const { code } = toFailure(error)
  if (code === 'out-of-memory' && fitted) {
    const next = await smaller(fitted)
    return next && { ...way, smaller: next }
  }
  if (code === 'not-finite' && storage === 'f16' && !way.precise.has(stage)) {
    const note = `Numbers of the ${PARTS[stage] ?? 'model'} overflowed as f16: that part was computed again as f32, which takes more memory and time.`
    return { ...way, precise: new Set([...way.precise, stage]), notes: [...way.notes, note] }
  }
  return undefined
}

/** Errors after which a run of the same settings would fail again: it need not be kept. */
const FINAL = /^(cancelled|not-finite|invalid-settings|model-invalid|limit)$/

export function isFinal(error: unknown): boolean {
  return FINAL.test(toFailure(error).code)
}

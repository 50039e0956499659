// What a row of a kernel that mostly moves data consists of.
import { DTYPE_BYTES, type Tensor } from '../../src/gpu/tensor'
import { float32ToFloat16 } from '../../src/weights/quant/float16'
import { relativeError } from '../../test/support/error'
import type { Match, Rival, Sized } from '../comparison'
import type { Data } from '../data'
import type { Bench } from '../device'
import { ortRival, type RivalGraph } from '../ort'
import { ours } from '../ours'

export interface Work {
  readonly inputs: readonly Data[]
  readonly call: () => Tensor
  /** Refills a tensor that is changed in place. */
  readonly keep?: () => void
  readonly expected: () => ArrayLike<number>
  readonly rival?: RivalGraph
}

function match(bench: Bench, { inputs, call, keep, expected, rival }: Work): Match {
  const right = expected()
  const rivals: Rival[] = rival ? [ortRival(bench, rival)] : []
  return {
    ours: ours(bench.ops, call, keep),
    rivals,
    check: (y) => relativeError(y, right),
    release: () => bench.ops.release(...inputs.map(({ tensor }) => tensor)),
  }
}

/** @param elements read and written, in f32 */
export function sized(shape: string, elements: number, work: (bench: Bench) => Work): Sized {
  return {
    shape,
    cost: { flops: 0, bytes: elements * DTYPE_BYTES.f32, bound: 'copy' },
    prepare: (bench) => match(bench, work(bench)),
  }
}

/** A node of a rival's graph. */
export const node = (op: string, inputs: readonly string[], output: string, attributes = {}) => ({
  op,
  inputs,
  output,
  attributes,
})

/** Writes a tensor's first values again. */
export function refill({ ops }: Bench, { tensor, values }: Data): void {
  ops.write(tensor, ops.storage === 'f16' ? float32ToFloat16(values) : Float32Array.from(values))
}

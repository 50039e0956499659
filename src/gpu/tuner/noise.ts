// Inputs of a trial: fast to make, exact in every storage type, and computable without storing them.
import { float32ToFloat16 } from '../../weights/quant/float16'
import type { Ops } from '../ops'
import { elementCount, type Tensor } from '../tensor'

/** A prime period, so that no two rows of a tensor are equal unless its width is a multiple of it. */
const PERIOD = 10007

/** From -1 to 1 in steps of 1/1024, which f16 holds exactly. */
function uniform(): Float32Array<ArrayBuffer> {
  let state = 1
  return Float32Array.from({ length: PERIOD }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return (state >>> 21) / 1024 - 1
  })
}

let made: Float32Array<ArrayBuffer> | undefined

/** Periodic pseudo-random numbers from −scale to scale. */
export class Noise {
  private readonly values: Float32Array<ArrayBuffer>

  /** @param scale a power of two, so that the numbers stay exact */
  constructor(
    private readonly start: number,
    private readonly scale = 1,
  ) {
    this.values = made ??= uniform()
  }

  /** Number `i`. */
  at(i: number): number {
    return this.values[(i + this.start) % PERIOD]! * this.scale
  }

  /** The first `length` numbers. */
  floats(length: number): Float32Array<ArrayBuffer> {
    return repeat(
      new Float32Array(length),
      Float32Array.from({ length: Math.min(PERIOD, length) }, (_, i) => this.at(i)),
    )
  }

  /** A tensor of the numbers from the beginning. */
  tensor(ops: Ops, shape: readonly number[], dtype: 'f32' | 'f16', label: string): Tensor {
    const length = elementCount(shape)
    const all = (): Float32Array<ArrayBuffer> | Uint16Array<ArrayBuffer> =>
      dtype === 'f32'
        ? this.floats(length)
        : repeat(new Uint16Array(length), float32ToFloat16(this.floats(Math.min(PERIOD, length))))
    return ops.upload(all, shape, dtype, label)
  }
}

/** Fills `out` by repeating `part`. */
export function repeat<T extends Float32Array | Uint16Array | Uint32Array>(out: T, part: T): T {
  for (let at = 0; at < out.length; at += part.length) out.set(part.subarray(0, out.length - at), at)
  return out
}

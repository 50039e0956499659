import type { Ops } from '../src/gpu/ops'
import type { Tensor } from '../src/gpu/tensor'
import type { Candidate } from './comparison'

/**
 * A kernel through its wrapper.
 * @param call records the kernel and returns its output
 * @param keep refills the tensor that a kernel changes in place, so that nothing is released
 */
export function ours(ops: Ops, call: () => Tensor, keep?: () => void): Candidate {
  return {
    run() {
      const y = call()
      if (!keep) ops.release(y)
    },
    settle: () => ops.drain(),
    async output() {
      keep?.()
      const y = call()
      const values = await (y.dtype === 'u32' ? ops.readBytes(y) : ops.read(y))
      if (!keep) ops.release(y)
      return values
    },
    close: () => Promise.resolve(),
  }
}

import { defineKernel } from '../kernel'
import type { Ops } from '../ops'
import { elementCount, type Tensor } from '../tensor'

export const kernel = defineKernel({ stem: 'add_broadcast', bindings: ['a', 'b', 'y'], params: { count: 'u32', period: 'u32' } })

/** a [R, D] + b [R, D] or [D], f32. @throws RangeError when b does not repeat evenly over a. */
export function addBroadcast(ops: Ops, a: Tensor, b: Tensor, label: string): Tensor {
  const [count, period] = [elementCount(a.shape), elementCount(b.shape)]
  if (count % period !== 0) throw new RangeError(`${b.label} has ${period} elements, which do not repeat evenly over the ${count} of ${a.label}.`)
  const y = ops.create(a.shape, 'f32', label)
  ops.run(kernel, { tensors: { a, b, y }, params: { count, period }, grid: [Math.ceil(count / 64), 1, 1], flops: 4 * count })
  return y
}

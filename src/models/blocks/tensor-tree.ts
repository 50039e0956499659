import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'

function isTensor(part: object): part is Tensor {
  return 'allocation' in part
}

/** All tensors in a structure of weights, or of causal state. */
export function tensorsOf(tree: object): Tensor[] {
  if (isTensor(tree)) return [tree]
  return Object.values(tree).flatMap((part: unknown) =>
    typeof part === 'object' && part !== null ? tensorsOf(part) : [],
  )
}

export function releaseTree(ops: Ops, tree: object): void {
  ops.release(...tensorsOf(tree))
}

/** Bytes of GPU memory that the structure holds. */
export function treeBytes(tree: object): number {
  return tensorsOf(tree).reduce((bytes, tensor) => bytes + tensor.byteLength, 0)
}

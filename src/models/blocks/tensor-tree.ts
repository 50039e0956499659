import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'

function isTensor(part: object): part is Tensor {
  return 'allocation' in part
}

/** All tensors in a structure of weights, or of causal state. */
export function tensorsOf(tree: unknown): Tensor[] {
  if (typeof tree !== 'object' || tree === null) return []
  if (isTensor(tree)) return [tree]
  return Object.values(tree).flatMap(tensorsOf)
}

export function releaseTree(ops: Ops, tree: unknown): void {
  ops.release(...tensorsOf(tree))
}

/** Bytes of GPU memory that the structure holds. */
export function treeBytes(tree: unknown): number {
  return tensorsOf(tree).reduce((bytes, tensor) => bytes + tensor.byteLength, 0)
}

import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'

function isTensor(part: object): part is Tensor {
  return 'allocation' in part
}

function collect(tree: unknown, found: Set<Tensor>): Set<Tensor> {
  if (typeof tree !== 'object' || tree === null) return found
  if (isTensor(tree)) return found.add(tree)
  for (const part of Object.values(tree)) collect(part, found)
  return found
}

/** All tensors in a structure of weights, or of causal state; each once. */
export function tensorsOf(tree: unknown): Tensor[] {
  return [...collect(tree, new Set())]
}

export function releaseTree(ops: Ops, tree: unknown): void {
  ops.release(...tensorsOf(tree))
}

/** Bytes of GPU memory that the structure holds. */
export function treeBytes(tree: unknown): number {
  return tensorsOf(tree).reduce((bytes, tensor) => bytes + tensor.byteLength, 0)
}

// A decoder's causal state as bytes, whatever its structure: a tensor is known by its memory, so
// that each piece of it is kept once.
import type { Allocation } from '../../gpu/buffer-pool'
import type { Ops } from '../../gpu/ops'
import type { DType, Tensor } from '../../gpu/tensor'
import { tensorsOf } from '../../models/blocks/tensor-tree'

/** The structure, with a number in the place of each tensor. */
export interface TreeFacts {
  readonly tree: unknown
  /** Bytes of each piece of memory. */
  readonly memory: readonly number[]
  readonly tensors: readonly KeptTensor[]
}

interface KeptTensor {
  readonly label: string
  readonly shape: readonly number[]
  readonly dtype: DType
  /** The piece of memory, and where in it. */
  readonly memory: number
  readonly byteOffset: number
  readonly byteLength: number
}

export interface DescribedTree {
  readonly facts: TreeFacts
  readonly allocations: readonly Allocation[]
}

function isTensor(part: object): part is Tensor {
  return 'allocation' in part
}

const TENSOR = '$tensor'

function skeleton(tree: unknown, numbers: ReadonlyMap<Tensor, number>): unknown {
  if (tree === undefined) return null
  if (typeof tree !== 'object' || tree === null) return tree
  if (isTensor(tree)) return { [TENSOR]: numbers.get(tree) }
  if (Array.isArray(tree)) return tree.map((part) => skeleton(part, numbers))
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, skeleton(part, numbers)]))
}

export function describeTree(tree: unknown): DescribedTree {
  const tensors = tensorsOf(tree)
  const allocations = [...new Set(tensors.map(({ allocation }) => allocation))]
  const ends = allocations.map((allocation) =>
    Math.max(
      ...tensors
        .filter((tensor) => tensor.allocation === allocation)
        .map(({ byteOffset, byteLength }) => byteOffset + byteLength),
    ),
  )
  return {
    facts: {
      tree: skeleton(tree, new Map(tensors.map((tensor, i) => [tensor, i]))),
      memory: ends,
      tensors: tensors.map(({ label, shape, dtype, allocation, byteOffset, byteLength }) => ({
        label,
        shape,
        dtype,
        memory: allocations.indexOf(allocation),
        byteOffset,
        byteLength,
      })),
    },
    allocations,
  }
}

/** One piece of memory after the other, so that no more than one is on the CPU. */
export async function* readTree(
  ops: Ops,
  { facts, allocations }: DescribedTree,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const [i, allocation] of allocations.entries()) {
    const byteLength = facts.memory[i]!
    yield await ops.readBytes(
      {
        label: 'decoder state',
        shape: [byteLength / 4],
        dtype: 'u32',
        allocation,
        byteOffset: 0,
        byteLength,
      },
      signal,
    )
  }
}

function filled(tree: unknown, tensors: readonly Tensor[]): unknown {
  if (tree === null) return undefined
  if (typeof tree !== 'object') return tree
  if (Array.isArray(tree)) return tree.map((part) => filled(part, tensors))
  const number: unknown = Reflect.get(tree, TENSOR)
  if (typeof number === 'number') return tensors[number]
  return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, filled(part, tensors)]))
}

/** The structure with its tensors on the GPU again. @param read a piece of memory */
export async function restoreTree(
  ops: Ops,
  { tree, memory, tensors }: TreeFacts,
  read: (index: number) => Promise<Uint8Array<ArrayBuffer>>,
): Promise<unknown> {
  const allocations: Allocation[] = []
  for (const [i, bytes] of memory.entries()) {
    const part = await read(i)
    const words = new Uint32Array(part.buffer, part.byteOffset, bytes / 4)
    allocations.push(ops.upload(words, [words.length], 'u32', 'decoder state').allocation)
  }
  return filled(
    tree,
    tensors.map(({ memory: index, ...tensor }): Tensor => ({ ...tensor, allocation: allocations[index]! })),
  )
}

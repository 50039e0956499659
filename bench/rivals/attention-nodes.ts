import type { GraphBuilder } from './graph-builder'

/** Queries, keys, heads, width of a head. */
export interface Heads {
  readonly L: number
  readonly S: number
  readonly N: number
  readonly d: number
}

/** Bytes of scores above which the plain graph is not tried, because they must fit a binding. */
const MAX_SCORE_BYTES = 2 ** 31

const ATTENTIONS = ['MultiHeadAttention', 'MatMul+Softmax+MatMul'] as const
export type AttentionOp = (typeof ATTENTIONS)[number]

/** Adapters on which compiling the fused operator does not end. */
export const FUSED_HANGS_ON = /llvmpipe|lavapipe/i

/** onnxruntime's ways of computing it at this size. */
export function attentionOps({ L, S, N }: Heads): readonly AttentionOp[] {
  return L * S * N * 4 <= MAX_SCORE_BYTES ? ATTENTIONS : [ATTENTIONS[0]]
}

/**
 * softmax(q kᵀ / √d + bias) v of every head: q [1, L, N·d], k and v [1, S, N·d] → [1, L, N·d].
 * @param scale name of the weight [1] 1/√d
 * @param bias name of a value [1, 1, 1, S] added to the scores
 */
export function addAttention(
  graph: GraphBuilder,
  op: AttentionOp,
  { L, S, N, d }: Heads,
  q: string,
  k: string,
  v: string,
  scale: string,
  bias?: string,
): string {
  if (op === 'MultiHeadAttention') {
    const padded = bias === undefined ? [] : ['', '', graph.add('Expand', [bias, graph.ints(1, N, L, S)])]
    return graph.addOwn(op, [q, k, v, ...padded], { num_heads: N })
  }
  const heads = (x: string, length: number, ...perm: number[]): string =>
    graph.transpose(graph.reshape(x, length, N, d), ...perm)
  const scaled = graph.add('Mul', [heads(q, L, 1, 0, 2), scale])
  const scores = graph.add('MatMul', [scaled, heads(k, S, 1, 2, 0)])
  const biased = bias === undefined ? scores : graph.add('Add', [scores, graph.reshape(bias, 1, 1, S)])
  const weights = graph.add('Softmax', [biased], { axis: -1 })
  const mixed = graph.add('MatMul', [weights, heads(v, S, 1, 0, 2)])
  return graph.reshape(graph.transpose(mixed, 1, 0, 2), 1, L, N * d)
}

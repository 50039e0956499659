import { attention } from '../../src/gpu/kernels/attention'
import { attention as reference } from '../../test/reference/attention'
import { relativeError } from '../../test/support/error'
import { randomFloats } from '../../test/support/random'
import { uploadStorage } from '../../test/support/tensors'
import type { Match, Rival, Row, Sized } from '../comparison'
import { random, type Data } from '../data'
import type { Bench } from '../device'
import { floatWeight, ortRival } from '../ort'
import { ours } from '../ours'
import { addAttention, attentionOps, FUSED_HANGS_ON, type Heads } from '../rivals/attention-nodes'
import { GraphBuilder } from '../rivals/graph-builder'
import { sampledRows } from '../statistics'

interface Attention extends Heads {
  /** Ours norms the queries, as in cross-attention; their mean square is 1, so that the rivals' result is the same. */
  readonly normed?: boolean
}

const CHECKED_QUERIES = 8
const CHECKED_HEADS = 4

/** onnxruntime's fused operator, and the plain graph that materialises the scores. */
function rivals(bench: Bench, q: Data, k: Data, v: Data, heads: Heads): Rival[] {
  const { L, S, N, d } = heads
  const feed = (data: Data, length: number) => ({ tensor: data.tensor, shape: [1, length, N * d] })
  return attentionOps(heads).map((op) => {
    const graph = new GraphBuilder()
    return ortRival(bench, {
      op,
      ...(op === 'MultiHeadAttention' && { hangsOn: FUSED_HANGS_ON }),
      feeds: { q: feed(q, L), k: feed(k, S), v: feed(v, S) },
      weights: () => [floatWeight('scale', Float32Array.of(1 / Math.sqrt(d)), [1], bench.ops.storage)],
      ...graph.finish(addAttention(graph, op, heads, 'q', 'k', 'v', 'scale')),
      shape: [1, L, N * d],
    })
  })
}

/** The chosen rows and heads of [rows, N·d]. */
function pick(
  values: ArrayLike<number>,
  rows: readonly number[],
  heads: readonly number[],
  { N, d }: Heads,
): Float32Array {
  const picked = new Float32Array(rows.length * heads.length * d)
  let to = 0
  for (const row of rows)
    for (const head of heads) for (let i = 0; i < d; i++) picked[to++] = values[(row * N + head) * d + i]!
  return picked
}

/** Compares some queries of some heads with f64. */
function checkSome(q: Data, k: Data, v: Data, sizes: Heads): (y: ArrayLike<number>) => number {
  const { L, S, N } = sizes
  const [queries, heads, keys] = [
    sampledRows(L, CHECKED_QUERIES),
    sampledRows(N, CHECKED_HEADS),
    sampledRows(S, S),
  ]
  const [qs, ks, vs] = [
    pick(q.values, queries, heads, sizes),
    pick(k.values, keys, heads, sizes),
    pick(v.values, keys, heads, sizes),
  ]
  const expected = reference(qs, ks, vs, queries.length, S, heads.length, 1)
  return (y) => relativeError(pick(y, queries, heads, sizes), expected)
}

/** Rows of D values whose mean square is 1. */
function unitRows(values: Float32Array<ArrayBuffer>, D: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(values.length)
  for (let begin = 0; begin < values.length; begin += D) {
    let squares = 0
    for (let i = begin; i < begin + D; i++) squares += values[i]! ** 2
    for (let i = begin; i < begin + D; i++) out[i] = values[i]! / Math.sqrt(squares / D)
  }
  return out
}

function sized(heads: Attention): Sized {
  const { L, S, N, d, normed = false } = heads
  const D = N * d
  return {
    shape: `${L}×${S}, ${N} heads of ${d}`,
    cost: { flops: 4 * L * S * D, bytes: 4 * (2 * L + 2 * S) * D, bound: 'fma' },
    prepare(bench): Match {
      const { ops } = bench
      const q = normed
        ? uploadStorage(ops, unitRows(randomFloats(L * D, 1), D), [L, D], 'q')
        : random(ops, [L, D], 1, 'q')
      const [k, v] = [random(ops, [S, D], 2, 'k'), random(ops, [S, D], 3, 'v')]
      return {
        ours: ours(ops, () =>
          attention(
            ops,
            q.tensor,
            k.tensor,
            v.tensor,
            { numHeads: N, ...(normed && { normQueries: { eps: 1e-6 } }) },
            'y',
          ),
        ),
        rivals: rivals(bench, q, k, v, heads),
        check: checkSome(q, k, v, heads),
        release: () => ops.release(q.tensor, k.tensor, v.tensor),
      }
    },
  }
}

export const ATTENTION_ROWS: readonly Row[] = [
  {
    name: 'attention.self_480x272',
    full: sized({ L: 4590, S: 4590, N: 12, d: 128 }),
    small: sized({ L: 512, S: 512, N: 2, d: 128 }),
  },
  {
    name: 'attention.self_832x480',
    full: sized({ L: 14040, S: 14040, N: 12, d: 128 }),
    small: sized({ L: 1024, S: 1024, N: 1, d: 128 }),
  },
  {
    name: 'attention.cross',
    full: sized({ L: 4590, S: 78, N: 12, d: 128, normed: true }),
    small: sized({ L: 512, S: 78, N: 4, d: 128, normed: true }),
  },
  {
    name: 'attention.vae',
    full: sized({ L: 2040, S: 2040, N: 1, d: 384 }),
    small: sized({ L: 480, S: 480, N: 1, d: 384 }),
  },
  {
    name: 'attention.vae_2.2',
    full: sized({ L: 1560, S: 1560, N: 1, d: 1024 }),
    small: sized({ L: 240, S: 240, N: 1, d: 1024 }),
  },
  {
    name: 'attention.mini',
    full: sized({ L: 144, S: 144, N: 2, d: 128 }),
    small: sized({ L: 144, S: 144, N: 2, d: 128 }),
  },
]

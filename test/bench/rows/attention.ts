import { attention } from '../../../src/gpu/kernels/attention'
import { attention as reference } from '../../reference/attention'
import { relativeError } from '../../support/error'
import { randomFloats } from '../../support/random'
import { uploadStorage } from '../../support/tensors'
import type { Match, Rival, Row, Sized } from '../contest'
import { random, type Data } from '../data'
import type { Bench } from '../device'
import { ortRival } from '../ort'
import { ours } from '../ours'
import { sampledRows } from '../statistics'

interface Heads {
  /** Queries, keys, heads, width of a head. */
  readonly L: number
  readonly S: number
  readonly N: number
  readonly d: number
  /** As in the cross-attention, ours norms the queries; they are of unit size, so that the rivals' result is the same. */
  readonly normed?: boolean
}

const CHECKED_QUERIES = 8
/** onnxruntime's scores must fit a binding. */
const MAX_SCORE_BYTES = 2 ** 31

/** onnxruntime's fused operator, and the plain graph that materialises the scores. */
function rivals(bench: Bench, q: Data, k: Data, v: Data, { L, S, N, d }: Heads): Rival[] {
  const D = N * d
  const feed = (data: Data, length: number) => ({ tensor: data.tensor, shape: [1, length, D] })
  const fused = ortRival(bench, {
    op: 'MultiHeadAttention',
    hangsOn: /llvmpipe|lavapipe/i,
    feeds: { q: feed(q, L), k: feed(k, S), v: feed(v, S) },
    nodes: [{ op: 'MultiHeadAttention', domain: 'com.microsoft', inputs: ['q', 'k', 'v'], output: 'y', attributes: { num_heads: N } }],
    shape: [1, L, D],
  })
  const split = (name: string, order: readonly number[]) => [
    { op: 'Reshape', inputs: [name, name === 'q' ? 'shape.q' : 'shape.k'], output: `${name}.heads` },
    { op: 'Transpose', inputs: [`${name}.heads`], output: `${name}.t`, attributes: { perm: order } },
  ]
  const plain = ortRival(bench, {
    op: 'MatMul+Softmax+MatMul',
    feeds: { q: feed(q, L), k: feed(k, S), v: feed(v, S) },
    constants: [
      { name: 'shape.q', values: [L, N, d] },
      { name: 'shape.k', values: [S, N, d] },
      { name: 'shape.y', values: [1, L, D] },
    ],
    weights: () => [{ name: 'scale', dtype: 'float32', shape: [1], bytes: new Uint8Array(new Float32Array([1 / Math.sqrt(d)]).buffer) }],
    nodes: [
      ...split('q', [1, 0, 2]),
      ...split('k', [1, 2, 0]),
      ...split('v', [1, 0, 2]),
      ...(bench.ops.storage === 'f16' ? [{ op: 'Cast', inputs: ['scale'], output: 'scale.own', attributes: { to: 10 } }] : []),
      { op: 'Mul', inputs: ['q.t', bench.ops.storage === 'f16' ? 'scale.own' : 'scale'], output: 'q.scaled' },
      { op: 'MatMul', inputs: ['q.scaled', 'k.t'], output: 'scores' },
      { op: 'Softmax', inputs: ['scores'], output: 'weights', attributes: { axis: -1 } },
      { op: 'MatMul', inputs: ['weights', 'v.t'], output: 'mixed' },
      { op: 'Transpose', inputs: ['mixed'], output: 'mixed.t', attributes: { perm: [1, 0, 2] } },
      { op: 'Reshape', inputs: ['mixed.t', 'shape.y'], output: 'y' },
    ],
    shape: [1, L, D],
  })
  return L * S * N * 4 <= MAX_SCORE_BYTES ? [fused, plain] : [fused]
}

/** Compares some queries with f64. */
function checkQueries(q: Data, k: Data, v: Data, { L, S, N, d }: Heads): (y: ArrayLike<number>) => number {
  const D = N * d
  const checked = sampledRows(L, CHECKED_QUERIES)
  const queries = checked.flatMap((row) => Array.from(q.values.subarray(row * D, (row + 1) * D)))
  const expected = reference(queries, k.values, v.values, checked.length, S, N, 1)
  return (y) => relativeError(checked.flatMap((row) => Array.from({ length: D }, (_, i) => y[row * D + i]!)), expected)
}

/** Rows of D values whose mean square is 1. */
function unitRows(values: Float32Array<ArrayBuffer>, D: number): Float32Array<ArrayBuffer> {
  const sizes = Float64Array.from({ length: values.length / D }, (_, row) => Math.hypot(...values.subarray(row * D, (row + 1) * D)) / Math.sqrt(D))
  return values.map((value, i) => value / sizes[Math.floor(i / D)]!)
}

function sized(heads: Heads): Sized {
  const { L, S, N, d, normed = false } = heads
  const D = N * d
  return {
    shape: `${L}×${S}, ${N} heads of ${d}`,
    cost: { flops: 4 * L * S * D, bytes: 4 * (2 * L + 2 * S) * D, bound: 'fma' },
    prepare(bench): Match {
      const { ops } = bench
      const queries = randomFloats(L * D, 1)
      const [q, k, v] = [uploadStorage(ops, normed ? unitRows(queries, D) : queries, [L, D], 'q'), random(ops, [S, D], 2, 'k'), random(ops, [S, D], 3, 'v')]
      return {
        ours: ours(ops, () => attention(ops, q.tensor, k.tensor, v.tensor, { numHeads: N, ...(normed && { normQueries: { eps: 1e-6 } }) }, 'y')),
        rivals: rivals(bench, q, k, v, heads),
        check: checkQueries(q, k, v, heads),
        release: () => ops.release(q.tensor, k.tensor, v.tensor),
      }
    },
  }
}

export const ATTENTION_ROWS: readonly Row[] = [
  { name: 'attention.self_480x272', full: sized({ L: 4590, S: 4590, N: 12, d: 128 }), small: sized({ L: 512, S: 512, N: 2, d: 128 }) },
  { name: 'attention.self_832x480', full: sized({ L: 14040, S: 14040, N: 12, d: 128 }), small: sized({ L: 1024, S: 1024, N: 1, d: 128 }) },
  { name: 'attention.cross', full: sized({ L: 4590, S: 78, N: 12, d: 128, normed: true }), small: sized({ L: 512, S: 78, N: 4, d: 128, normed: true }) },
  { name: 'attention.vae', full: sized({ L: 2040, S: 2040, N: 1, d: 384 }), small: sized({ L: 480, S: 480, N: 1, d: 384 }) },
  { name: 'attention.mini', full: sized({ L: 144, S: 144, N: 2, d: 128 }), small: sized({ L: 144, S: 144, N: 2, d: 128 }) },
]

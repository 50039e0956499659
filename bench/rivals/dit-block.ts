// A block of the DiT as a graph of onnxruntime's best operators: MatMulNBits, LayerNormalization, RotaryEmbedding,
// Gelu.
import type { GraphWeight } from '../../src/models/umt5/onnx-model'
import type { Storage } from '../../src/gpu/device'
import type { DitConfig } from '../../src/models/wan-dit/config'
import { matrixOf } from '../../src/weights/matrix'
import type { WeightFile } from '../../src/weights/weight-file'
import { floatWeight } from '../ort'
import { nBitsWeights } from '../ort-weights'
import { addAttention, type AttentionOp } from './attention-nodes'
import { GraphBuilder } from './graph-builder'

/** Inputs that all blocks of a pass share, as numbers. */
export interface BlockConstants {
  /** [6, D]: time_projection of the timestep. */
  readonly e0: Float32Array
  /** [L, headDim/2, 2]: cos and sin. */
  readonly rotation: Float32Array
  readonly lastKeyCount: number
}

export interface BlockShape {
  /** Tokens. */
  readonly L: number
  /** Keys of the prompt. */
  readonly S: number
}

const BLOCK = 'blocks.0'
const LINEARS = [
  'self_attn.q',
  'self_attn.k',
  'self_attn.v',
  'self_attn.o',
  'cross_attn.q',
  'cross_attn.o',
  'ffn.0',
  'ffn.2',
] as const
const NORMS = ['self_attn.norm_q', 'self_attn.norm_k'] as const

/** The weights of the file's first block, its matrices in 8 bits, and the inputs that all blocks share. */
export async function blockWeights(
  file: WeightFile,
  { dim: D, ffnDim: F, numHeads }: DitConfig,
  { S }: BlockShape,
  { e0, rotation, lastKeyCount }: BlockConstants,
  storage: Storage,
): Promise<GraphWeight[]> {
  const weights: GraphWeight[] = []
  const float = (name: string, values: Float32Array, ...shape: number[]): void =>
    void weights.push(floatWeight(name, new Float32Array(values), shape, storage))
  for (const name of LINEARS) {
    const [rows, cols] = name === 'ffn.0' ? [F, D] : name === 'ffn.2' ? [D, F] : [D, D]
    weights.push(
      ...nBitsWeights(
        name,
        await matrixOf(file, `${BLOCK}.${name}.weight`, rows, cols, 'q8').read(),
        storage,
      ),
    )
    float(`${name}.bias`, await file.floats(`${BLOCK}.${name}.bias`), rows)
  }
  for (const name of NORMS) float(name, await file.floats(`${BLOCK}.${name}.weight`), D)
  float('ones', new Float32Array(D).fill(1), D) // Our keys of the prompt are already multiplied by norm_q's weight.
  const modulation = await file.floats(`${BLOCK}.modulation`)
  const row = (i: number, unit: number): Float32Array =>
    Float32Array.from({ length: D }, (_, c) => unit + modulation[i * D + c]! + e0[i * D + c]!)
  ;['shift1', 'scale1', 'gate1', 'shift2', 'scale2', 'gate2'].forEach((name, i) =>
    float(name, row(i, name.startsWith('scale') ? 1 : 0), D),
  )
  float('norm3.weight', await file.floats(`${BLOCK}.norm3.weight`), D)
  float('norm3.bias', await file.floats(`${BLOCK}.norm3.bias`), D)
  const pairs = rotation.length / 2
  const half = D / numHeads / 2
  float(
    'cos',
    Float32Array.from({ length: pairs }, (_, i) => rotation[2 * i]!),
    pairs / half,
    half,
  )
  float(
    'sin',
    Float32Array.from({ length: pairs }, (_, i) => rotation[2 * i + 1]!),
    pairs / half,
    half,
  )
  float('scale', Float32Array.of(1 / Math.sqrt(D / numHeads)), 1)
  float(
    'key.bias',
    Float32Array.from({ length: S }, (_, key) => (key === S - 1 ? Math.log(lastKeyCount) : 0)),
    1,
    1,
    1,
    S,
  )
  return weights
}

/** `y` [1, L, D] of one block from `x` [1, L, D] and the prompt's keys and values `k`, `v` [1, S, D]. */
export function blockGraph(
  { dim: D, ffnDim: F, numHeads: N, eps }: DitConfig,
  { L, S }: BlockShape,
  attention: AttentionOp,
) {
  const graph = new GraphBuilder()
  const d = D / N
  const epsilon = { float: eps }
  const linear = (name: string, x: string, K: number, rows: number): string => {
    const product = graph.addOwn('MatMulNBits', [x, `${name}.data`, `${name}.scales`], {
      K,
      N: rows,
      bits: 8,
      block_size: 32,
      accuracy_level: 0,
    })
    return graph.add('Add', [product, `${name}.bias`])
  }
  const layerNorm = (x: string, scale: string, shift: string): string =>
    graph.add('LayerNormalization', [x, scale, shift], { axis: -1, epsilon })
  const rmsNorm = (x: string, weight: string): string =>
    graph.add('SimplifiedLayerNormalization', [x, weight], { axis: -1, epsilon, stash_type: 1 })
  const position = graph.ints(0)
  const rope = (x: string): string =>
    graph.addOwn('RotaryEmbedding', [x, position, 'cos', 'sin'], {
      interleaved: 1,
      num_heads: N,
      rotary_embedding_dim: d,
    })

  const y1 = layerNorm('x', 'scale1', 'shift1')
  const q = rope(rmsNorm(linear('self_attn.q', y1, D, D), 'self_attn.norm_q'))
  const k = rope(rmsNorm(linear('self_attn.k', y1, D, D), 'self_attn.norm_k'))
  const mixed = addAttention(
    graph,
    attention,
    { L, S: L, N, d },
    q,
    k,
    linear('self_attn.v', y1, D, D),
    'scale',
  )
  const x1 = graph.add('Add', ['x', graph.add('Mul', [linear('self_attn.o', mixed, D, D), 'gate1'])])

  const crossQ = rmsNorm(linear('cross_attn.q', layerNorm(x1, 'norm3.weight', 'norm3.bias'), D, D), 'ones')
  const told = addAttention(graph, attention, { L, S, N, d }, crossQ, 'k', 'v', 'scale', 'key.bias')
  const x2 = graph.add('Add', [x1, linear('cross_attn.o', told, D, D)])

  const hidden = graph.add('Gelu', [linear('ffn.0', layerNorm(x2, 'scale2', 'shift2'), D, F)], {
    approximate: 'tanh',
  })
  return graph.finish(graph.add('Add', [x2, graph.add('Mul', [linear('ffn.2', hidden, F, D), 'gate2'])]))
}

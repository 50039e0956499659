import type { TextEncoderConfig } from './config'
import type { Graph, GraphNode, GraphValue } from './onnx-model'

/** Form in which a linear layer's weight reaches the graph. */
export type LinearFormat = 'f32' | 'q8' | 'q4'

type Size = 'dim' | 'dimAttn' | 'dimFfn'

/** The linear layers of a block: Wan's key under `blocks.N.`, and the config's names of outputs and inputs. */
export const LINEARS = {
  q: { key: 'attn.q.weight', rows: 'dimAttn', cols: 'dim' },
  k: { key: 'attn.k.weight', rows: 'dimAttn', cols: 'dim' },
  v: { key: 'attn.v.weight', rows: 'dimAttn', cols: 'dim' },
  o: { key: 'attn.o.weight', rows: 'dim', cols: 'dimAttn' },
  gate: { key: 'ffn.gate.0.weight', rows: 'dimFfn', cols: 'dim' },
  fc1: { key: 'ffn.fc1.weight', rows: 'dimFfn', cols: 'dim' },
  fc2: { key: 'ffn.fc2.weight', rows: 'dim', cols: 'dimFfn' },
} as const satisfies Record<string, { key: string; rows: Size; cols: Size }>

export type LinearName = keyof typeof LINEARS
export type LayerFormats = Readonly<Record<LinearName, LinearFormat>>

export const LINEAR_NAMES = Object.keys(LINEARS) as readonly LinearName[]

export function uniformFormats(format: LinearFormat): LayerFormats {
  return Object.fromEntries(LINEAR_NAMES.map((name) => [name, format])) as Record<LinearName, LinearFormat>
}

/** Inputs that share a scale. */
export const BLOCK = 32

const DTYPE_BYTES = { float32: 4, uint8: 1, int64: 8, float16: 2 } as const

export function valueBytes({ dtype, shape }: GraphValue): number {
  return shape.reduce((product, size) => product * size, DTYPE_BYTES[dtype])
}

/**
 * The graph inputs of one linear layer: `q` for f32; otherwise `q.data` and `q.scales`, and `q.offsets` where blocks
 * have a minimum.
 */
function linearInputs(config: TextEncoderConfig, name: LinearName, format: LinearFormat): GraphValue[] {
  const rows = config[LINEARS[name].rows]
  const cols = config[LINEARS[name].cols]
  if (format === 'f32') return [{ name, dtype: 'float32', shape: [rows, cols] }]
  const blocks = cols / BLOCK
  const scales: GraphValue = { name: `${name}.scales`, dtype: 'float32', shape: [rows, blocks] }
  if (format === 'q8') return [{ name: `${name}.data`, dtype: 'uint8', shape: [rows, blocks, BLOCK] }, scales]
  return [
    { name: `${name}.data`, dtype: 'uint8', shape: [rows, blocks, BLOCK / 2] },
    scales,
    { name: `${name}.offsets`, dtype: 'float32', shape: [rows, blocks] },
  ]
}

/** `output = x · wᵀ`, x [n, cols], w [rows, cols]. */
function linearNodes(
  config: TextEncoderConfig,
  name: LinearName,
  format: LinearFormat,
  x: string,
  output: string,
): GraphNode[] {
  if (format === 'f32') return [{ op: 'Gemm', inputs: [x, name], output, attributes: { transB: 1 } }]
  const product: GraphNode = {
    op: 'MatMulNBits',
    domain: 'com.microsoft',
    inputs: [x, `${name}.data`, `${name}.scales`],
    output: format === 'q8' ? output : `${output}.steps`,
    attributes: {
      K: config[LINEARS[name].cols],
      N: config[LINEARS[name].rows],
      bits: format === 'q8' ? 8 : 4,
      block_size: BLOCK,
      accuracy_level: 0,
    },
  }
  if (format === 'q8') return [product]
  // A block's minimum is the same for its 32 weights: it multiplies the sum of their inputs.
  return [
    product,
    { op: 'Reshape', inputs: [x, 'shape.blocks'], output: `${output}.blocks` },
    {
      op: 'ReduceSum',
      inputs: [`${output}.blocks`, 'axis.last'],
      output: `${output}.sums`,
      attributes: { keepdims: 0 },
    },
    {
      op: 'Gemm',
      inputs: [`${output}.sums`, `${name}.offsets`, product.output],
      output,
      attributes: { transB: 1 },
    },
  ]
}

function rmsNorm(x: string, weight: string, output: string): GraphNode {
  return {
    op: 'SimplifiedLayerNormalization',
    inputs: [x, weight],
    output,
    attributes: { axis: -1, epsilon: { float: 1e-6 }, stash_type: 1 },
  }
}

/**
 * Forces a plain loop in onnxruntime. Attention is a small part of the work here, and the tiled MatMul takes seconds
 * to compile on a software GPU, again for each kind of prompt length.
 */
function einsum(equation: string, a: string, b: string, output: string): GraphNode {
  return { op: 'Einsum', inputs: [a, b], output, attributes: { equation } }
}

/**
 * One layer of the umT5 encoder for a prompt of `n` tokens:
 * `x += O(softmax(q kᵀ + bias) v)`, `x += fc2(gelu(gate(norm x)) · fc1(norm x))`; no 1/√d.
 * Inputs: `hidden` [n, dim], `bias` [heads, n, n], and all weights of the layer. Output: `next` [n, dim].
 */
export function layerGraph(config: TextEncoderConfig, n: number, formats: LayerFormats): Graph {
  const { dim, dimAttn, numHeads } = config
  const float = (name: string, ...shape: number[]): GraphValue => ({ name, dtype: 'float32', shape })
  const linear = (name: LinearName, x: string, output: string): GraphNode[] =>
    linearNodes(config, name, formats[name], x, output)
  return {
    name: 'umt5.layer',
    inputs: [
      float('hidden', n, dim),
      float('bias', numHeads, n, n),
      float('norm1', dim),
      float('norm2', dim),
      ...LINEAR_NAMES.flatMap((name) => linearInputs(config, name, formats[name])),
    ],
    outputs: [float('next', n, dim)],
    constants: [
      { name: 'shape.heads', values: [n, numHeads, dimAttn / numHeads] },
      { name: 'shape.joined', values: [n, dimAttn] },
      { name: 'shape.blocks', values: [n, -1, BLOCK] },
      { name: 'axis.last', values: [-1] },
    ],
    nodes: [
      rmsNorm('hidden', 'norm1', 'normed1'),
      ...linear('q', 'normed1', 'q.flat'),
      ...linear('k', 'normed1', 'k.flat'),
      ...linear('v', 'normed1', 'v.flat'),
      ...['q', 'k', 'v'].map((name): GraphNode => ({
        op: 'Reshape',
        inputs: [`${name}.flat`, 'shape.heads'],
        output: `${name}.heads`,
      })),
      einsum('ihd,jhd->hij', 'q.heads', 'k.heads', 'scores'),
      { op: 'Add', inputs: ['scores', 'bias'], output: 'biased' },
      { op: 'Softmax', inputs: ['biased'], output: 'attention', attributes: { axis: -1 } },
      einsum('hij,jhd->ihd', 'attention', 'v.heads', 'mixed.heads'),
      { op: 'Reshape', inputs: ['mixed.heads', 'shape.joined'], output: 'mixed' },
      ...linear('o', 'mixed', 'attended'),
      { op: 'Add', inputs: ['hidden', 'attended'], output: 'middle' },
      rmsNorm('middle', 'norm2', 'normed2'),
      ...linear('gate', 'normed2', 'gate.linear'),
      { op: 'Gelu', inputs: ['gate.linear'], output: 'gate.gelu', attributes: { approximate: 'tanh' } },
      ...linear('fc1', 'normed2', 'fc1.linear'),
      { op: 'Mul', inputs: ['fc1.linear', 'gate.gelu'], output: 'gated' },
      ...linear('fc2', 'gated', 'fed'),
      { op: 'Add', inputs: ['middle', 'fed'], output: 'next' },
    ],
  }
}

/** The norm after the last layer: `hidden` [n, dim] and `norm` [dim] → `context` [n, dim]. */
export function finalGraph({ dim }: TextEncoderConfig, n: number): Graph {
  return {
    name: 'umt5.final',
    inputs: [
      { name: 'hidden', dtype: 'float32', shape: [n, dim] },
      { name: 'norm', dtype: 'float32', shape: [dim] },
    ],
    outputs: [{ name: 'context', dtype: 'float32', shape: [n, dim] }],
    constants: [],
    nodes: [rmsNorm('hidden', 'norm', 'context')],
  }
}

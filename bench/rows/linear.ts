// Rows of matrix products: one of q, k and v, and the three at once; the FFN's two; with the residual.
import { linear } from '../../src/gpu/kernels/linear'
import { linearQkv } from '../../src/gpu/kernels/linear_qkv'
import { addLinear } from '../../src/gpu/kernels/linear_residual'
import { addProduct } from '../../src/gpu/kernels/linear_side'
import { linearTensors, uploadLinear } from '../../src/gpu/matrix'
import type { Tensor } from '../../src/gpu/tensor'
import { float16ToFloat32 } from '../../src/weights/quant/float16'
import { unpackWeight, type PackedWeight, type WeightFormat } from '../../src/weights/quant/pack'
import { linear as reference } from '../../test/reference/linear'
import { relativeError } from '../../test/support/error'
import { inInt8 } from '../../test/support/int8'
import type { Match, Rival, Row, Sized } from '../comparison'
import { random, random32, randomWeight } from '../data'
import type { Bench } from '../device'
import type { Cost } from '../result'
import { floatWeight, ortRival } from '../ort'
import { BITS, nBits } from '../ort-weights'
import { ours } from '../ours'
import { sampledRows } from '../statistics'
import { transposed } from '../transpose'

interface Product {
  /** Tokens, inputs, outputs. */
  readonly L: number
  readonly K: number
  readonly N: number
  readonly format: WeightFormat
  /** Rounds activations to int8, as MatMulNBits does at accuracy 4. */
  readonly int8?: boolean
}

const CHECKED_TOKENS = 8
const CHECKED_OUTPUTS = 500
const WEIGHT_BYTES: Readonly<Record<WeightFormat, number>> = { f16: 2, q8: 1 + 2 / 32, q4: 0.5 + 4 / 32 }

/** Selects rows of a matrix whose rows are whole words. */
function pick(packed: PackedWeight, rows: readonly number[]): PackedWeight {
  const part = (words: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> => {
    const width = words.length / packed.rows
    const out = new Uint32Array(rows.length * width)
    rows.forEach((row, i) => out.set(words.subarray(row * width, (row + 1) * width), i * width))
    return out
  }
  return {
    ...packed,
    rows: rows.length,
    data: part(packed.data),
    ...(packed.scales && { scales: part(packed.scales) }),
  }
}

/** Compares some of y [L, N], of its first `outputs` columns, with f64. */
function checkSome(
  x: Float32Array,
  packed: PackedWeight,
  L: number,
  outputs = packed.rows,
): (y: ArrayLike<number>) => number {
  const K = packed.cols
  const [tokens, columns] = [sampledRows(L, CHECKED_TOKENS), sampledRows(outputs, CHECKED_OUTPUTS)]
  const weight = unpackWeight(pick(packed, columns))
  const expected = tokens.flatMap((token) =>
    Array.from(reference(x.subarray(token * K, (token + 1) * K), weight, new Float32Array(columns.length))),
  )
  return (y) =>
    relativeError(
      tokens.flatMap((token) => columns.map((column) => y[token * (y.length / L) + column]!)),
      expected,
    )
}

/** MatMulNBits at both levels of accuracy, or a plain product with the weight in onnxruntime's best form. */
function rivals(
  bench: Bench,
  x: Tensor,
  packed: PackedWeight,
  { L, K, N, format, int8 = false }: Product,
  release: Tensor[],
): Rival[] {
  const { ops } = bench
  const common = { shape: [L, N] }
  if (format === 'f16') {
    const weights = () => [floatWeight('w', transposed(unpackWeight(packed), N, K), [K, N], ops.storage)]
    return [
      ortRival(bench, {
        ...common,
        op: `MatMul ${ops.storage}`,
        feeds: { x: { tensor: x } },
        weights,
        nodes: [{ op: 'MatMul', inputs: ['x', 'w'], output: 'y' }],
      }),
    ]
  }
  const { words, steps } = nBits(packed)
  const data = ops.upload(words, [words.length], 'u32', 'ort.data')
  const scales =
    ops.storage === 'f16'
      ? ops.upload(steps, [steps.length], 'f16', 'ort.scales')
      : ops.upload(float16ToFloat32(steps), [steps.length], 'f32', 'ort.scales')
  release.push(data, scales)
  const feeds = {
    x: { tensor: x },
    data: { tensor: data, shape: [N, K / 32, (32 * BITS[format]) / 8] },
    scales: { tensor: scales, shape: [N, K / 32] },
  }
  return (int8 ? [4] : [0, 4]).map((accuracy_level) =>
    ortRival(bench, {
      ...common,
      op: `MatMulNBits acc ${accuracy_level}`,
      feeds,
      nodes: [
        {
          op: 'MatMulNBits',
          domain: 'com.microsoft',
          inputs: ['x', 'data', 'scales'],
          output: 'y',
          attributes: { K, N, bits: BITS[format], block_size: 32, accuracy_level },
        },
      ],
    }),
  )
}

function cost({ L, K, N, format, int8 = false }: Product, bytesOfX: number): Cost {
  return {
    flops: 2 * L * K * N,
    bytes: (L * K + L * N) * bytesOfX + N * K * WEIGHT_BYTES[format],
    bound: int8 ? 'dp4a' : 'fma',
  }
}

function sized(product: Product): Sized {
  const { L, K, N, format, int8 = false } = product
  return {
    shape: `${L}×${K}→${N}`,
    cost: cost(product, 4),
    prepare(bench): Match {
      const { ops } = bench
      const packed = randomWeight(N, K, format, 2)
      const x = random(ops, [L, K], 1, 'x')
      const w = uploadLinear(ops, packed, new Float32Array(N), 'w')
      const extra: Tensor[] = []
      return {
        ours: ours(ops, () => linear(int8 ? inInt8(ops) : ops, x.tensor, w, 'y')),
        rivals: rivals(bench, x.tensor, packed, product, extra),
        check: checkSome(x.values, packed, L),
        release: () => ops.release(x.tensor, ...linearTensors(w), ...extra),
      }
    },
  }
}

/** The same into the f32 residual stream, with a gate of ones; onnxruntime's product alone is its rival. */
function sizedResidual(product: Product): Sized {
  const { L, K, N, format } = product
  return {
    ...sized(product),
    prepare(bench): Match {
      const { ops } = bench
      const packed = randomWeight(N, K, format, 2)
      const x = random(ops, [L, K], 1, 'x')
      const w = uploadLinear(ops, packed, new Float32Array(N), 'w')
      const gate = ops.upload(new Float32Array(N).fill(1), [1, N], 'f32', 'gate')
      const none = ops.upload(new Float32Array(N), [1, 1, N], 'f32', 'e')
      const residual = random32(ops, [L, N], 3, 'residual')
      const extra: Tensor[] = []
      const call = (): Tensor => (
        addLinear(ops, residual.tensor, x.tensor, w, { modulation: gate, e: none, row: 0 }),
        residual.tensor
      )
      return {
        ours: ours(ops, call, () => ops.write(residual.tensor, new Float32Array(L * N))),
        rivals: rivals(bench, x.tensor, packed, product, extra),
        check: checkSome(x.values, packed, L),
        release: () => ops.release(x.tensor, gate, none, residual.tensor, ...linearTensors(w), ...extra),
      }
    },
  }
}

/**
 * q, k and v at once, N = 3K outputs, of which q is compared; onnxruntime's product of as many outputs is the rival.
 */
function sizedQkv(product: Product): Sized {
  const { L, K, N, format } = product
  return {
    ...sized(product),
    prepare(bench): Match {
      const { ops } = bench
      const packed = randomWeight(N, K, format, 2)
      const x = random(ops, [L, K], 1, 'x')
      const w = uploadLinear(ops, packed, new Float32Array(N), 'w')
      const extra: Tensor[] = []
      const call = (): Tensor => {
        const [q, ...others] = linearQkv(ops, x.tensor, [w], 'y')
        ops.release(...others)
        return q
      }
      return {
        ours: ours(ops, call),
        rivals: rivals(bench, x.tensor, packed, product, extra),
        check: checkSome(x.values, packed, L, K),
        release: () => ops.release(x.tensor, ...linearTensors(w), ...extra),
      }
    },
  }
}

/** The wide half of a LoRA, added to what is there; onnxruntime's product alone is its rival. */
function sizedSide(product: Product): Sized {
  const { L, K, N, format } = product
  return {
    ...sized(product),
    prepare(bench): Match {
      const { ops } = bench
      const packed = randomWeight(N, K, format, 2)
      const x = random(ops, [L, K], 1, 'x')
      const w = uploadLinear(ops, packed, new Float32Array(N), 'w')
      const y = random32(ops, [L, N], 3, 'y')
      const extra: Tensor[] = []
      const call = (): Tensor => (addProduct(ops, y.tensor, x.tensor, w, { factor: 1 }), y.tensor)
      return {
        ours: ours(ops, call, () => ops.write(y.tensor, new Float32Array(L * N))),
        rivals: rivals(bench, x.tensor, packed, product, extra),
        check: checkSome(x.values, packed, L),
        release: () => ops.release(x.tensor, y.tensor, ...linearTensors(w), ...extra),
      }
    },
  }
}

const FORMATS = ['q8', 'q4', 'f16'] as const

/** Tokens of 480×272, 33 frames. */
const L = 4590
/** Tokens of the 5B at 640×352, 81 frames. */
const L_5B = 4620

export const LINEAR_ROWS: readonly Row[] = [
  ...FORMATS.map((format) => ({
    name: `linear.${format}.qkv`,
    weights: format,
    full: sized({ L, K: 1536, N: 1536, format }),
    small: sized({ L: 64, K: 1536, N: 1536, format }),
  })),
  {
    name: 'linear_qkv.q8',
    weights: 'q8',
    full: sizedQkv({ L, K: 1536, N: 4608, format: 'q8' }),
    small: sizedQkv({ L: 64, K: 768, N: 2304, format: 'q8' }),
  },
  ...FORMATS.map((format) => ({
    name: `linear.${format}.ffn_up`,
    weights: format,
    full: sized({ L, K: 1536, N: 8960, format }),
    small: sized({ L: 128, K: 1536, N: 1120, format }),
  })),
  ...(['q8', 'q4'] as const).map((format) => ({
    name: `linear.${format}.ffn_up.int8`,
    weights: format,
    variant: 'int8',
    full: sized({ L, K: 1536, N: 8960, format, int8: true }),
    small: sized({ L: 128, K: 1536, N: 1120, format, int8: true }),
  })),
  ...FORMATS.map((format) => ({
    name: `linear_residual.${format}.ffn_down`,
    weights: format,
    full: sizedResidual({ L, K: 8960, N: 1536, format }),
    small: sizedResidual({ L: 64, K: 8960, N: 384, format }),
  })),
  {
    name: 'linear_side.f16.rank64',
    weights: 'f16',
    full: sizedSide({ L, K: 64, N: 1536, format: 'f16' }),
    small: sizedSide({ L: 64, K: 64, N: 1536, format: 'f16' }),
  },
  // A block of Wan 2.2's 5B.
  ...(['q8', 'q4'] as const).flatMap((format) => [
    {
      name: `linear.${format}.5b.qkv`,
      weights: format,
      full: sized({ L: L_5B, K: 3072, N: 3072, format }),
      small: sized({ L: 32, K: 3072, N: 768, format }),
    },
    {
      name: `linear.${format}.5b.ffn_up`,
      weights: format,
      full: sized({ L: L_5B, K: 3072, N: 14336, format }),
      small: sized({ L: 32, K: 3072, N: 896, format }),
    },
    {
      name: `linear_residual.${format}.5b.ffn_down`,
      weights: format,
      full: sizedResidual({ L: L_5B, K: 14336, N: 3072, format }),
      small: sizedResidual({ L: 32, K: 14336, N: 192, format }),
    },
  ]),
  {
    name: 'linear.q8.mini',
    weights: 'q8',
    full: sized({ L: 144, K: 256, N: 768, format: 'q8' }),
    small: sized({ L: 144, K: 256, N: 768, format: 'q8' }),
  },
]

/** A row for a test: seconds on the slowest adapter. */
export const TINY_LINEAR: Row = {
  name: 'linear.q8.tiny',
  weights: 'q8',
  full: sized({ L: 17, K: 64, N: 40, format: 'q8' }),
  small: sized({ L: 17, K: 64, N: 40, format: 'q8' }),
}

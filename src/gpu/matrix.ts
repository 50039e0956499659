import type { Matrix } from '../weights/matrix'
import { packedWords, type PackedWeight, type WeightFormat } from '../weights/quant/pack'
import type { Ops } from './ops'
import type { Tensor } from './tensor'

/**
 * The matrix of a linear layer on the GPU: y = x·wᵀ + bias, w [rows, cols] in one of the packed formats of
 * weights/quant.
 */
export interface LinearWeight {
  readonly format: WeightFormat
  /** Outputs. */
  readonly rows: number
  /** Inputs. */
  readonly cols: number
  /** Inputs a row is padded to. */
  readonly stride: number
  readonly data: Tensor
  /** Scales of q8 and q4; for f16 the same tensor as `data`, never read. */
  readonly scales: Tensor
  /** [rows] f32. */
  readonly bias: Tensor
  /** What LoRAs add to the product. */
  readonly sides?: readonly SidePath[]
}

/** A change of a layer that is computed beside its product, so that the layer's own matrix stays as it is. */
export type SidePath = {
  readonly factor: number
  /** Of three matrices that are one below the other: the one that it changes. */
  readonly third?: 0 | 1 | 2
} & (
  | {
      readonly kind: 'thin'
      /** [r, K] */ readonly down: LinearWeight
      /** [N, r] */ readonly up: LinearWeight
    }
  | { readonly kind: 'whole'; /** [N, K] */ readonly matrix: LinearWeight }
  /** The layer's own product again, each output times a factor [N]. */
  | { readonly kind: 'own'; readonly outputs: Tensor }
)

/** Uploads a packed matrix and its bias [rows]. */
export function uploadLinear(
  ops: Ops,
  packed: PackedWeight,
  bias: Float32Array<ArrayBuffer>,
  label: string,
): LinearWeight {
  const data = ops.upload(packed.data, [packed.data.length], 'u32', label)
  const scales = packed.scales
    ? ops.upload(packed.scales, [packed.scales.length], 'u32', `${label}.scales`)
    : data
  const { format, rows, cols, stride } = packed
  return { format, rows, cols, stride, data, scales, bias: ops.upload(bias, [rows], 'f32', `${label}.bias`) }
}

/** The memory of `uploadLinear` with unspecified contents, for a dry run. */
export function reserveLinear(ops: Ops, matrix: Omit<Matrix, 'name' | 'read'>, label: string): LinearWeight {
  const { format, rows, cols, stride } = matrix
  const size = packedWords(rows, cols, format)
  const data = ops.create([size.data], 'u32', label)
  const scales = size.scales > 0 ? ops.create([size.scales], 'u32', `${label}.scales`) : data
  return { format, rows, cols, stride, data, scales, bias: ops.create([rows], 'f32', `${label}.bias`) }
}

/** Every tensor of the weight, to release it. */
export function linearTensors({ data, scales, bias, sides = [] }: LinearWeight): Tensor[] {
  const own = scales === data ? [data, bias] : [data, scales, bias]
  return [...own, ...sides.flatMap(sideTensors)]
}

function sideTensors(side: SidePath): Tensor[] {
  switch (side.kind) {
    case 'thin':
      return [...linearTensors(side.down), ...linearTensors(side.up)]
    case 'whole':
      return linearTensors(side.matrix)
    case 'own':
      return [side.outputs]
  }
}

import type { Tensor } from '../../gpu/tensor'
import type { WeightLoader } from './weight-loader'

/** An affine LayerNorm as [2, D] f32: row 0 the weight, row 1 the bias. */
export async function loadLayerNorm({ ops, values }: WeightLoader, name: string, D: number): Promise<Tensor> {
  const both = new Float32Array(2 * D)
  both.set(await values(`${name}.weight`, [D]))
  both.set(await values(`${name}.bias`, [D]), D)
  return ops.upload(both, [2, D], 'f32', name)
}

// The second half of cross-attention in models that see a picture's features: the same queries, keys and values of the
// picture, a softmax of its own, and the sum of both before the output's matrix.
import { addTo } from '../../gpu/kernels/add'
import { attention } from '../../gpu/kernels/attention'
import { linear } from '../../gpu/kernels/linear'
import { rmsNorm } from '../../gpu/kernels/rms_norm'
import { linearTensors, type LinearWeight } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import type { WeightLoader } from '../blocks/weight-loader'

export interface ImageAttentionWeights {
  readonly k: LinearWeight // [D, D]
  readonly v: LinearWeight // [D, D]
  /**
   * norm_q's weight times norm_k_img's: they meet in q·k alone, so the keys, which are made once a clip, carry both.
   */
  readonly normQK: Tensor // [D]
}

/** Reads what the cross-attention `name`, as "blocks.3.cross_attn", has for a picture. @throws WeightsError */
export async function loadImageAttention(
  loader: WeightLoader,
  name: string,
  D: number,
): Promise<ImageAttentionWeights> {
  const normK = await loader.values(`${name}.norm_k_img.weight`, [D])
  const normQ = await loader.values(`${name}.norm_q.weight`, [D])
  return {
    k: await loader.linear(`${name}.k_img`, D, D),
    v: await loader.linear(`${name}.v_img`, D, D),
    normQK: loader.ops.upload(
      normQ.map((value, i) => value * normK[i]!),
      [D],
      'f32',
      `${name}.norm_qk_img`,
    ),
  }
}

export function imageAttentionTensors({ k, v, normQK }: ImageAttentionWeights): Tensor[] {
  return [normQK, ...linearTensors(k), ...linearTensors(v)]
}

/** Keys and values of a picture in one block. */
export interface ImageKeys {
  readonly k: Tensor
  readonly v: Tensor
}

/** Of the picture's tokens [n, D]; they do not change from step to step, nor with guidance. */
export function imageKeys(
  ops: Ops,
  w: ImageAttentionWeights,
  tokens: Tensor,
  eps: number,
  label: string,
): ImageKeys {
  const k = linear(ops, tokens, w.k, `${label}.image.k`)
  rmsNorm(ops, k, w.normQK, eps)
  return { k, v: linear(ops, tokens, w.v, `${label}.image.v`) }
}

/**
 * Adds to `mixed`, the attention of the queries `q` [L, D] to the prompt, their attention to the picture; before the
 * output's matrix.
 */
export function addImageAttention(
  ops: Ops,
  mixed: Tensor,
  q: Tensor,
  { k, v }: ImageKeys,
  { numHeads, eps }: { readonly numHeads: number; readonly eps: number },
  label: string,
): void {
  const image = attention(ops, q, k, v, { numHeads, normQueries: { eps } }, `${label}.cross_attn.image`)
  addTo(ops, mixed, image)
  ops.release(image)
}

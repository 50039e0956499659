// The features of a picture as tokens that every block attends to: Wan 2.1 I2V, FLF2V, Fun-InP. Names are the
// checkpoint's.
import { layerNorm } from '../../gpu/kernels/layer_norm_modulate'
import { linear } from '../../gpu/kernels/linear'
import type { LinearWeight } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import { loadLayerNorm } from '../blocks/layer-norm-weights'
import type { WeightLoader } from '../blocks/weight-loader'

/** LayerNorm's, which here is not the DiT's. */
const EPS = 1e-5

export interface ImageEmbeddingConfig {
  /** Width of the DiT. */
  readonly dim: number
  /** Width of a feature. */
  readonly imageDim: number
  /**
   * Features that have a position of their own, of all pictures together; none but in models of first and last frame.
   */
  readonly imagePositions?: number
}

export interface ImageEmbeddingWeights {
  readonly norm1: Tensor // [2, imageDim]
  readonly fc1: LinearWeight // [imageDim, imageDim]
  readonly fc2: LinearWeight // [D, imageDim]
  readonly norm2: Tensor // [2, D]
  /** [imagePositions, imageDim] */
  readonly positions: Float32Array | undefined
}

export async function loadImageEmbedding(
  loader: WeightLoader,
  { dim, imageDim, imagePositions }: ImageEmbeddingConfig,
): Promise<ImageEmbeddingWeights> {
  return {
    norm1: await loadLayerNorm(loader, 'img_emb.proj.0', imageDim),
    fc1: await loader.linear('img_emb.proj.1', imageDim, imageDim, 'f16'),
    fc2: await loader.linear('img_emb.proj.3', dim, imageDim, 'f16'),
    norm2: await loadLayerNorm(loader, 'img_emb.proj.4', dim),
    positions:
      imagePositions === undefined
        ? undefined
        : await loader.values('img_emb.emb_pos', [1, imagePositions, imageDim]),
  }
}

/**
 * The tokens [n, D] of the features [n, imageDim] of one picture, or of two, one after the other.
 * @throws RangeError where the model has positions for another number of features
 */
export function embedImage(ops: Ops, w: ImageEmbeddingWeights, features: Float32Array<ArrayBuffer>): Tensor {
  const imageDim = w.fc1.cols
  const n = features.length / imageDim
  const { positions } = w
  if (!Number.isInteger(n) || (positions && positions.length !== features.length))
    throw new RangeError(
      `The pictures have ${features.length} features; the model takes ${positions ? positions.length : `a multiple of ${imageDim}`}.`,
    )
  const placed = positions ? features.map((value, i) => value + positions[i]!) : features
  const x = ops.upload(placed, [n, imageDim], 'f32', 'dit.image.features')
  const normed = layerNorm(ops, x, w.norm1, EPS, 'dit.image.norm1')
  const hidden = linear(ops, normed, w.fc1, 'dit.image.hidden', { activation: 'gelu_erf' })
  const wide = linear(ops, hidden, w.fc2, 'dit.image.wide', { dtype: 'f32' })
  const tokens = layerNorm(ops, wide, w.norm2, EPS, 'dit.image.tokens')
  ops.release(x, normed, hidden, wide)
  return tokens
}

// The features of a picture: CLIP's vision transformer without its last layer and last norm, a layer on the GPU at a
// time.
import { attention } from '../../gpu/kernels/attention'
import { layerNorm } from '../../gpu/kernels/layer_norm_modulate'
import { linear } from '../../gpu/kernels/linear'
import { linearQkv, type QkvWeights } from '../../gpu/kernels/linear_qkv'
import { addLinear } from '../../gpu/kernels/linear_residual'
import type { LinearWeight } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import { loadLayerNorm } from '../blocks/layer-norm-weights'
import { releaseTree } from '../blocks/tensor-tree'
import type { WeightLoader } from '../blocks/weight-loader'
import type { ClipVisionConfig } from './config'
import { embedPatches, featureCount, loadPatchWeights, picturePatches } from './patches'

interface LayerWeights {
  readonly norm1: Tensor // [2, D]
  readonly qkv: QkvWeights // [3D, D], or thrice [D, D]
  readonly proj: LinearWeight // [D, D]
  readonly norm2: Tensor // [2, D]
  readonly up: LinearWeight // [mlpDim, D]
  readonly down: LinearWeight // [D, mlpDim]
}

async function loadLayer(
  loader: WeightLoader,
  name: string,
  { dim: D, mlpDim, joinedQkv }: ClipVisionConfig,
): Promise<LayerWeights> {
  const matrix = (part: string, rows: number, cols: number): Promise<LinearWeight> =>
    loader.linear(`${name}.${part}`, rows, cols)
  return {
    norm1: await loadLayerNorm(loader, `${name}.norm1`, D),
    qkv: joinedQkv
      ? [await matrix('attn.to_qkv', 3 * D, D)]
      : [await matrix('attn.q', D, D), await matrix('attn.k', D, D), await matrix('attn.v', D, D)],
    proj: await matrix('attn.proj', D, D),
    norm2: await loadLayerNorm(loader, `${name}.norm2`, D),
    up: await matrix('mlp.0', mlpDim, D),
    down: await matrix('mlp.2', D, mlpDim),
  }
}

/** x += proj(attention(norm1 x)); x += down(gelu(up(norm2 x))). x [n, D] f32 is changed in place. */
function runLayer(
  ops: Ops,
  { numHeads, eps }: ClipVisionConfig,
  w: LayerWeights,
  x: Tensor,
  label: string,
): void {
  const y1 = layerNorm(ops, x, w.norm1, eps, `${label}.norm1`)
  const [q, k, v] = linearQkv(ops, y1, w.qkv, label)
  const mixed = attention(ops, q, k, v, { numHeads }, `${label}.attention`)
  addLinear(ops, x, mixed, w.proj)
  const y2 = layerNorm(ops, x, w.norm2, eps, `${label}.norm2`)
  const hidden = linear(ops, y2, w.up, `${label}.hidden`, { activation: 'gelu_erf' })
  addLinear(ops, x, hidden, w.down)
  ops.release(y1, q, k, v, mixed, y2, hidden)
}

export interface FeatureOptions {
  readonly signal?: AbortSignal
  /** Called with the computed layers and their number. */
  onLayer?(done: number, total: number): void
}

/**
 * The features [n + 1, D] of a picture [S, S, 3] of numbers from −1 to 1, the class token's first. A dry run does not
 * ask for the pixels.
 * @param loader of a file under Wan's names (`asClipVision`). @throws WeightsError naming file and tensor; the
 * signal's reason
 */
export async function pictureFeatures(
  loader: WeightLoader,
  config: ClipVisionConfig,
  pixels: () => Float32Array,
  { signal, onLayer }: FeatureOptions = {},
): Promise<Float32Array<ArrayBuffer>> {
  const { ops } = loader
  const patches = await loadPatchWeights(loader, config)
  const x = ops.upload(
    () => embedPatches(patches, config, picturePatches(pixels(), config)),
    [featureCount(config), config.dim],
    'f32',
    'clip.x',
  )
  const layers = config.numLayers - 1
  try {
    for (let i = 0; i < layers; i++) {
      signal?.throwIfAborted()
      const weights = await loadLayer(loader, `transformer.${i}`, config)
      runLayer(ops, config, weights, x, `clip.layer${i}`)
      releaseTree(ops, weights)
      await ops.drain(signal)
      onLayer?.(i + 1, layers)
    }
    return await ops.read(x, signal)
  } finally {
    ops.release(x)
  }
}

import type { ClipVisionConfig } from '../../models/clip-vision/config'
import type { Shapes } from './shapes'

/** CLIP's vision transformer under the names of the transformers library, as ComfyUI's file has them. */
export function clipVisionShapes({
  dim: D,
  mlpDim,
  numLayers,
  patchSize,
  imageSize,
}: ClipVisionConfig): Shapes {
  const shapes: Shapes = new Map()
  const pair = (name: string, ...shape: readonly number[]): void =>
    void shapes.set(`vision_model.${name}.weight`, shape).set(`vision_model.${name}.bias`, [shape[0]!])
  shapes.set('vision_model.embeddings.class_embedding', [D])
  shapes.set('vision_model.embeddings.patch_embedding.weight', [D, 3, patchSize, patchSize])
  shapes.set('vision_model.embeddings.position_embedding.weight', [(imageSize / patchSize) ** 2 + 1, D])
  pair('pre_layrnorm', D)
  for (let i = 0; i < numLayers; i++) {
    const layer = `encoder.layers.${i}`
    for (const part of ['q', 'k', 'v', 'out']) pair(`${layer}.self_attn.${part}_proj`, D, D)
    pair(`${layer}.layer_norm1`, D)
    pair(`${layer}.mlp.fc1`, mlpDim, D)
    pair(`${layer}.mlp.fc2`, D, mlpDim)
    pair(`${layer}.layer_norm2`, D)
  }
  pair('post_layernorm', D)
  return shapes
}

import type { DitConfig } from '../../models/wan-dit/config'
import type { ImageEmbeddingConfig } from '../../models/wan-dit/image-embedding'
import { ditShapes, type Shapes } from './shapes'

/** A DiT that also attends to the features of pictures: Wan 2.1 I2V, FLF2V, Fun-InP. */
export function imageDitShapes(
  config: DitConfig,
  { imageDim, imagePositions }: Omit<ImageEmbeddingConfig, 'dim'>,
): Shapes {
  const { dim: D, numLayers } = config
  const shapes = ditShapes(config)
  const pair = (name: string, ...shape: readonly number[]): void =>
    void shapes.set(`${name}.weight`, shape).set(`${name}.bias`, [shape[0]!])
  for (let i = 0; i < numLayers; i++) {
    pair(`blocks.${i}.cross_attn.k_img`, D, D)
    pair(`blocks.${i}.cross_attn.v_img`, D, D)
    shapes.set(`blocks.${i}.cross_attn.norm_k_img.weight`, [D])
  }
  pair('img_emb.proj.0', imageDim)
  pair('img_emb.proj.1', imageDim, imageDim)
  pair('img_emb.proj.3', D, imageDim)
  pair('img_emb.proj.4', D)
  if (imagePositions !== undefined) shapes.set('img_emb.emb_pos', [1, imagePositions, imageDim])
  return shapes
}

import type { DitConfig } from '../../src/weights/manifest'

/** Names and shapes of a DiT checkpoint, original Wan keys. */
export function ditShapes({ dim: D, ffnDim: F, numLayers, inDim, outDim, patchSize, textDim, freqDim }: DitConfig): Map<string, readonly number[]> {
  const shapes = new Map<string, readonly number[]>()
  const linear = (name: string, rows: number, ...cols: number[]): void => {
    shapes.set(`${name}.weight`, [rows, ...cols]).set(`${name}.bias`, [rows])
  }
  linear('patch_embedding', D, inDim, ...patchSize)
  linear('text_embedding.0', D, textDim)
  linear('text_embedding.2', D, D)
  linear('time_embedding.0', D, freqDim)
  linear('time_embedding.2', D, D)
  linear('time_projection.1', 6 * D, D)
  for (let i = 0; i < numLayers; i++) {
    const block = `blocks.${i}`
    shapes.set(`${block}.modulation`, [1, 6, D])
    for (const attention of [`${block}.self_attn`, `${block}.cross_attn`]) {
      for (const name of ['q', 'k', 'v', 'o']) linear(`${attention}.${name}`, D, D)
      shapes.set(`${attention}.norm_q.weight`, [D]).set(`${attention}.norm_k.weight`, [D])
    }
    shapes.set(`${block}.norm3.weight`, [D]).set(`${block}.norm3.bias`, [D])
    linear(`${block}.ffn.0`, F, D)
    linear(`${block}.ffn.2`, D, F)
  }
  shapes.set('head.modulation', [1, 2, D])
  linear('head.head', patchSize[0] * patchSize[1] * patchSize[2] * outDim, D)
  return shapes
}

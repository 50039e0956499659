import { layerNormModulate } from '../../gpu/kernels/layer_norm_modulate'
import { linear } from '../../gpu/kernels/linear'
import { patchGrid, patchify } from '../../gpu/kernels/patchify'
import { unpatchify } from '../../gpu/kernels/unpatchify'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import type { DitConfig } from './config'
import type { KvLayer } from '../blocks/kv-cache'
import { runBlock, type FilmPass } from './block'
import { embedTime, releaseTime, type ContextKeys } from './embeddings'
import type { Timesteps } from '../family'
import { ropeTable } from './rope'
import type { DitWeights } from './weights'

export interface Dit {
  readonly config: DitConfig
  readonly weights: DitWeights
}

export interface ForwardOptions {
  /** Receives intermediate results under the goldens' names, to find the first that diverges. */
  readonly tap?: (name: string, tensor: Tensor) => Promise<void>
  /** Makes it a pass over frames of a film, with the cache of every block. */
  readonly film?: FilmPass & { readonly layers: readonly KvLayer[] }
}

/** The rotary table of latents [C, T, H, W] on the GPU, or of as many frames as `times` has positions. */
export function uploadRotation(
  ops: Ops,
  { dim: D, numHeads, patchSize }: DitConfig,
  latents: Tensor,
  times?: readonly number[],
): Tensor {
  const headDim = D / numHeads
  const [frames, height, width] = patchGrid(latents, patchSize)
  const grid = [times?.length ?? frames, height, width] as const
  const shape = [grid[0] * height * width, headDim / 2, 2]
  return ops.upload(() => ropeTable(headDim, grid, times), shape, 'f32', 'dit.rotation')
}

/**
 * Predicts the velocity of noisy latents: records one whole forward pass of Wan 2.1, which runs at the next drain, or
 * one streamed block at a time.
 * @param latents [C, T, H, W] f32 @returns velocity [C, T, H, W] f32, the caller's to release.
 */
export async function forward(
  ops: Ops,
  { config, weights: w }: Dit,
  latents: Tensor,
  timesteps: Timesteps,
  context: ContextKeys,
  rotation: Tensor,
  { tap, film }: ForwardOptions = {},
): Promise<Tensor> {
  const grid = patchGrid(latents, config.patchSize)
  const time = embedTime(ops, w, config, timesteps, grid)
  const { e, e0 } = time
  await tap?.('time_embedding', e)
  await tap?.('time_projection', e0)

  const patches = patchify(ops, latents, config.patchSize, 'dit.patches')
  const x = linear(ops, patches, w.patchEmbedding, 'dit.x', { dtype: 'f32' })
  ops.release(patches)
  await tap?.('patch_embedding', x)

  for (let i = 0; i < w.blocks.length; i++) {
    const block = await w.blocks.take(i)
    runBlock(
      ops,
      config,
      block,
      x,
      context.layers[i]!,
      { time, rotation, lastKeyCount: context.lastKeyCount, ...(film && { film }) },
      `dit.block${i}`,
      film?.layers[i],
    )
    await tap?.(`blocks.${i}`, x)
  }

  const y = layerNormModulate(
    ops,
    x,
    { modulation: w.head.modulation, e, timeRows: time.timeRows },
    { scaleRow: 1, shiftRow: 0 },
    config.eps,
    'dit.head.norm',
  )
  const tokens = linear(ops, y, w.head.linear, 'dit.head', { dtype: 'f32' })
  await tap?.('head', tokens)
  const velocity = unpatchify(ops, tokens, config.outDim, config.patchSize, grid, 'dit.velocity')
  releaseTime(ops, time)
  ops.release(x, y, tokens)
  return velocity
}

import { layerNormModulate } from '../../gpu/kernels/layer_norm_modulate'
import { linear } from '../../gpu/kernels/linear'
import { patchGrid, patchify } from '../../gpu/kernels/patchify'
import { unpatchify } from '../../gpu/kernels/unpatchify'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import { blockOrder, nextBlock } from './block-order'
import type { DitConfig } from './config'
import type { KvLayer } from '../blocks/kv-cache'
import { runBlock, type FilmPass } from './block'
import { embedTime, releaseTime, type ContextKeys } from './embeddings'
import type { Timesteps } from '../family'
import { ropeTable } from './rope'
import { addHint, startSide, type PreparedControl } from './vace'
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
  /** Runs VACE's side blocks and adds their hints; the context must have their keys. */
  readonly control?: PreparedControl
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
  { tap, film, control }: ForwardOptions = {},
): Promise<Tensor> {
  const grid = patchGrid(latents, config.patchSize)
  const time = embedTime(ops, w, config, timesteps, grid)
  const { e, e0 } = time
  await tap?.('time_embedding', e)
  await tap?.('time_projection', e0)

  const patches = patchify(ops, latents, config.patchSize, 'dit.patches')
  const x = linear(ops, patches, w.patchEmbedding, 'dit.x', { dtype: 'f32' })
  await tap?.('patch_embedding', x)
  const side =
    control && w.vace
      ? await startSide(ops, config, w.patchEmbedding, w.vace, patches, control, tap)
      : undefined
  ops.release(patches)

  const inputs = { time, rotation, lastKeyCount: context.lastKeyCount }
  const places = blockOrder(config)
  let layer = 0
  for (const [i, { name, isSide }] of places.entries()) {
    if (isSide && !side) continue
    const block = await w.blocks.take(i, nextBlock(places, i, side !== undefined))
    const keys = context.layers[i]
    if (!keys) throw new RangeError(`The prompt was prepared without the keys of ${name}.`)
    if (isSide && side && control) {
      runBlock(ops, config, block, side, keys, inputs, `dit.${name}`)
      await tap?.(name, side)
      addHint(ops, x, side, block, control)
    } else {
      const own = { ...inputs, ...(film && { film }) }
      runBlock(ops, config, block, x, keys, own, `dit.block${layer}`, film?.layers[layer])
      layer++
    }
    const hasHint = !isSide && side !== undefined && places[i + 1]?.isSide === true
    if (!hasHint) await tap?.(`blocks.${layer - 1}`, x)
  }
  if (side) ops.release(side)

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

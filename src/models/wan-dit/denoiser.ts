import type { Tensor } from '../../gpu/tensor'
import type { Denoiser, Loading, Prepared } from '../family'
import type { DitConfig } from './config'
import { embedContext, releaseContext, type ContextKeys } from './embeddings'
import { forward, uploadRotation } from './model'
import { loadDit, releaseDit } from './weights'

/** A prompt's keys and values in every block. */
export interface WanPrepared extends Prepared {
  readonly context: ContextKeys
}

/** Loads Wan's DiT from the file of role `dit`. @throws WeightsError naming file and tensor; the signal's reason */
export async function openWanDenoiser(at: Loading, config: DitConfig): Promise<Denoiser<WanPrepared>> {
  const { ops, signal } = at
  const { weights: format, streamed } = at.residency
  const loader = at.loader('dit', format)
  const weights = await loadDit(loader, config, { streamed, ...(signal && { signal }) })
  /** Of the latents' shape that was asked for last. */
  let rotation: { readonly shape: string; readonly table: Tensor } | undefined
  const rotationOf = (latents: Tensor): Tensor => {
    const shape = latents.shape.join()
    if (rotation?.shape !== shape) {
      if (rotation) ops.release(rotation.table)
      rotation = { shape, table: uploadRotation(ops, config, latents) }
    }
    return rotation.table
  }
  return {
    async prepare({ text }) {
      const context = await embedContext(ops, weights, config, text, signal)
      return { context, release: () => releaseContext(ops, context) }
    },
    velocity: (x, time, { context }) => forward(ops, { config, weights }, x, time, context, rotationOf(x)),
    async release() {
      if (rotation) ops.release(rotation.table)
      await releaseDit(ops, weights)
    },
  }
}

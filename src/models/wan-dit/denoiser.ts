import { patchGrid } from '../../gpu/kernels/patchify'
import { dim, type Tensor } from '../../gpu/tensor'
import { openKvCache, placeFrames, ranks } from '../blocks/kv-cache'
import type { Denoiser, Loading, Prepared } from '../family'
import type { DitConfig } from './config'
import { embedContext, releaseContext, type ContextKeys } from './embeddings'
import { withImageChannels } from './image-channels'
import { forward, uploadRotation, type ForwardOptions } from './model'
import { prepareControl, releaseControl, type PreparedControl } from './vace'
import { loadDit, releaseDit } from './weights'

/** A prompt's keys and values in every block. */
export interface WanPrepared extends Prepared {
  readonly context: ContextKeys
  /** Below the latents' own, [K, T, H, W]. */
  readonly channels: Tensor | undefined
  /** Of a model with VACE's side blocks, where they have an effect. */
  readonly control: PreparedControl | undefined
}

/** Sees intermediate results, as `forward` does. */
export type DenoiserTap = ForwardOptions['tap']

/**
 * Loads Wan's DiT from the file of a role.
 * @throws WeightsError naming file and tensor; the signal's reason
 */
export async function openWanDenoiser(
  at: Loading,
  config: DitConfig,
  tap?: DenoiserTap,
  role = 'dit',
): Promise<Required<Denoiser<WanPrepared>>> {
  const { ops, signal } = at
  const { weights: format, streamed } = at.residency
  const loader = at.loader(role, format)
  const weights = await loadDit(loader, config, { streamed, ...(signal && { signal }) })
  const dit = { config, weights }
  const rotations = rotationsOf()

  /** Keeps the table that was asked for last of each kind; both may be needed in one pass. */
  function rotationsOf() {
    const kept = new Map<'tokens' | 'keys', { readonly key: string; readonly table: Tensor }>()
    const release = (): void => ops.release(...[...kept.values()].map(({ table }) => table))
    return {
      of(kind: 'tokens' | 'keys', latents: Tensor, times?: readonly number[]): Tensor {
        const key = `${latents.shape.join()};${times?.join() ?? ''}`
        const known = kept.get(kind)
        if (known?.key === key) return known.table
        if (known) ops.release(known.table)
        const table = uploadRotation(ops, config, latents, times)
        kept.set(kind, { key, table })
        return table
      },
      release,
    }
  }

  return {
    async prepare({ text, features, channels, control: given }) {
      if (config.inDim !== config.outDim + (channels ? dim(channels, 0) : 0))
        throw new RangeError(
          `The model reads ${config.inDim} channels and gives ${config.outDim}; it was given ${channels ? dim(channels, 0) : 'none'} beside those.`,
        )
      const control = given && given.strength !== 0 ? prepareControl(ops, config, given) : undefined
      const context = await embedContext(ops, weights, config, text, {
        ...(signal && { signal }),
        ...(features && { features }),
        hasControl: control !== undefined,
      })
      const release = (): void => {
        releaseContext(ops, context)
        if (control) releaseControl(ops, control)
      }
      return { context, channels, control, release }
    },
    async velocity(x, time, { context, channels, control }) {
      const input = channels ? withImageChannels(ops, x, channels) : x
      const options = { ...(tap && { tap }), ...(control && { control }) }
      const velocity = await forward(ops, dit, input, time, context, rotations.of('tokens', x), options)
      if (input !== x) ops.release(input)
      return velocity
    },
    openCache([, , H = 0, W = 0], window) {
      const tokens = (H / config.patchSize[1]) * (W / config.patchSize[2])
      const { numLayers: layers, dim: D, numHeads } = config
      return openKvCache(ops, window, { layers, tokens, dim: D, numHeads })
    },
    async extend(x, time, { context }, past, { first, keepSink = false }) {
      const { window, tokens, slots, layers } = past
      const [frames] = patchGrid(x, config.patchSize)
      const placed = keepSink
        ? keepingSink(slots, window.sink, first, frames)
        : placeFrames(slots, window, first, frames)
      const times = window.isRelative
        ? Array.from({ length: frames }, (_, i) => placed.slots.length - frames + i)
        : Array.from({ length: frames }, (_, i) => first + i)
      const film = {
        at: placed.at,
        slots: placed.slots,
        tokens,
        layers,
        ...(window.isRelative && { keyRotation: rotations.of('keys', x, ranks(placed.slots)) }),
      }
      const rotation = rotations.of('tokens', x, times)
      const velocity = await forward(ops, dit, x, time, context, rotation, { film, ...(tap && { tap }) })
      return [velocity, { ...past, slots: placed.slots }]
    },
    async release() {
      rotations.release()
      await releaseDit(ops, weights)
    },
  }
}

/** Frames that are in the cache go where they are, but for the sink's; those that left it are not kept. */
function keepingSink(slots: readonly number[], sink: number, first: number, count: number) {
  const at = Array.from({ length: count }, (_, i) => {
    const slot = slots.indexOf(first + i)
    return slot >= sink ? slot : undefined
  })
  return { slots, at }
}

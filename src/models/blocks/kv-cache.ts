// Keys and values of a film's frames, so that later chunks attend to them. Which frame has which slot is separate
// from the tensors: it can be planned, saved and tested alone.
import type { Ops } from '../../gpu/ops'
import { copyWindow } from '../../gpu/kernels/copy_window'
import { dim, reshape, rows, type Tensor } from '../../gpu/tensor'

/** The part of a film that a chunk attends to. */
export interface KvWindow {
  /** Latent frames in the cache, including the chunk's own. */
  readonly frames: number
  /** Number of the film's first frames, which stay when others leave. */
  readonly sink: number
  /**
   * Whether positions count from the oldest frame in the cache instead of the film's first, so that a film may be
   * endless.
   */
  readonly isRelative?: boolean
}

/** The film's frame in each filled slot. */
export type KvSlots = readonly number[]

/**
 * The slots of frames `first` … `first + count`, and the contents of the cache with them. Frames in the cache keep
 * their slots.
 */
export function placeFrames(
  slots: KvSlots,
  { frames, sink }: KvWindow,
  first: number,
  count: number,
): { slots: KvSlots; at: readonly number[] } {
  const next = [...slots]
  const at: number[] = []
  for (let frame = first; frame < first + count; frame++) {
    const known = next.indexOf(frame)
    const slot = known >= 0 ? known : next.length < frames ? next.length : oldest(next, sink, first)
    if (slot < 0)
      throw new RangeError(
        `A window of ${frames} latent frames cannot hold ${sink} that stay and a chunk of ${count}. Choose a larger window.`,
      )
    next[slot] = frame
    at.push(slot)
  }
  return { slots: next, at }
}

/**
 * The slot of the oldest frame that may leave, which is neither the sink's nor of the chunk from `first` on; −1 where
 * there is none.
 */
function oldest(slots: KvSlots, sink: number, first: number): number {
  let found = -1
  for (let slot = sink; slot < slots.length; slot++) {
    if (slots[slot]! < first && (found < 0 || slots[slot]! < slots[found]!)) found = slot
  }
  return found
}

/** Each slot's place among the frames in the film's order. */
export function ranks(slots: KvSlots): number[] {
  const order = [...slots].sort((a, b) => a - b)
  return slots.map((frame) => order.indexOf(frame))
}

/** Keys and values of one layer, [frames · tokens of a frame, D]. */
export interface KvLayer {
  readonly k: Tensor
  readonly v: Tensor
}

/** A value: a pass takes it over and returns the next one, in the same memory. */
export interface KvCache {
  readonly window: KvWindow
  /** Tokens of a latent frame. */
  readonly tokens: number
  readonly slots: KvSlots
  readonly layers: readonly KvLayer[]
}

/** Makes an empty cache for frames of that many tokens. */
export function openKvCache(ops: Ops, window: KvWindow, layers: number, tokens: number, D: number): KvCache {
  const shape = [window.frames * tokens, D]
  return {
    window,
    tokens,
    slots: [],
    layers: Array.from({ length: layers }, (_, i) => ({
      k: ops.create(shape, ops.storage, `kv.${i}.k`),
      v: ops.create(shape, ops.storage, `kv.${i}.v`),
    })),
  }
}

/** Writes the rows of the pass's frames into their slots; skips frames without one. x [frames · tokens, D] */
export function writeFrames(
  ops: Ops,
  x: Tensor,
  cached: Tensor,
  at: readonly (number | undefined)[],
  tokens: number,
): void {
  const asFrame = (tensor: Tensor): Tensor => reshape(tensor, [dim(tensor, 0), 1, dim(tensor, 1)])
  for (let i = 0; i < at.length;) {
    const slot = at[i]
    let count = 1
    while (slot !== undefined && at[i + count] === slot + count) count++
    if (slot !== undefined) {
      const window = { top: i * tokens, left: 0, height: count * tokens, width: 1 }
      copyWindow(ops, asFrame(x), window, asFrame(cached), { top: slot * tokens, left: 0 })
    }
    i += count
  }
}

/** The filled part of a layer's keys or values. */
export function filled(cached: Tensor, slots: KvSlots, tokens: number): Tensor {
  return rows(cached, 0, slots.length * tokens)
}

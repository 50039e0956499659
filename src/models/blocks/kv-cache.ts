// Keys and values of a film's frames, so that later chunks attend to them. Which frame has which slot is separate
// from the tensors: it can be planned, saved and tested alone.
import type { Ops } from '../../gpu/ops'
import { copyWindow } from '../../gpu/kernels/copy_window'
import { quantiseHeads } from '../../gpu/kernels/quantise_heads'
import { restoreHeads } from '../../gpu/kernels/restore_heads'
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
  /** How keys and values lie in the cache: as activations do unless given. */
  readonly format?: 'int8'
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

/** Rows in 8 bits: codes [rows, D/4], four to a word, and a scale for each head [rows, N] f32. */
export interface Int8Rows {
  readonly codes: Tensor
  readonly scales: Tensor
}

export type CachedRows = Tensor | Int8Rows

/** Keys and values of one layer, [frames · tokens of a frame, D]. */
export interface KvLayer {
  readonly k: CachedRows
  readonly v: CachedRows
}

/** A value: a pass takes it over and returns the next one, in the same memory. */
export interface KvCache {
  readonly window: KvWindow
  /** Tokens of a latent frame. */
  readonly tokens: number
  readonly slots: KvSlots
  readonly layers: readonly KvLayer[]
}

/** The numbers of a network that a cache has its size from. */
export interface KvShape {
  readonly layers: number
  /** Tokens of a latent frame. */
  readonly tokens: number
  readonly dim: number
  readonly numHeads: number
}

/** Makes an empty cache. */
export function openKvCache(
  ops: Ops,
  window: KvWindow,
  { layers, tokens, dim: D, numHeads }: KvShape,
): KvCache {
  const count = window.frames * tokens
  const open = (label: string): CachedRows =>
    window.format === 'int8'
      ? {
          codes: ops.create([count, D / 4], 'u32', `${label}.codes`),
          scales: ops.create([count, numHeads], 'f32', `${label}.scales`),
        }
      : ops.create([count, D], ops.storage, label)
  return {
    window,
    tokens,
    slots: [],
    layers: Array.from({ length: layers }, (_, i) => ({ k: open(`kv.${i}.k`), v: open(`kv.${i}.v`) })),
  }
}

/** Writes the rows of the pass's frames into their slots; skips frames without one. x [frames · tokens, D] */
export function writeFrames(
  ops: Ops,
  x: Tensor,
  cached: CachedRows,
  at: readonly (number | undefined)[],
  tokens: number,
): void {
  for (let i = 0; i < at.length;) {
    const slot = at[i]
    let count = 1
    while (slot !== undefined && at[i + count] === slot + count) count++
    if (slot !== undefined)
      writeRows(ops, x, cached, { from: i * tokens, to: slot * tokens, count: count * tokens })
    i += count
  }
}

function writeRows(
  ops: Ops,
  x: Tensor,
  cached: CachedRows,
  { from, to, count }: { readonly from: number; readonly to: number; readonly count: number },
): void {
  if ('codes' in cached) return quantiseHeads(ops, x, cached, { from, to, count })
  const asFrame = (tensor: Tensor): Tensor => reshape(tensor, [dim(tensor, 0), 1, dim(tensor, 1)])
  const window = { top: from, left: 0, height: count, width: 1 }
  copyWindow(ops, asFrame(x), window, asFrame(cached), { top: to, left: 0 })
}

/** The filled part of a layer's keys or values as activations. `release` ends the use of it. */
export function filled(
  ops: Ops,
  cached: CachedRows,
  slots: KvSlots,
  tokens: number,
  label: string,
): { readonly rows: Tensor; release(): void } {
  const count = slots.length * tokens
  if (!('codes' in cached)) return { rows: rows(cached, 0, count), release: () => {} }
  const restored = restoreHeads(ops, cached, count, label)
  return { rows: restored, release: () => ops.release(restored) }
}

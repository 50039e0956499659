// The blocks of a pass in their order: a side block of VACE follows the block to which its hint is added.
import type { DitConfig } from './config'

/** A block's place in the pass. */
export interface BlockPlace {
  /** Of its tensors, such as "blocks.3" or "vace_blocks.1". */
  readonly name: string
  readonly isSide: boolean
}

export function blockOrder({ numLayers, vace }: Pick<DitConfig, 'numLayers' | 'vace'>): BlockPlace[] {
  return Array.from({ length: numLayers }, (_, i): BlockPlace[] => {
    const n = vace?.layers.indexOf(i) ?? -1
    const main = { name: `blocks.${i}`, isSide: false }
    return n < 0 ? [main] : [main, { name: `vace_blocks.${n}`, isSide: true }]
  }).flat()
}

/** The block that a pass takes after the one at `i`; the first follows the last. */
export function nextBlock(places: readonly BlockPlace[], i: number, hasControl: boolean): number {
  const next = (i + 1) % places.length
  return places[next]!.isSide && !hasControl ? (next + 1) % places.length : next
}

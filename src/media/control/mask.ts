// The mask of every frame of a clip: a video's, or a picture's that stays or moves from key to key.
import { placeAt, type MaskKey } from '../../protocol/control'
import type { Size } from '../../protocol/picture-size'
import { coverer } from './cover'
import { spreadFrames } from './frame-choice'
import { framesThrough, type FrameSource } from './source'

/** The first channel of [H, W, 3] bytes. */
function firstChannel(rgb: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: rgb.length / 3 }, (_, i) => rgb[3 * i]!)
}

/** A mask moved by whole pixels; what comes in from outside is kept. */
export function movedMask(mask: Uint8Array, { width, height }: Size, dx: number, dy: number): Uint8Array {
  if (dx === 0 && dy === 0) return mask
  const moved = new Uint8Array(mask.length)
  for (let row = Math.max(0, dy); row < Math.min(height, height + dy); row++)
    for (let column = Math.max(0, dx); column < Math.min(width, width + dx); column++)
      moved[row * width + column] = mask[(row - dy) * width + column - dx]!
  return moved
}

/** A mask for each of `count` frames of the clip's size. */
export async function masksOf(
  source: FrameSource,
  size: Size,
  count: number,
  keys: readonly MaskKey[],
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const cover = coverer(source, size, 1)
  const ids = spreadFrames(source.times, count)
  const masks = await framesThrough(source, ids, (rgb) => cover(firstChannel(rgb)).slice(), signal)
  if (keys.length === 0) return masks
  return masks.map((mask, f) => {
    const { x, y } = placeAt(keys, count > 1 ? f / (count - 1) : 0)
    return movedMask(mask, size, Math.round(x * size.width), Math.round(y * size.height))
  })
}

// A video, or a picture that stands still, as a source of frames.
import type { Size } from '../../protocol/picture-size'
import type { Pixels } from '../picture/pixels'
import type { FrameTimes } from './frame-choice'

export interface FrameSource extends Size {
  readonly times: FrameTimes
  /** Yields [H, W, 3] bytes of each of the frames `ids`, which rise; the bytes are read before the next is asked for. */
  read(ids: readonly number[], signal?: AbortSignal): AsyncGenerator<Uint8Array>
}

/** A picture as a video of one frame. */
export function stillSource({ width, height, rgb }: Pixels): FrameSource {
  return {
    width,
    height,
    times: { starts: [0], ends: [1] },
    async *read(ids) {
      for (let i = 0; i < ids.length; i++) yield rgb
    },
  }
}

/** The frames `ids`, which may repeat but never fall, each through `change`, once. */
export async function framesThrough(
  source: FrameSource,
  ids: readonly number[],
  change: (rgb: Uint8Array) => Uint8Array,
  signal?: AbortSignal,
): Promise<Uint8Array[]> {
  const once = ids.filter((id, i) => id !== ids[i - 1])
  const made = new Map<number, Uint8Array>()
  let i = 0
  for await (const rgb of source.read(once, signal)) made.set(once[i++]!, change(rgb))
  return ids.map((id) => made.get(id)!)
}

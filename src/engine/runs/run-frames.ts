import { blobFrames, type KeptFrames } from '../../media/kept-frames'
import type { StoredFrames } from '../../storage/runs/kept-run'

export interface RunFrames extends KeptFrames {
  /** Forgets all but the first `count`. */
  cut(count: number): void
}

/**
 * Frames of a run: on the disk, and in memory from where that fails, or where there is none.
 * @param onFailed hears of a disk that failed; whether the frames go on in memory
 */
export function keptFrames(
  stored: StoredFrames | undefined,
  onFailed: (error: unknown) => boolean,
): RunFrames {
  let disk = stored
  /** Those behind the disk's. */
  let memory: KeptFrames | undefined
  const onDisk = (): number => disk?.count ?? 0
  return {
    get count() {
      return onDisk() + (memory?.count ?? 0)
    },
    async keep(i420) {
      if (disk && !memory) {
        try {
          return await disk.keep(i420)
        } catch (error) {
          if (!onFailed(error)) throw error
        }
      }
      memory ??= blobFrames()
      await memory.keep(i420)
    },
    read: (index) =>
      disk && index < disk.count ? disk.read(index) : (memory ?? blobFrames()).read(index - onDisk()),
    cut(count) {
      if (count >= this.count) return
      memory?.release()
      memory = undefined
      try {
        disk?.cut(count)
      } catch (error) {
        if (!onFailed(error)) throw error
        disk = undefined
      }
    },
    release: () => memory?.release(),
  }
}

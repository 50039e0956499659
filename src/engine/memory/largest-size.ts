import { GpuError } from '../../gpu/errors'
import type { GenerationSettings } from '../../protocol/settings'

/** Pixels: sides are multiples of it. */
const STEP = 16
const SMALLEST = 32

/**
 * The largest size below that of `settings`, of about the same shape, that `fits`; undefined where none does.
 * @param fits may throw a GpuError `limit`, which is a no
 */
export async function largestSize(
  settings: GenerationSettings,
  fits: (smaller: GenerationSettings) => Promise<boolean>,
): Promise<{ width: number; height: number } | undefined> {
  const { width, height } = settings
  const steps = Math.floor(Math.min(width, height) / STEP)
  const side = (length: number, n: number): number =>
    Math.max(SMALLEST, Math.floor((length * n) / steps / STEP) * STEP)
  const sizeOf = (n: number): { width: number; height: number } => ({
    width: side(width, n),
    height: side(height, n),
  })
  const holds = async (n: number): Promise<boolean> => {
    try {
      return await fits({ ...settings, ...sizeOf(n) })
    } catch (error) {
      if (error instanceof GpuError && error.code === 'limit') return false
      throw error
    }
  }
  // What fits at n fits at every smaller n.
  let [low, high] = [0, steps]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (await holds(middle)) low = middle
    else high = middle
  }
  return low === 0 ? undefined : sizeOf(low)
}

import { GpuError } from '../../gpu/errors'
import type { SizeUnits } from '../../protocol/limits'
import type { GenerationSettings } from '../../protocol/settings'

/**
 * The largest size below that of `settings`, of about the same shape, for which `fits` holds; undefined where none
 * does.
 * @param units pixels that a side is a multiple of
 * @param fits may throw a GpuError `limit`, which counts as false
 */
export async function largestSize(
  settings: GenerationSettings,
  units: Pick<SizeUnits, 'width' | 'height'>,
  fits: (smaller: GenerationSettings) => Promise<boolean>,
): Promise<{ width: number; height: number } | undefined> {
  const { width, height } = settings
  const steps = Math.floor(Math.min(width / units.width, height / units.height))
  /** A side of `n` steps, at least two patches. */
  const side = (length: number, unit: number, n: number): number =>
    Math.max(2 * unit, Math.floor((length * n) / steps / unit) * unit)
  const sizeOf = (n: number): { width: number; height: number } => ({
    width: side(width, units.width, n),
    height: side(height, units.height, n),
  })
  const holds = async (n: number): Promise<boolean> => {
    try {
      return await fits({ ...settings, ...sizeOf(n) })
    } catch (error) {
      if (error instanceof GpuError && error.code === 'limit') return false
      throw error
    }
  }
  // Whatever fits at n fits at every smaller n.
  let [low, high] = [0, steps]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (await holds(middle)) low = middle
    else high = middle
  }
  return low === 0 ? undefined : sizeOf(low)
}

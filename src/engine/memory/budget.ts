import type { Gpu } from '../../gpu/device'
import { probeMemory, type GpuKind } from '../../gpu/memory-probe'

const GB = 1e9
const MOST = 8 * GB
/** The smallest budget, even for a GPU that gives less: the browser makes room. */
const LEAST = 0.5 * GB
/** Share of the measured memory; the rest is for the browser and other programs. */
const SHARE = 0.85

/** The machine's memory in GiB: a rounded figure, reported only by some browsers. */
export function deviceMemory(): number | undefined {
  const found: unknown = 'navigator' in globalThis ? Reflect.get(navigator, 'deviceMemory') : undefined
  return typeof found === 'number' ? found : undefined
}

/**
 * The desired GPU memory budget. WebGPU does not report how much memory a GPU has. A laptop's GPU shares the
 * machine's memory, so half of that is desired, from 2 to 8 GB; a card has memory of its own, independent of the
 * machine's. Where the browser does not report the machine's memory, a GPU that allows buffers of 1 GiB is assumed to
 * have 4 GB, any other 2 GB.
 */
export function defaultMemoryBytes(
  maxBufferBytes: number,
  gibibytes = deviceMemory(),
  kind: GpuKind = 'shared',
): number {
  if (kind === 'discrete') return MOST
  if (gibibytes !== undefined) return Math.min(MOST, Math.max(2 * GB, gibibytes * 2 ** 29))
  return maxBufferBytes >= 2 ** 30 ? 4 * GB : 2 * GB
}

/**
 * The default GPU memory budget: the desired one, as far as a card really provides it. Shared memory is not tried,
 * because that would push out other programs.
 * @throws the signal's reason; GpuError `device-lost`
 */
export async function memoryBudget(
  { device, kind, maxBufferBytes }: Pick<Gpu, 'device' | 'kind' | 'maxBufferBytes'>,
  signal?: AbortSignal,
  probe: typeof probeMemory = probeMemory,
): Promise<number> {
  const wished = defaultMemoryBytes(maxBufferBytes, deviceMemory(), kind)
  if (kind === 'shared' || kind === 'software') return wished
  const found = await probe(device, wished, signal ? { signal } : {})
  return found >= wished ? wished : Math.max(LEAST, Math.floor(found * SHARE))
}

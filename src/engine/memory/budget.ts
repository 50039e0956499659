import type { Gpu } from '../../gpu/device'
import { probeMemory, type GpuKind } from '../../gpu/memory-probe'

const GB = 1e9
const MOST = 8 * GB
/** Even a GPU that gives less is asked for this: the browser makes room. */
const LEAST = 0.5 * GB
/** Of what a GPU gave, some is for the browser and other programs. */
const SHARE = 0.85

/** The machine's memory in GiB: a rounded figure, reported only by some browsers. */
export function deviceMemory(): number | undefined {
  const found: unknown = 'navigator' in globalThis ? Reflect.get(navigator, 'deviceMemory') : undefined
  return typeof found === 'number' ? found : undefined
}

/**
 * GPU memory to wish for where nobody said how much. WebGPU does not tell what a GPU has. A laptop's shares the machine's
 * memory: half of that is taken, from 2 to 8 GB; a card has its own, whatever the machine has. Where the browser keeps it
 * to itself, a GPU that allows buffers of 1 GiB is taken for one of 4 GB, any other for one of 2 GB.
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
 * GPU memory that may be used where nobody said how much: what is wished for, as far as the GPU really gives it. Memory that
 * it shares with the machine is not tried, which would push out what else is open.
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

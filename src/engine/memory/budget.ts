const GB = 1e9

/** What the browser says of the machine's memory, in GiB: a rounded figure, and only in some browsers. */
export function deviceMemory(): number | undefined {
  const found: unknown = 'navigator' in globalThis ? Reflect.get(navigator, 'deviceMemory') : undefined
  return typeof found === 'number' ? found : undefined
}

/**
 * GPU memory that may be used where nobody said how much. WebGPU does not tell what a GPU has. A laptop's shares the
 * machine's memory: half of that is taken, from 2 to 8 GB. Where the browser keeps it to itself, a GPU that allows buffers
 * of 1 GiB is taken for one of 4 GB, any other for one of 2 GB.
 */
export function defaultMemoryBytes(maxBufferBytes: number, gibibytes = deviceMemory()): number {
  if (gibibytes !== undefined) return Math.min(8 * GB, Math.max(2 * GB, gibibytes * 2 ** 29))
  return maxBufferBytes >= 2 ** 30 ? 4 * GB : 2 * GB
}

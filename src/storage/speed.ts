/** Measures bytes per second. */
const WINDOW = 8_000

/** The current speed, over the last seconds. @param now in milliseconds; for tests */
export function speedometer(
  now: () => number = () => performance.now(),
): (doneBytes: number) => number | undefined {
  const seen: { at: number; bytes: number }[] = []
  return (bytes) => {
    const at = now()
    seen.push({ at, bytes })
    while (seen.length > 2 && at - seen[1]!.at >= WINDOW) seen.shift()
    const first = seen[0]!
    const seconds = (at - first.at) / 1000
    return seconds >= 0.5 && bytes > first.bytes ? (bytes - first.bytes) / seconds : undefined
  }
}

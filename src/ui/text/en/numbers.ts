/** "12 to 18 s": both ends in the unit of the larger one. */
export function range(low: number, high: number): string {
  if (high < 90) {
    const [from, to] = [Math.max(1, Math.round(low)), Math.max(1, Math.round(high))]
    return from === to ? `${to} s` : `${from} to ${to} s`
  }
  if (high < 5400) {
    const [from, to] = [Math.max(1, Math.round(low / 60)), Math.round(high / 60)]
    return from === to ? `${to} min` : `${from} to ${to} min`
  }
  if (high < 172_800) {
    const half = (seconds: number): number => Math.max(0.5, Math.round(seconds / 1800) / 2)
    const [from, to] = [half(low), half(high)]
    return from === to ? `${to} h` : `${from} to ${to} h`
  }
  const [from, to] = [Math.max(1, Math.round(low / 86_400)), Math.round(high / 86_400)]
  return from === to ? `${to} days` : `${from} to ${to} days`
}

/** "1 video", "3 videos". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number} ${number === 1 ? one : many}`
}

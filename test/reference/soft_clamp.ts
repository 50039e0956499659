export function softClamp(x: ArrayLike<number>, limit: number): Float64Array {
  return Float64Array.from(x, (value) => limit * Math.tanh(value / limit))
}

/** x [L, K] · w [N, K]ᵀ + bias [N], through an activation. */
export function linear(
  x: ArrayLike<number>,
  w: ArrayLike<number>,
  bias: ArrayLike<number>,
  activation: (value: number) => number = (value) => value,
): Float64Array {
  const N = bias.length
  const K = w.length / N
  const L = x.length / K
  const y = new Float64Array(L * N)
  for (let l = 0; l < L; l++) {
    for (let n = 0; n < N; n++) {
      let sum = bias[n]!
      for (let k = 0; k < K; k++) sum += x[l * K + k]! * w[n * K + k]!
      y[l * N + n] = activation(sum)
    }
  }
  return y
}

export function gelu(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
}

/** The error function by its series, or where that is slow by the continued fraction of its complement. */
function erf(x: number): number {
  if (x < 0) return -erf(-x)
  if (x < 3) {
    let [sum, term] = [x, x]
    for (let n = 1; n < 200; n++) {
      term *= (-x * x) / n
      sum += term / (2 * n + 1)
    }
    return (2 / Math.sqrt(Math.PI)) * sum
  }
  let fraction = 0
  for (let n = 100; n > 0; n--) fraction = n / 2 / (x + fraction)
  return 1 - Math.exp(-x * x) / Math.sqrt(Math.PI) / (x + fraction)
}

/** GELU by the error function. */
export function geluErf(x: number): number {
  return 0.5 * x * (1 + erf(x / Math.SQRT2))
}

export function silu(x: number): number {
  return x / (1 + Math.exp(-x))
}

/** residual [L, N] + gate [N] · y [L, N]. */
export function gatedResidual(
  residual: ArrayLike<number>,
  y: ArrayLike<number>,
  gate: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(y, (value, i) => residual[i]! + gate[i % gate.length]! * value)
}

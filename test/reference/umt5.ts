// umT5 encoder in f64, written from the formula; imports nothing from src.

export interface ReferenceConfig {
  readonly dim: number
  readonly dimAttn: number
  readonly dimFfn: number
  readonly numHeads: number
  readonly numLayers: number
  readonly numBuckets: number
  readonly maxDistance: number
}

/** All elements of a tensor by Wan's key. */
export type ReferenceWeights = (key: string) => ArrayLike<number>

/** y[n, rows] = x[n, cols] · wᵀ, w [rows, cols]. */
function linear(x: Float64Array, w: ArrayLike<number>, rows: number, cols: number): Float64Array {
  const n = x.length / cols
  const y = new Float64Array(n * rows)
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < rows; r++) {
      let sum = 0
      for (let c = 0; c < cols; c++) sum += x[i * cols + c]! * w[r * cols + c]!
      y[i * rows + r] = sum
    }
  }
  return y
}

/** x / sqrt(mean(x²) + 1e-6) · weight, per row. */
function rmsNorm(x: Float64Array, weight: ArrayLike<number>): Float64Array {
  const dim = weight.length
  const y = new Float64Array(x.length)
  for (let start = 0; start < x.length; start += dim) {
    let squares = 0
    for (let c = 0; c < dim; c++) squares += x[start + c]! ** 2
    const scale = 1 / Math.sqrt(squares / dim + 1e-6)
    for (let c = 0; c < dim; c++) y[start + c] = x[start + c]! * scale * weight[c]!
  }
  return y
}

/** T5's bidirectional bucket of key position minus query position. */
export function referenceBucket(distance: number, numBuckets: number, maxDistance: number): number {
  const half = Math.floor(numBuckets / 2)
  const exact = Math.floor(half / 2)
  const sign = distance > 0 ? half : 0
  const near = Math.abs(distance)
  if (near < exact) return sign + near
  // 1e-6: f32 implementations land on the upper side of a bucket's edge.
  const far =
    exact + Math.floor((Math.log(near / exact) / Math.log(maxDistance / exact)) * (half - exact) + 1e-6)
  return sign + Math.min(far, half - 1)
}

function attention(
  x: Float64Array,
  weights: ReferenceWeights,
  layer: number,
  config: ReferenceConfig,
): Float64Array {
  const { dim, dimAttn, numHeads, numBuckets, maxDistance } = config
  const n = x.length / dim
  const head = dimAttn / numHeads
  const key = (name: string): ArrayLike<number> => weights(`blocks.${layer}.attn.${name}.weight`)
  const table = weights(`blocks.${layer}.pos_embedding.embedding.weight`)
  const [q, k, v] = ['q', 'k', 'v'].map((name) => linear(x, key(name), dimAttn, dim)) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const mixed = new Float64Array(n * dimAttn)
  for (let h = 0; h < numHeads; h++) {
    for (let i = 0; i < n; i++) {
      const scores = new Float64Array(n)
      for (let j = 0; j < n; j++) {
        let dot = 0
        for (let c = 0; c < head; c++) dot += q[i * dimAttn + h * head + c]! * k[j * dimAttn + h * head + c]!
        scores[j] = dot + table[referenceBucket(j - i, numBuckets, maxDistance) * numHeads + h]!
      }
      const largest = scores.reduce((a, b) => Math.max(a, b))
      const weightsOfKeys = scores.map((score) => Math.exp(score - largest))
      const total = weightsOfKeys.reduce((a, b) => a + b)
      for (let j = 0; j < n; j++) {
        for (let c = 0; c < head; c++)
          mixed[i * dimAttn + h * head + c]! += (weightsOfKeys[j]! / total) * v[j * dimAttn + h * head + c]!
      }
    }
  }
  return linear(mixed, key('o'), dim, dimAttn)
}

function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)))
}

function feedForward(
  x: Float64Array,
  weights: ReferenceWeights,
  layer: number,
  { dim, dimFfn }: ReferenceConfig,
): Float64Array {
  const key = (name: string): ArrayLike<number> => weights(`blocks.${layer}.ffn.${name}.weight`)
  const gate = linear(x, key('gate.0'), dimFfn, dim)
  const up = linear(x, key('fc1'), dimFfn, dim)
  return linear(
    up.map((value, i) => value * geluTanh(gate[i]!)),
    key('fc2'),
    dim,
    dimFfn,
  )
}

/** The state after each layer, then `context`: numLayers + 1 arrays [n, dim]. */
export function umt5(
  ids: readonly number[],
  weights: ReferenceWeights,
  config: ReferenceConfig,
): Float64Array[] {
  const { dim, numLayers } = config
  const table = weights('token_embedding.weight')
  let x: Float64Array = Float64Array.from(
    { length: ids.length * dim },
    (_, i) => table[ids[Math.floor(i / dim)]! * dim + (i % dim)]!,
  )
  const states: Float64Array[] = []
  const add = (y: Float64Array): Float64Array => x.map((value, i) => value + y[i]!)
  for (let layer = 0; layer < numLayers; layer++) {
    x = add(attention(rmsNorm(x, weights(`blocks.${layer}.norm1.weight`)), weights, layer, config))
    x = add(feedForward(rmsNorm(x, weights(`blocks.${layer}.norm2.weight`)), weights, layer, config))
    states.push(x)
  }
  return [...states, rmsNorm(x, weights('norm.weight'))]
}

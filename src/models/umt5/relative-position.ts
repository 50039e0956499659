export interface BucketConfig {
  /** Rows of the bias table: half for keys behind the query, half for keys ahead. */
  readonly numBuckets: number
  /** Distance from which all keys share the last bucket. */
  readonly maxDistance: number
}

/**
 * T5's bucket of each key position minus query position, from 1−n to n−1: index `distance + n − 1`. Length 2n−1.
 * Distances below a quarter of the buckets have one each; beyond, buckets widen logarithmically.
 */
export function relativeBuckets(n: number, { numBuckets, maxDistance }: BucketConfig): Int32Array {
  const half = Math.floor(numBuckets / 2)
  const exact = Math.floor(half / 2)
  const span = Math.fround(Math.log(maxDistance / exact))
  const buckets = new Int32Array(2 * n - 1)
  for (let distance = 1 - n; distance < n; distance++) {
    const near = Math.abs(distance)
    let bucket = near
    if (near >= exact) {
      // In f32 step by step, as PyTorch does: 16, 32 and 64 fall on the edge of a bucket.
      const ratio = Math.fround(Math.fround(Math.log(Math.fround(near / exact))) / span)
      bucket = Math.min(exact + Math.trunc(Math.fround(ratio * (half - exact))), half - 1)
    }
    buckets[distance + n - 1] = bucket + (distance > 0 ? half : 0)
  }
  return buckets
}

/**
 * The bias added to attention scores: `out[h, i, j] = table[bucket(j − i), h]`.
 * @param table one layer's embedding, [numBuckets, heads]
 * @param buckets from `relativeBuckets`, [2n−1]
 * @returns [heads, n, n]
 */
export function relativeBias(
  table: Float32Array,
  buckets: Int32Array,
  heads: number,
): Float32Array<ArrayBuffer> {
  const n = (buckets.length + 1) / 2
  const bias = new Float32Array(heads * n * n)
  const line = new Float32Array(buckets.length)
  for (let head = 0; head < heads; head++) {
    buckets.forEach((bucket, index) => {
      line[index] = table[bucket * heads + head] ?? Number.NaN
    })
    // Row i is the biases from distance −i on.
    for (let i = 0; i < n; i++) bias.set(line.subarray(n - 1 - i, 2 * n - 1 - i), (head * n + i) * n)
  }
  return bias
}

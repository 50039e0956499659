import { describe, expect, it } from 'vitest'
import { relativeBias, relativeBuckets } from '../../../../src/models/umt5/relative-position'
import { referenceBucket } from '../../../reference/umt5'

const T5 = { numBuckets: 32, maxDistance: 128 }

describe('relativeBuckets', () => {
  it('has the edges of T5', () => {
    const buckets = relativeBuckets(200, T5)
    const bucket = (distance: number): number | undefined => buckets[distance + 199]
    // The last distance of each bucket, as PyTorch computes it.
    expect(
      [7, 8, 11, 12, 15, 16, 22, 23, 31, 32, 45, 46, 63, 64, 90, 91, 199].map((distance) =>
        bucket(-distance),
      ),
    ).toEqual([7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15])
    expect([0, 1, 7, 8, 64, 199].map(bucket)).toEqual([0, 17, 23, 24, 30, 31])
  })

  it.each([
    [1, 32, 128],
    [2, 32, 128],
    [512, 32, 128],
    [300, 64, 100],
    [100, 16, 37],
  ])('n = %i, %i buckets up to %i: as the reference', (n, numBuckets, maxDistance) => {
    const expected = Array.from({ length: 2 * n - 1 }, (_, i) =>
      referenceBucket(i - n + 1, numBuckets, maxDistance),
    )
    expect([...relativeBuckets(n, { numBuckets, maxDistance })]).toEqual(expected)
  })
})

describe('relativeBias', () => {
  it('puts key minus query in the table', () => {
    const heads = 2
    const table = Float32Array.from({ length: 32 * heads }, (_, i) => i)
    const bias = relativeBias(table, relativeBuckets(3, T5), heads)
    const row = (bucket: number, head: number): number => bucket * heads + head
    expect([...bias]).toEqual(
      [0, 1].flatMap((head) => [
        row(0, head),
        row(17, head),
        row(18, head),
        row(1, head),
        row(0, head),
        row(17, head),
        row(2, head),
        row(1, head),
        row(0, head),
      ]),
    )
  })
})

import { expect, it } from 'vitest'
import { sinusoid } from '../../../../src/models/wan-dit/embeddings'

it('embeds timesteps between whole ones: the angles of a sum are the sums of the angles', () => {
  const half = 128
  for (const [whole, part] of [
    [937, 0.5],
    [833, 1 / 3],
    [987, 0.654320987654321],
  ] as const) {
    const [a, b, sum] = [
      sinusoid(whole, 2 * half),
      sinusoid(part, 2 * half),
      sinusoid(whole + part, 2 * half),
    ]
    for (let i = 0; i < half; i++) {
      expect(sum[i]).toBeCloseTo(a[i]! * b[i]! - a[half + i]! * b[half + i]!, 6)
      expect(sum[half + i]).toBeCloseTo(a[half + i]! * b[i]! + a[i]! * b[half + i]!, 6)
    }
  }
  expect(sinusoid(937.5, 2 * half)).not.toEqual(sinusoid(937, 2 * half))
})

import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compare, goldenDir, goldenMetadata, openGolden } from '../support/golden'

describe('golden files', () => {
  it.each(readdirSync(goldenDir()).filter((name) => name.endsWith('.safetensors')))(
    '%s is sound, and its numbers are numbers',
    async (name) => {
      const file = await openGolden(name)
      expect(file.tensors.size).toBeGreaterThan(0)
      for (const tensor of file.tensors.keys())
        expect((await file.floats(tensor)).every(Number.isFinite), tensor).toBe(true)
    },
  )

  it('carry their config', async () => {
    expect(goldenMetadata(await openGolden('dit_tiny.golden'))).toHaveProperty('num_heads')
    const samplers = await openGolden('samplers.golden.safetensors')
    expect(() => goldenMetadata(samplers)).toThrow(
      'samplers.golden.safetensors has no config in its metadata; it has toy.',
    )
  })
})

describe('compare', () => {
  it('measures', () => {
    expect(compare('a', [3, 4], [3, 4])).toEqual({ name: 'a', relError: 0, maxError: 0 })
    expect(compare('a', [3, 5], [3, 4])).toEqual({ name: 'a', relError: 0.2, maxError: 1 })
    expect(compare('a', [0], [0]).relError).toBe(0)
    expect(compare('a', [1], [0]).relError).toBe(Infinity)
  })

  it('never lets NaN or another length pass', () => {
    const { relError, maxError } = compare('a', [NaN, 1], [0, 1])
    expect([relError <= 1, maxError <= 1]).toEqual([false, false])
    expect(compare('a', [NaN, 1, 2], [0, 1, 0]).maxError).toBeNaN()
    expect(() => compare('a', [1], [1, 2])).toThrow('a has 1 elements and must have 2.')
  })
})

import { describe, expect, it } from 'vitest'
import { hasMatrixUnits, MATRIX_UNITS } from '../../../src/gpu/matrix-units'
import { ATTENTION, CONVOLUTION, fittingRow, LINEAR, type VariantRow } from '../../../src/gpu/variant-table'
import { defaultVariants, runnableVariants, type KernelFamily } from '../../../src/gpu/variants'

const NONE: ReadonlySet<string> = new Set()
const SUBGROUPS: ReadonlySet<string> = new Set(['subgroups'])

const runnable = (
  family: KernelFamily,
  features: ReadonlySet<string>,
  storage: 'f16' | 'f32' = 'f32',
  subgroupSize?: number,
): readonly string[] => runnableVariants(family, { features, storage, subgroupSize })

describe('the variants that a device can run', () => {
  it('are a tile at least', () => {
    expect(runnable('attention', NONE)).toEqual(['tile'])
    expect(runnable('convolution', NONE)).toEqual(['tile'])
    expect(runnable('norms', NONE)).toEqual(['tile'])
  })

  it('multiply in f16 only where activations are stored so', () => {
    expect(runnable('attention', NONE, 'f16')).toEqual(['tile', 'tile_f16'])
    expect(runnable('convolution', NONE, 'f16')).toEqual(['tile', 'tile_f16'])
  })

  it('share loads only where there are subgroups', () => {
    expect(runnable('attention', SUBGROUPS)).toEqual(['tile', 'direct4'])
    expect(runnable('convolution', SUBGROUPS)).toEqual(['tile', 'direct4', 'direct_strips'])
    expect(runnable('norms', SUBGROUPS)).toEqual(['tile', 'direct4'])
  })

  it('share them by eight only where every subgroup has as many lanes', () => {
    for (const family of ['linear', 'attention'] as const) {
      expect(runnable(family, SUBGROUPS)).not.toContain('direct8')
      expect(runnable(family, SUBGROUPS, 'f32', 4)).not.toContain('direct8')
      expect(runnable(family, SUBGROUPS, 'f32', 8)).toContain('direct8')
    }
    expect(defaultVariants('llvmpipe', SUBGROUPS, 8)).toMatchObject({
      linear: 'direct8',
      attention: 'direct8',
      convolution: 'direct4',
    })
    expect(defaultVariants('SwiftShader', SUBGROUPS, 4)).toMatchObject({
      linear: 'direct4',
      attention: 'direct4',
      convolution: 'direct_strips',
    })
  })

  it('use matrix units only in f16', () => {
    const features = new Set([MATRIX_UNITS])
    expect(runnable('linear', features, 'f16')).toEqual(['64', '128', '64_f16', '128_f16', 'subgroup_matrix'])
    expect(runnable('attention', features, 'f16')).toEqual(['tile', 'tile_f16', 'subgroup_matrix'])
    expect(runnable('convolution', features, 'f16')).toEqual(['tile', 'tile_f16', 'subgroup_matrix'])
    expect(runnable('linear', features)).not.toContain('subgroup_matrix')
  })
})

describe('a call that does not suit the chosen variant', () => {
  it.each([
    ['64_f16', { cols: 32, isHalf: false }, '64'],
    ['subgroup_matrix', { cols: 31, isHalf: true }, '128'],
    ['direct8', { cols: 31, isHalf: false }, '64'],
    ['direct8', { cols: 32, isHalf: false }, 'direct8'],
  ] as const)('is taken from %s, with %o, by %s', (name, shape, taker) => {
    expect(fittingRow(LINEAR, name, shape).name).toBe(taker)
  })

  it('goes on until one takes it', () => {
    expect(fittingRow(ATTENTION, 'direct8', { headDim: 64 }).name).toBe('direct4')
    expect(fittingRow(ATTENTION, 'direct8', { headDim: 15 }).name).toBe('tile')
    const strips = { inChannels: 8, outChannels: 8, window: 1 } as const
    expect(fittingRow(CONVOLUTION, 'direct_strips', strips).name).toBe('direct4')
    expect(fittingRow(CONVOLUTION, 'direct_strips', { ...strips, inChannels: 5 }).name).toBe('tile')
  })

  it('needs a variant that there is', () => {
    const rows: readonly VariantRow<{ headDim: number }>[] = ATTENTION
    expect(() => fittingRow(rows, 'spiral', { headDim: 4 })).toThrow(
      'There is no variant spiral; there are tile, tile_f16, subgroup_matrix, direct4, direct8.',
    )
  })
})

describe('matrix units', () => {
  const config = { componentType: 'f16', resultComponentType: 'f32', M: 16, N: 16, K: 16 }
  const adapter = ({
    features = [MATRIX_UNITS, 'subgroups', 'shader-f16'],
    lanes = [32, 32],
    configs = [config],
    bytes = 49152,
  } = {}) =>
    ({
      features: new Set(features),
      info: { subgroupMinSize: lanes[0], subgroupMaxSize: lanes[1], subgroupMatrixConfigs: configs },
      limits: { maxComputeWorkgroupStorageSize: bytes },
    }) as unknown as GPUAdapter

  it('are used where 16 × 16 matrices of f16 give f32', () => {
    expect(hasMatrixUnits(adapter())).toBe(true)
    expect(
      hasMatrixUnits(
        adapter({
          configs: [
            { ...config, M: 8 },
            { ...config, resultComponentType: 'f16' },
          ],
        }),
      ),
    ).toBe(false)
    expect(hasMatrixUnits(adapter({ configs: [] }))).toBe(false)
  })

  it('are left alone without subgroups of 32, f16, the feature, or enough workgroup memory', () => {
    expect(hasMatrixUnits(adapter({ lanes: [8, 32] }))).toBe(false)
    expect(hasMatrixUnits(adapter({ lanes: [64, 64] }))).toBe(false)
    expect(hasMatrixUnits(adapter({ features: [MATRIX_UNITS, 'subgroups'] }))).toBe(false)
    expect(hasMatrixUnits(adapter({ features: ['subgroups', 'shader-f16'] }))).toBe(false)
    expect(hasMatrixUnits(adapter({ bytes: 32768 }))).toBe(false)
  })
})

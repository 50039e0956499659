import { describe, expect, it } from 'vitest'
import { MATRIX_SHAPES, MATRIX_UNITS, matrixShapeOf } from '../../../src/gpu/matrix-units'
import { ATTENTION, CONVOLUTION, fittingRow, LINEAR, type VariantRow } from '../../../src/gpu/variant-table'
import {
  defaultVariants,
  matrixVariant,
  runnableVariants,
  type KernelFamily,
} from '../../../src/gpu/variants'

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
    const device = { features: NONE, storage: 'f16', matrixShape: '16x16x16' } as const
    expect(runnableVariants('linear', device)).toEqual(['64', '128', '64_f16', '128_f16', 'subgroup_matrix'])
    expect(runnableVariants('attention', device)).toEqual(['tile', 'tile_f16', 'subgroup_matrix'])
    expect(runnableVariants('convolution', device)).toEqual(['tile', 'tile_f16', 'subgroup_matrix'])
    expect(runnableVariants('linear', { ...device, storage: 'f32' })).not.toContain('subgroup_matrix')
  })

  it('use the matrices that the GPU has', () => {
    for (const matrixShape of MATRIX_SHAPES)
      for (const family of ['linear', 'attention', 'convolution'] as const) {
        const found: readonly string[] = runnableVariants(family, {
          features: NONE,
          storage: 'f16',
          matrixShape,
        })
        expect(found.filter((name) => name.startsWith('subgroup_matrix'))).toEqual([
          matrixVariant(matrixShape),
        ])
      }
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
      /There is no variant spiral; there are tile, tile_f16, subgroup_matrix, .*direct8\./,
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
    expect(matrixShapeOf(adapter())).toBe('16x16x16')
    expect(
      matrixShapeOf(
        adapter({
          configs: [
            { ...config, M: 4 },
            { ...config, resultComponentType: 'f16' },
          ],
        }),
      ),
    ).toBeUndefined()
    expect(matrixShapeOf(adapter({ configs: [] }))).toBeUndefined()
  })

  it('are used in the largest shape that there is', () => {
    const small = { ...config, M: 8, N: 8, K: 8 }
    expect(matrixShapeOf(adapter({ configs: [small] }))).toBe('8x8x8')
    expect(matrixShapeOf(adapter({ configs: [small, { ...config, M: 8 }] }))).toBe('8x16x16')
    expect(matrixShapeOf(adapter({ configs: [small, { ...config, M: 8 }, config] }))).toBe('16x16x16')
  })

  it('are left alone without subgroups of 32, f16, the feature, or enough workgroup memory', () => {
    expect(matrixShapeOf(adapter({ lanes: [8, 32] }))).toBeUndefined()
    expect(matrixShapeOf(adapter({ lanes: [64, 64] }))).toBeUndefined()
    expect(matrixShapeOf(adapter({ features: [MATRIX_UNITS, 'subgroups'] }))).toBeUndefined()
    expect(matrixShapeOf(adapter({ features: ['subgroups', 'shader-f16'] }))).toBeUndefined()
    expect(matrixShapeOf(adapter({ bytes: 32768 }))).toBeUndefined()
  })
})

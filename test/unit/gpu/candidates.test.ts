import { describe, expect, it } from 'vitest'
import { hasMatrixUnits, MATRIX_UNITS } from '../../../src/gpu/matrix-units'
import { sharedShaders } from '../../../src/gpu/shader-source'
import {
  attentionCandidates,
  convolutionCandidates,
  defaultVariants,
  linearCandidates,
  normsCandidates,
  productsOf,
} from '../../../src/gpu/variants'

const NONE: ReadonlySet<string> = new Set()
const SUBGROUPS: ReadonlySet<string> = new Set(['subgroups'])

describe('the loops that a device can run', () => {
  it('are a tile at least', () => {
    expect(attentionCandidates(NONE, 'f32')).toEqual(['tile'])
    expect(convolutionCandidates(NONE, 'f32')).toEqual(['tile'])
    expect(normsCandidates(NONE)).toEqual(['tile'])
  })

  it('multiply in f16 only where activations are stored so', () => {
    expect(attentionCandidates(NONE, 'f16')).toEqual(['tile', 'tile_f16'])
    expect(convolutionCandidates(NONE, 'f16')).toEqual(['tile', 'tile_f16'])
  })

  it('share loads only where there are subgroups', () => {
    expect(attentionCandidates(SUBGROUPS, 'f32')).toEqual(['tile', 'quads'])
    expect(convolutionCandidates(SUBGROUPS, 'f32')).toEqual(['tile', 'quads', 'strips'])
    expect(normsCandidates(SUBGROUPS)).toEqual(['tile', 'quads'])
  })

  it('share them by eight only where every subgroup has as many lanes', () => {
    expect(linearCandidates(SUBGROUPS, 'f32', 4)).not.toContain('octs')
    expect(attentionCandidates(SUBGROUPS, 'f32', 4)).not.toContain('octs')
    expect(linearCandidates(SUBGROUPS, 'f32', 8)).toContain('octs')
    expect(attentionCandidates(SUBGROUPS, 'f32', 8)).toContain('octs')
    expect(defaultVariants('llvmpipe', SUBGROUPS, 8)).toMatchObject({
      linear: 'octs',
      attention: 'octs',
      convolution: 'quads',
    })
    expect(defaultVariants('SwiftShader', SUBGROUPS, 4)).toMatchObject({
      linear: 'quads',
      attention: 'quads',
      convolution: 'strips',
    })
  })

  it('use matrix units only in f16', () => {
    const features = new Set([MATRIX_UNITS])
    expect(linearCandidates(features, 'f16')).toEqual(['64', '128', '64_f16', '128_f16', 'matrix'])
    expect(attentionCandidates(features, 'f16')).toEqual(['tile', 'tile_f16', 'matrix'])
    expect(convolutionCandidates(features, 'f16')).toEqual(['tile', 'tile_f16', 'matrix'])
    expect(linearCandidates(features, 'f32')).not.toContain('matrix')
  })

  it('have their products in a file', () => {
    expect(sharedShaders()).toEqual(expect.arrayContaining([productsOf('tile'), productsOf('tile_f16')]))
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

import { describe, expect, it } from 'vitest'
import { sharedShaders } from '../../../src/gpu/shader-source'
import { attentionCandidates, convolutionCandidates, normsCandidates, productsOf } from '../../../src/gpu/variants'

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

  it('have their products in a file', () => {
    expect(sharedShaders()).toEqual(expect.arrayContaining([productsOf('tile'), productsOf('tile_f16')]))
  })
})

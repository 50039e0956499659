import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../../src/cli/synthesize/formula'
import { srvggShapes } from '../../../src/cli/synthesize/shapes'
import { asWan, modelsOf } from '../../../src/engine/model/key-maps'
import { srvggConfigOf } from '../../../src/models/srvgg/keys'
import { WeightsError } from '../../../src/weights/error'
import type { WeightFile } from '../../../src/weights/weight-file'

type Shapes = Map<string, readonly number[]>

function fileOf(
  config: Parameters<typeof srvggShapes>[0],
  prefix = '',
  change = (s: Shapes) => s,
): WeightFile {
  const shapes = new Map(Array.from(change(srvggShapes(config)), ([name, shape]) => [prefix + name, shape]))
  return formulaFile('upscaler.pth', shapes, '')
}

describe.each([
  ['realesr-animevideov3', { features: 64, convs: 18, factor: 4 }],
  ['realesr-general-x4v3', { features: 64, convs: 34, factor: 4 }],
  ['one of another size', { features: 24, convs: 3, factor: 2 }],
] as const)('%s', (_, config) => {
  it.each(['', 'params.', 'params_ema.'])('is recognised by its tensors, named from "%s" on', (prefix) => {
    const file = fileOf(config, prefix)
    expect(modelsOf(file)).toEqual(['upscaler'])
    const { file: own, unexpected, dropped } = asWan(file, 'upscaler')
    expect([unexpected, dropped]).toEqual([[], []])
    expect(srvggConfigOf(own)).toEqual(config)
  })
})

describe('other networks', () => {
  const config = { features: 16, convs: 4, factor: 4 }

  it('are refused where a layer is missing', () => {
    const file = fileOf(config, '', (shapes) => {
      shapes.delete('body.3.weight')
      return shapes
    })
    expect(() => asWan(file)).toThrow('holds a compact upscaler (SRVGG) in original names and lacks 1 of its')
  })

  it.each([
    ['grey pictures', 'body.0.weight', [16, 1, 3, 3]],
    ['pictures of other places', 'body.6.weight', [20, 16, 3, 3]],
    ['layers that do not follow', 'body.6.weight', [48, 12, 3, 3]],
  ])('for %s are refused', (_, name, shape) => {
    const file = fileOf(config, '', (shapes) => shapes.set(name, shape))
    expect(() => srvggConfigOf(file)).toThrow(WeightsError)
    expect(() => srvggConfigOf(file)).toThrow('a compact upscaler (SRVGG) goes from 3 to 12, 27 or 48')
  })
})

import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../../src/cli/synthesize/formula'
import { vae22Shapes } from '../../../src/cli/synthesize/vae22-shapes'
import { asWan } from '../../../src/engine/model/key-maps'
import { WAN22_VAE, type Vae22Config } from '../../../src/models/wan22-vae/config'
import { isVae22, vae22ConfigOf } from '../../../src/models/wan22-vae/config-of'
import { vaeShapes } from '../../../src/cli/synthesize/shapes'
import { WAN_VAE } from '../../../src/models/wan-vae/config'
import { elementCount } from '../../../src/weights/weight-file'

const SMALL: Vae22Config = { ...WAN22_VAE, dim: 8, decoderDim: 12, numResBlocks: 1 }
const OTHER: Vae22Config = {
  ...WAN22_VAE,
  dim: 16,
  decoderDim: 8,
  dimMult: [1, 3, 2],
  temporalDownsample: [true, false],
}

describe("the numbers of Wan 2.2's VAE", () => {
  it.each([
    ['the published one', WAN22_VAE],
    ['a small one', SMALL],
    ['one of other levels', OTHER],
  ])('of %s are in the shapes of its tensors', (_, config) => {
    const file = asWan(formulaFile('vae', vae22Shapes(config), '')).file
    expect(isVae22(file)).toBe(true)
    expect(vae22ConfigOf(file)).toEqual(config)
  })

  it('make the parameters that the published one has', () => {
    const shapes = [...vae22Shapes(WAN22_VAE).values()]
    expect(shapes.reduce((sum, shape) => sum + elementCount(shape), 0)).toBe(704_688_668)
  })

  it('are no numbers of the VAE of Wan 2.1', () => {
    expect(isVae22(asWan(formulaFile('vae', vaeShapes({ ...WAN_VAE, dim: 8 }), '')).file)).toBe(false)
  })

  it('are refused with other latents', () => {
    const file = asWan(formulaFile('vae.safetensors', vae22Shapes({ ...SMALL, zDim: 16 }), '')).file
    expect(() => vae22ConfigOf(file)).toThrow(
      /^vae.safetensors has latents of 16 channels, and Wan 2\.2's VAE has 48\. Choose /,
    )
  })
})

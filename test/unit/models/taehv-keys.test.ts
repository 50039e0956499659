import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../../src/cli/synthesize/formula'
import { ditShapes, taehvShapes, umt5Shapes, vaeShapes } from '../../../src/cli/synthesize/shapes'
import { asWan, modelsOf } from '../../../src/engine/model/key-maps'
import { openModel, type ModelFiles } from '../../../src/engine/model/open'
import { findParts } from '../../../src/engine/model/parts'
import { tinyDecoderOf } from '../../../src/engine/model/companions'
import type { TaehvConfig } from '../../../src/models/taehv/config'
import { taehvConfigOf } from '../../../src/models/taehv/keys'
import { WeightsError } from '../../../src/weights/error'
import type { ModelFolder } from '../../../src/weights/sources/model-folder'
import type { WeightFile } from '../../../src/weights/weight-file'
import { asSafetensors, hollowSafetensors, SHAPES, TINY, tokenizerJson } from '../../support/raw-model'

const ENCODER = { channels: 64, timeDownscale: [2, 2, 1] } as const
const PUBLISHED: Readonly<Record<string, TaehvConfig>> = {
  taew2_1: {
    variant: 'base',
    latentChannels: 16,
    patch: 1,
    channels: [256, 128, 64, 64],
    timeUpscale: [1, 2, 2],
    encoder: ENCODER,
  },
  taew2_2: {
    variant: 'base',
    latentChannels: 48,
    patch: 2,
    channels: [256, 128, 64, 64],
    timeUpscale: [1, 2, 2],
    encoder: ENCODER,
  },
  taew2_2_super: {
    variant: 'super',
    latentChannels: 48,
    patch: 2,
    channels: [512, 256, 128, 64],
    timeUpscale: [1, 2, 2],
    encoder: ENCODER,
  },
}
const WAN_21 = { channels: 16, stride: { frames: 4, height: 8, width: 8 } }
const WAN_22 = { channels: 48, stride: { frames: 4, height: 16, width: 16 } }

const fileOf = (
  config: TaehvConfig,
  change = (shapes: Map<string, readonly number[]>) => shapes,
): WeightFile => formulaFile('tiny.safetensors', change(taehvShapes(config)), '')

describe.each(Object.entries(PUBLISHED))('%s', (name, config) => {
  it('is recognised by its tensors, and gives its numbers', () => {
    const file = fileOf(config)
    expect(modelsOf(file)).toEqual(['tinyDecoder'])
    const wan = asWan(file)
    expect(wan.layout).toEqual({ model: 'tinyDecoder', naming: 'original', prefix: '' })
    expect([...wan.file.tensors.keys()].sort()).toEqual([...file.tensors.keys()].sort())
    expect([wan.dropped, wan.unexpected]).toEqual([[], []])
    expect(taehvConfigOf(wan.file)).toEqual(config)
  })

  it('is one for its own model only', () => {
    const [own, other] = name === 'taew2_1' ? [WAN_21, WAN_22] : [WAN_22, WAN_21]
    expect(tinyDecoderOf(fileOf(config), `m/${name}.pth`, own)).toEqual({
      config,
      takesAutoencoderLatents: false,
    })
    expect(() => tinyDecoderOf(fileOf(config), `${name}.pth`, other)).toThrow(
      `${name}.pth decodes latents of ${config.latentChannels} channels`,
    )
  })

  it('may come without its encoder, and must be whole', () => {
    const { encoder, ...decoder } = config
    expect(encoder).toBeDefined()
    const alone = fileOf(decoder)
    expect(taehvConfigOf(asWan(alone).file)).toEqual(decoder)
    const lacking = fileOf(decoder, (shapes) => {
      const copy = new Map(shapes)
      copy.delete('decoder.7.conv.weight')
      return copy
    })
    expect(() => asWan(lacking)).toThrow(
      'tiny.safetensors holds a tiny autoencoder (TAEHV) in original names and lacks 1 of its',
    )
  })
})

describe('other tiny autoencoders', () => {
  it.each([
    ['taehv.pth', 'Hunyuan Video'],
    ['vae_approx/taecvx.safetensors', 'CogVideoX'],
    ['taeos1_3.pth', 'Open-Sora 1.3'],
  ])('of the same shapes are refused by name: %s', (path, model) => {
    expect(() => tinyDecoderOf(fileOf(PUBLISHED['taew2_1']!), path, WAN_21)).toThrow(
      `is the tiny decoder of ${model}`,
    )
  })

  it('that take the latents of the VAE are recognised by name', () => {
    const file = fileOf(PUBLISHED['taew2_1']!)
    expect(tinyDecoderOf(file, 'a/lighttaew2_1.safetensors', WAN_21).takesAutoencoderLatents).toBe(true)
    expect(tinyDecoderOf(file, 'lighttae/taew2_1.pth', WAN_21).takesAutoencoderLatents).toBe(false)
  })

  it.each([
    ['taehv1_5', { latentChannels: 32, patch: 2 }],
    ['taeh3', { latentChannels: 24 }],
    ['taeltx', { latentChannels: 128, patch: 4 }],
  ])('of other latents are refused: %s', (name, other) => {
    const config = { ...PUBLISHED['taew2_1']!, ...other }
    expect(() => tinyDecoderOf(fileOf(config), `${name}.pth`, WAN_21)).toThrow(WeightsError)
    expect(() => tinyDecoderOf(fileOf(config), `${name}.pth`, WAN_22)).toThrow(
      `latents of ${config.latentChannels} channels`,
    )
  })

  it('with broken shapes are refused in a sentence', () => {
    const odd = (name: string, shape: readonly number[]) =>
      fileOf(PUBLISHED['taew2_1']!, (shapes) => new Map(shapes).set(name, shape))
    expect(() => taehvConfigOf(odd('decoder.22.weight', [7, 64, 3, 3]))).toThrow('gives 7 numbers a place')
    expect(() => taehvConfigOf(odd('decoder.13.conv.weight', [200, 128, 1, 1]))).toThrow('is 200 × 128')
    expect(() => taehvConfigOf(odd('decoder.1.weight', [3]))).toThrow('has no tensor decoder.1.weight')
  })
})

describe('a folder', () => {
  const sources = [
    hollowSafetensors('dit.safetensors', ditShapes(TINY.dit)),
    hollowSafetensors('umt5.safetensors', umt5Shapes(TINY.textEncoder)),
    hollowSafetensors('vae.safetensors', vaeShapes(TINY.vae)),
    hollowSafetensors('taew2_1.safetensors', taehvShapes(PUBLISHED['taew2_1']!)),
  ]
  const folderOf = (count: number): ModelFolder => ({
    title: 'The folder',
    files: new Map(sources.slice(0, count).map(({ name, size }) => [name, size])),
    open: async (path) => sources.find(({ name }) => name === path)!,
  })

  it('may have a tiny decoder beside the VAE', async () => {
    expect((await findParts(folderOf(4))).tinyDecoder?.path).toBe('taew2_1.safetensors')
    expect((await findParts(folderOf(3))).tinyDecoder).toBeUndefined()
  })

  const open = (name: string, config: TaehvConfig): Promise<ModelFiles> => {
    const files = {
      'dit.safetensors': asSafetensors(SHAPES.dit),
      'umt5.safetensors': asSafetensors(SHAPES.textEncoder),
      'vae.safetensors': asSafetensors(SHAPES.vae),
      'tokenizer.json': tokenizerJson(),
      [name]: asSafetensors(taehvShapes(config)),
    }
    return openModel({
      kind: 'files',
      files: Object.entries(files).map(([path, bytes]) => ({ name: path, file: new Blob([bytes]) })),
    })
  }
  const SMALL: TaehvConfig = {
    variant: 'base',
    latentChannels: 16,
    patch: 1,
    channels: [8, 8, 8, 8],
    timeUpscale: [1, 2, 2],
  }

  it('with one is a model with one', async () => {
    const { networks, weights, notes } = await open('taew2_1.safetensors', SMALL)
    expect(networks.openTinyDecoder).toBeTypeOf('function')
    expect(weights['tinyDecoder']?.tensors.has('decoder.22.weight')).toBe(true)
    expect(notes).toEqual([])
  })

  it('with one for other latents is a model without, and says so', async () => {
    for (const [name, config] of [
      ['taehv.safetensors', SMALL],
      ['taew2_2.safetensors', { ...SMALL, latentChannels: 48, patch: 2 }],
    ] as const) {
      const { networks, weights, notes } = await open(name, config)
      expect(networks.openTinyDecoder).toBeUndefined()
      expect(weights['tinyDecoder']).toBeUndefined()
      expect(notes).toEqual([expect.stringContaining(`Left out: ${name} `)])
    }
  })

  it('needs the models themselves', async () => {
    const lonely = { ...folderOf(4), files: new Map([[sources[3]!.name, sources[3]!.size]]) }
    await expect(findParts(lonely)).rejects.toThrow("The folder holds none of Wan's models")
  })
})

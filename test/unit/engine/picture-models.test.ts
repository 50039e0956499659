// Models that take pictures, from the files that people have: recognised by their tensors in every layout, and refused
// in a sentence.
import { describe, expect, it } from 'vitest'
import { clipVisionShapes } from '../../../src/cli/synthesize/clip-shapes'
import { formulaTensor } from '../../../src/cli/synthesize/formula'
import { imageDitShapes } from '../../../src/cli/synthesize/image-shapes'
import { ditShapes } from '../../../src/cli/synthesize/shapes'
import { expertsOf } from '../../../src/engine/model/experts'
import type { ModelFiles } from '../../../src/engine/model/opened'
import { openRaw } from '../../../src/engine/model/raw'
import { CLIP_VIT_H } from '../../../src/models/clip-vision/config'
import { toDiffusersNames } from '../../../src/models/wan-dit/diffusers-names'
import { readTensor } from '../../../src/weights/matrix'
import { bufferSource, type ByteSource } from '../../../src/weights/sources/byte-source'
import {
  asGguf,
  asSafetensors,
  comfyTextEncoder,
  hollowSafetensors,
  SHAPES,
  TI2V_SHAPES,
  TINY,
} from '../../support/raw-model'

const IMAGE = { imageDim: CLIP_VIT_H.dim }
const DIT = { ...TINY.dit, inDim: 36 }
const WITH_CLIP = imageDitShapes(DIT, IMAGE)
const FLF = imageDitShapes(DIT, { ...IMAGE, imagePositions: 514 })
const WITHOUT_CLIP = ditShapes(DIT)
const text = comfyTextEncoder()
const vae = asSafetensors(SHAPES.vae)
const clip = (name = 'clip_vision_h.safetensors'): ByteSource =>
  hollowSafetensors(name, clipVisionShapes(CLIP_VIT_H))

type Files = Readonly<Record<string, Uint8Array<ArrayBuffer>>>

function open(files: Files, ...more: readonly ByteSource[]): Promise<ModelFiles> {
  const given = { 'umt5.safetensors': text, 'vae.safetensors': vae, ...files }
  const sources = [...Object.entries(given).map(([name, bytes]) => bufferSource(name, bytes)), ...more]
  return openRaw({
    title: 'The folder',
    files: new Map(sources.map(({ name, size }) => [name, size])),
    open: async (path) => sources.find(({ name }) => name === path)!,
  })
}

describe('a transformer that looks at a picture', () => {
  it.each([
    ["in Wan's own names", asSafetensors(WITH_CLIP)],
    ['in the files of ComfyUI', asSafetensors(WITH_CLIP, (name) => `model.diffusion_model.${name}`)],
    ["in diffusers' names", asSafetensors(WITH_CLIP, toDiffusersNames)],
    ['in GGUF', asGguf(WITH_CLIP, 'Q8_0')],
  ])('%s is a model of first and last pictures, with CLIP', async (_, bytes) => {
    const { manifest, networks, weights, notes } = await open({ 'wan-dit': bytes }, clip())
    expect(manifest).toMatchObject({
      family: 'wan2.1-i2v',
      id: 'wan-2x128',
      defaults: { shift: 3, guidanceScale: 6 },
    })
    expect(manifest.files.map(({ role }) => role)).toEqual(['textEncoder', 'dit', 'vae', 'clip'])
    expect(networks.pictures).toEqual({
      as: 'channels',
      fit: 'stretch',
      takesLast: true,
      isNeeded: false,
      features: { side: 224, count: 257, width: 1280, pictures: 1 },
    })
    expect(notes).toEqual([])
    const [name, shape] = ['img_emb.proj.3.weight', [128, 1280]] as const
    const [found, exact] = [await readTensor(weights['dit']!, name, shape), formulaTensor(name, shape, '')]
    const worst = found.reduce((most, value, i) => Math.max(most, Math.abs(value - exact[i]!)), 0)
    expect(worst).toBeLessThan(1e-3) // half a step of Q8_0
  })

  it('with positions for the features needs both pictures', async () => {
    const { networks } = await open({ 'dit.safetensors': asSafetensors(FLF) }, clip())
    expect(networks.pictures).toMatchObject({
      takesLast: true,
      isNeeded: true,
      features: { pictures: 2 },
    })
  })

  it.each([
    [
      'without CLIP',
      [],
      'dit.safetensors looks at a picture with CLIP, which is missing: put clip_vision_h.safetensors beside it.',
    ],
    [
      'with two of them',
      [clip('a.safetensors'), clip('b.safetensors')],
      "The folder holds CLIP's vision transformer 2 times: a.safetensors and b.safetensors.",
    ],
    [
      'with a smaller one',
      [hollowSafetensors('small.safetensors', clipVisionShapes({ ...CLIP_VIT_H, numLayers: 24 }))],
      'small.safetensors is a CLIP of 24 layers of width 1280 and patches of 14; Wan needs ViT-H/14',
    ],
  ])('%s is refused', async (_, beside, sentence) => {
    await expect(open({ 'dit.safetensors': asSafetensors(WITH_CLIP) }, ...beside)).rejects.toThrow(sentence)
  })

  it('beside the VAE of another model is refused by the names of both', async () => {
    const files = {
      'dit.safetensors': asSafetensors(WITH_CLIP),
      'vae.safetensors': asSafetensors(TI2V_SHAPES.vae),
    }
    await expect(open(files, clip())).rejects.toThrow(
      "dit.safetensors makes latents of 16 channels, and vae.safetensors is Wan 2.2's VAE, which reads 48: they do not belong together.",
    )
  })

  it('of text alone takes no notice of a CLIP beside it', async () => {
    const alone = await open({ 'dit.safetensors': asSafetensors(SHAPES.dit) })
    const beside = await open({ 'dit.safetensors': asSafetensors(SHAPES.dit) }, clip())
    expect(beside.manifest).toEqual(alone.manifest)
    expect(beside.networks.pictures).toBeUndefined()
  })
})

describe('two transformers', () => {
  const PAIRS = [
    ['wan2.2_i2v_high_noise_14B_fp16.safetensors', 'wan2.2_i2v_low_noise_14B_fp16.safetensors'],
    ['HighNoise/Wan2.2-I2V-A14B-HighNoise-Q4_K_M.gguf', 'LowNoise/Wan2.2-I2V-A14B-LowNoise-Q4_K_M.gguf'],
    ['Wan2_2-I2V-A14B-HIGH_fp8.safetensors', 'Wan2_2-I2V-A14B-LOW_fp8.safetensors'],
    [
      'high_noise_model/diffusion_pytorch_model.safetensors.index.json',
      'low_noise_model/diffusion_pytorch_model.safetensors.index.json',
    ],
    ['transformer/diffusion_pytorch_model.safetensors', 'transformer_2/diffusion_pytorch_model.safetensors'],
  ] as const

  it.each(PAIRS)('are the two experts by their names: %s', (high, low) => {
    const experts = { high: { path: high }, low: { path: low } }
    expect(expertsOf([experts.low, experts.high])).toEqual(experts)
    expect(expertsOf([experts.high])).toBeUndefined()
    expect(expertsOf([experts.high, experts.high])).toBeUndefined()
    expect(expertsOf([experts.low, experts.high, { path: 'other' }])).toBeUndefined()
  })

  it.each([
    ['a', 'b'],
    ['highres.gguf', 'slow.gguf'],
  ])('of other names are not: %s, %s', (one, other) => {
    expect(expertsOf([{ path: one }, { path: other }])).toBeUndefined()
  })

  it('become one model of pictures', async () => {
    const half = asSafetensors(WITHOUT_CLIP)
    const { manifest, networks } = await open({ 'i2v_high_noise.sft': half, 'i2v_low_noise.sft': half })
    expect(manifest).toMatchObject({
      family: 'wan2.2-a14b',
      defaults: { guidanceScale: 3.5, guidanceScale2: 3.5, numInferenceSteps: 40, shift: 5 },
    })
    expect(manifest.files.map(({ role, path }) => [role, path])).toEqual([
      ['textEncoder', 'umt5.safetensors'],
      ['dit', 'i2v_high_noise.sft'],
      ['vae', 'vae.safetensors'],
      ['ditLow', 'i2v_low_noise.sft'],
    ])
    expect(networks).toMatchObject({
      boundary: 900,
      pictures: { as: 'channels', takesLast: true, isNeeded: true },
    })
  })

  it('become one model of text', async () => {
    const half = asGguf(SHAPES.dit, 'Q8_0')
    const { manifest, networks } = await open({ 'HighNoise.gguf': half, 'LowNoise.gguf': half })
    expect(manifest).toMatchObject({
      family: 'wan2.2-a14b',
      defaults: { guidanceScale: 4, guidanceScale2: 3, shift: 12 },
    })
    expect(networks.boundary).toBe(875)
    expect(networks.pictures).toBeUndefined()
  })

  it('of different sizes are refused', async () => {
    const files = {
      'high.sft': asSafetensors(SHAPES.dit),
      'low.sft': asSafetensors(ditShapes({ ...TINY.dit, ffnDim: 128 })),
    }
    await expect(open(files)).rejects.toThrow(
      'high.sft and low.sft are transformers of different sizes: they are not the two halves of one model.',
    )
  })
})

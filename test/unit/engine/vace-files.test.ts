// VACE in the files that people have: a whole model, or a module beside text to video.
import { describe, expect, it } from 'vitest'
import { toDiffusersNames } from '../../../src/models/wan-dit/diffusers-names'
import { ditShapes } from '../../../src/cli/synthesize/shapes'
import { checkWeights } from '../../../src/engine/memory/dry-run'
import { openModel, type ModelFiles } from '../../../src/engine/model/open'
import {
  asGguf,
  asSafetensors,
  comfyTextEncoder,
  SHAPES,
  TINY,
  TINY_VACE,
  VACE_SHAPES,
} from '../../support/raw-model'

type Named = Readonly<Record<string, Uint8Array<ArrayBuffer>>>
const BESIDE: Named = { 'umt5.safetensors': comfyTextEncoder(), 'vae.safetensors': asSafetensors(SHAPES.vae) }

const open = (files: Named): Promise<ModelFiles> =>
  openModel({
    kind: 'files',
    files: Object.entries({ ...files, ...BESIDE }).map(([name, bytes]) => ({
      name,
      file: new Blob([bytes]),
    })),
  })

const module = new Map([...VACE_SHAPES].filter(([name]) => name.startsWith('vace_')))
const t2v = asSafetensors(SHAPES.dit)

describe('a VACE model', () => {
  it.each<[string, Named]>([
    ['in original names', { 'dit.safetensors': asSafetensors(VACE_SHAPES) }],
    [
      'in ComfyUI names',
      { 'dit.safetensors': asSafetensors(VACE_SHAPES, (name) => `model.diffusion_model.${name}`) },
    ],
    ['in diffusers names', { 'dit.safetensors': asSafetensors(VACE_SHAPES, toDiffusersNames) }],
    ['as GGUF', { 'dit.gguf': asGguf(VACE_SHAPES, 'Q8_0') }],
    [
      'as a module beside text to video',
      { 't2v.safetensors': t2v, 'module.safetensors': asSafetensors(module) },
    ],
    [
      'as a module in diffusers names',
      {
        't2v.safetensors': t2v,
        'module.safetensors': asSafetensors(module, (name) => `transformer.${toDiffusersNames(name)}`),
      },
    ],
    [
      'as a module beside a GGUF',
      { 't2v.gguf': asGguf(SHAPES.dit, 'Q8_0'), 'module.safetensors': asSafetensors(module) },
    ],
  ])('is recognised %s', async (_what, files) => {
    const model = await open(files)
    expect(model.manifest).toMatchObject({
      family: 'wan2.1-vace',
      name: `Wan of 2 layers, ${TINY.dit.dim} wide`,
      defaults: { shift: 16, numInferenceSteps: 50 },
    })
    expect(model.networks.encodeControl).toBeDefined()
    expect(model.notes ?? []).toEqual([])
    expect(model.manifest.files.map(({ path }) => path).sort()).toEqual(
      [...Object.keys(files), ...Object.keys(BESIDE)].sort(),
    )
    await checkWeights(model)
  })

  it('without its blocks is text to video', async () => {
    const { manifest, networks } = await open({ 't2v.safetensors': t2v })
    expect(manifest.family).toBe('wan2.1')
    expect(networks.encodeControl).toBeUndefined()
  })

  it.each<[string, Named, string]>([
    [
      'a module alone',
      { 'module.safetensors': asSafetensors(module) },
      "a VACE module (module.safetensors); Wan's video transformer",
    ],
    [
      'a module beside a whole VACE',
      { 'vace.safetensors': asSafetensors(VACE_SHAPES), 'module.safetensors': asSafetensors(module) },
      'vace.safetensors is a VACE model already, and module.safetensors is a VACE module: one of them is too many.',
    ],
    [
      'a module of another size',
      {
        't2v.safetensors': asSafetensors(ditShapes({ ...TINY.dit, dim: 256, numHeads: 2 })),
        'module.safetensors': asSafetensors(module),
      },
      'module.safetensors is a VACE module for a model 128 wide, and t2v.safetensors is 256 wide.',
    ],
    [
      'side blocks that do not divide the others',
      {
        'dit.safetensors': asSafetensors(
          ditShapes({ ...TINY_VACE.dit, numLayers: 3, vace: { layers: [0, 2], inDim: 96 } }),
        ),
      },
      'dit.safetensors has 2 VACE blocks for 3 blocks, which they do not divide evenly.',
    ],
  ])('%s is refused', async (_what, files, sentence) => {
    await expect(open(files)).rejects.toThrow(sentence)
  })
})

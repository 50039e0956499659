import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bufferSource } from '../../../src/weights/sources/byte-source'
import { WeightsError } from '../../../src/weights/error'
import { asWan, detectLayout, type Layout } from '../../../src/engine/model/key-maps'
import { readTensor } from '../../../src/weights/matrix'
import { readLinear } from '../../support/read-linear'
import { openSafetensors, writeSafetensors } from '../../../src/weights/formats/safetensors'
import { elementCount, weightFile, type TensorEntry, type WeightFile } from '../../../src/weights/weight-file'

type Keys = Readonly<Record<string, readonly [name: string, shape: readonly number[]]>>
const fixture = JSON.parse(readFileSync(`${import.meta.dirname}/../../fixtures/wan-keys.json`, 'utf8')) as {
  dit: Keys
  vae: Keys
  vae22: Keys
  image: Keys
  textEncoder: Readonly<Record<string, string>>
}

/** Name → shape; a tensor's elements are all the number of its place in `names`. */
type Names = readonly (readonly [name: string, shape: readonly number[]])[]

function fileOf(names: Names): WeightFile {
  const numbers = new Map(names.map(([name], i) => [name, i]))
  const tensors = new Map(
    names.map(([name, shape]) => [
      name,
      { name, dtype: 'F32', shape, offset: 0, byteLength: 4 * elementCount(shape) } satisfies TensorEntry,
    ]),
  )
  return weightFile(
    'model',
    {},
    tensors,
    async ({ name }, _, length) =>
      new Uint8Array(new Float32Array(length / 4).fill(numbers.get(name)!).buffer),
  )
}

const dit: Names = Object.entries(fixture.dit).map(([name, [, shape]]) => [name, shape])
const ditDiffusers: Names = Object.values(fixture.dit)
const vae: Names = Object.entries(fixture.vae).map(([name, [, shape]]) => [name, shape])
const vaeDiffusers: Names = Object.values(fixture.vae)
const image: Names = Object.entries(fixture.image).map(([name, [, shape]]) => [name, shape])
const imageDiffusers: Names = Object.values(fixture.image)
const vae22: Names = Object.entries(fixture.vae22).map(([name, [, shape]]) => [name, shape])
const vae22Diffusers: Names = Object.values(fixture.vae22)
const [D, HEADS, BUCKETS, VOCAB] = [8, 2, 4, 16]

/** Hugging Face name → Wan's: the table of the official repository, by hand. */
const TEXT: readonly (readonly [part: string, own: string])[] = [
  ['layer.0.SelfAttention.q', 'attn.q'],
  ['layer.0.SelfAttention.k', 'attn.k'],
  ['layer.0.SelfAttention.v', 'attn.v'],
  ['layer.0.SelfAttention.o', 'attn.o'],
  ['layer.0.SelfAttention.relative_attention_bias', 'pos_embedding.embedding'],
  ['layer.0.layer_norm', 'norm1'],
  ['layer.1.layer_norm', 'norm2'],
  ['layer.1.DenseReluDense.wi_0', 'ffn.gate.0'],
  ['layer.1.DenseReluDense.wi_1', 'ffn.fc1'],
  ['layer.1.DenseReluDense.wo', 'ffn.fc2'],
]
const textShape = (own: string) =>
  own === 'pos_embedding.embedding' ? [BUCKETS, HEADS] : own.startsWith('norm') ? [D] : [D, D]
const textHuggingFace: Names = [
  ['shared.weight', [VOCAB, D]],
  ['encoder.final_layer_norm.weight', [D]],
  ...[0, 1].flatMap((i) =>
    TEXT.map(([part, own]) => [`encoder.block.${i}.${part}.weight`, textShape(own)] as const),
  ),
]
const text: Names = [
  ['token_embedding.weight', [VOCAB, D]],
  ['norm.weight', [D]],
  ...[0, 1].flatMap((i) => TEXT.map(([, own]) => [`blocks.${i}.${own}.weight`, textShape(own)] as const)),
]
const textLlama: Names = textHuggingFace.map(([name, shape]) => [fixture.textEncoder[name]!, shape])
const prefixed = (prefix: string, names: Names): Names => names.map(([name, shape]) => [prefix + name, shape])
const renamed = (names: Names, from: RegExp, to: string): Names =>
  names.map(([name, shape]) => [name.replace(from, to), shape])
const reshaped = (
  names: Names,
  pattern: RegExp,
  change: (shape: readonly number[]) => readonly number[],
): Names => names.map(([name, shape]) => [name, pattern.test(name) ? change(shape) : shape])

/** The channels that come out and go in as one, as formats have them that know four dimensions. */
const fourDimensions = (shape: readonly number[]): readonly number[] =>
  shape.length === 5 ? [shape[0]! * shape[1]!, ...shape.slice(2)] : shape

const layouts: readonly (readonly [what: string, names: Names, original: Names, layout: Layout])[] = [
  ['the original DiT', dit, dit, { model: 'dit', naming: 'original', prefix: '' }],
  [
    'the DiT of ComfyUI',
    prefixed('model.diffusion_model.', dit),
    dit,
    { model: 'dit', naming: 'original', prefix: 'model.diffusion_model.' },
  ],
  ['the DiT of diffusers', ditDiffusers, dit, { model: 'dit', naming: 'diffusers', prefix: '' }],
  [
    'the DiT of GGUF without leading ones',
    reshaped(dit, /modulation$/, (shape) => shape.slice(1)),
    dit,
    { model: 'dit', naming: 'original', prefix: '' },
  ],
  [
    'the DiT with its patches merged to four dimensions',
    reshaped(dit, /^patch_embedding.weight/, ([a = 0, b = 0, ...rest]) => [a * b, ...rest]),
    dit,
    { model: 'dit', naming: 'original', prefix: '' },
  ],
  [
    'rCM, with a linear patch embedding',
    prefixed(
      'net.',
      reshaped(dit, /^patch_embedding.weight/, ([rows = 0, ...rest]) => [rows, elementCount(rest)]),
    ),
    dit,
    { model: 'dit', naming: 'original', prefix: 'net.' },
  ],
  [
    'Self-Forcing',
    prefixed('generator.model.', dit),
    dit,
    { model: 'dit', naming: 'original', prefix: 'generator.model.' },
  ],
  [
    'a wrapped DiT',
    renamed(prefixed('model.', dit), /(blocks\.\d+)\./, '$1._fsdp_wrapped_module.'),
    dit,
    { model: 'dit', naming: 'original', prefix: 'model.' },
  ],
  ['the original umT5', text, text, { model: 'textEncoder', naming: 'original', prefix: '' }],
  [
    'umT5 of Hugging Face',
    textHuggingFace,
    text,
    { model: 'textEncoder', naming: 'transformers', prefix: '' },
  ],
  [
    'umT5 without the shared name',
    renamed(textHuggingFace, /^shared/, 'encoder.embed_tokens'),
    text,
    { model: 'textEncoder', naming: 'transformers', prefix: '' },
  ],
  ['umT5 of GGUF', textLlama, text, { model: 'textEncoder', naming: 'llama.cpp', prefix: '' }],
  [
    'umT5 within a larger file',
    prefixed('text_encoders.umt5xxl.transformer.', textHuggingFace),
    text,
    { model: 'textEncoder', naming: 'transformers', prefix: 'text_encoders.umt5xxl.transformer.' },
  ],
  ['the original VAE', vae, vae, { model: 'vae', naming: 'original', prefix: '' }],
  ['the VAE of diffusers', vaeDiffusers, vae, { model: 'vae', naming: 'diffusers', prefix: '' }],
  [
    'the decoder alone',
    vae.filter(([name]) => !/^encoder|^conv1/.test(name)),
    vae.filter(([name]) => !/^encoder|^conv1/.test(name)),
    { model: 'vae', naming: 'original', prefix: '' },
  ],
  ['the original VAE of Wan 2.2', vae22, vae22, { model: 'vae', naming: 'original', prefix: '' }],
  [
    'a DiT for pictures of diffusers',
    [...ditDiffusers, ...imageDiffusers],
    [...dit, ...image],
    { model: 'dit', naming: 'diffusers', prefix: '' },
  ],
  [
    'a DiT for pictures as GGUF',
    [...dit, ...reshaped(image, /emb_pos$/, (shape) => shape.slice(1))],
    [...dit, ...image],
    { model: 'dit', naming: 'original', prefix: '' },
  ],
  [
    'the VAE of Wan 2.2 of diffusers',
    vae22Diffusers,
    vae22,
    { model: 'vae', naming: 'diffusers', prefix: '' },
  ],
  [
    'the VAE of Wan 2.2 as GGUF, of four dimensions at most',
    vae22.map(([name, shape]) => [name, name.endsWith('gamma') ? shape.slice(0, 1) : fourDimensions(shape)]),
    vae22,
    { model: 'vae', naming: 'original', prefix: '' },
  ],
  [
    "the decoder of Wan 2.2's VAE alone",
    prefixed(
      'vae.',
      vae22.filter(([name]) => !/^encoder|^conv1/.test(name)),
    ),
    vae22.filter(([name]) => !/^encoder|^conv1/.test(name)),
    { model: 'vae', naming: 'original', prefix: 'vae.' },
  ],
]

describe('asWan', () => {
  it.each(layouts)('gives %s under the original names and shapes', async (_, names, original, layout) => {
    const file = fileOf(names)
    expect(detectLayout(file)).toEqual(layout)
    const found = asWan(file)
    expect(found).toMatchObject({ layout, dropped: [], unexpected: [] })
    expect(Object.fromEntries(Array.from(found.file.tensors, ([name, { shape }]) => [name, shape]))).toEqual(
      Object.fromEntries(original),
    )
    for (const [i, [name, shape]] of original.entries())
      expect((await readTensor(found.file, name, shape))[0], name).toBe(i)
  })

  it('swaps the norms of diffusers', async () => {
    const { file } = asWan(fileOf(ditDiffusers))
    const place = ditDiffusers.findIndex(([name]) => name === 'blocks.1.norm2.bias')
    expect((await file.floats('blocks.1.norm3.bias'))[0]).toBe(place)
    expect(file.tensors.has('blocks.1.norm2.bias')).toBe(false)
  })

  it('takes the averaged weights where there are both, and says what it left out', async () => {
    const both = [...prefixed('generator.model.', dit), ...prefixed('generator_ema.model.', dit)]
    const found = asWan(fileOf(both))
    expect(found.layout.prefix).toBe('generator_ema.model.')
    expect(found.dropped).toEqual(prefixed('generator.model.', dit).map(([name]) => name))
    expect((await found.file.floats(dit[0]![0]))[0]).toBe(dit.length)
  })

  it("drops FastWan's gate and a second embedding, keeps the tokenizer, lists what it does not know", () => {
    const fast = asWan(
      fileOf([
        ...ditDiffusers,
        ['blocks.0.to_gate_compress.weight', [2, 2]],
        ['blocks.0.to_gate_compress.bias', [2]],
        ['blocks.0.novelty', [1]],
      ]),
    )
    expect(fast.dropped).toEqual(['blocks.0.to_gate_compress.weight', 'blocks.0.to_gate_compress.bias'])
    expect(fast.unexpected).toEqual(['blocks.0.novelty'])
    expect(fast.file.tensors.size).toBe(dit.length)
    const whole = asWan(
      fileOf([
        ...textHuggingFace,
        ['encoder.embed_tokens.weight', [VOCAB, D]],
        ['lm_head.weight', [VOCAB, D]],
        ['decoder.final_layer_norm.weight', [D]],
        ['spiece_model', [99]],
      ]),
    )
    expect(whole.dropped).toEqual([
      'encoder.embed_tokens.weight',
      'lm_head.weight',
      'decoder.final_layer_norm.weight',
    ])
    expect(whole.file.tensors.get('spiece_model')?.shape).toEqual([99])
  })

  it('picks one model of a file that holds all', () => {
    const file = fileOf([
      ...prefixed('model.diffusion_model.', dit),
      ...prefixed('vae.', vae),
      ...prefixed('text_encoders.umt5xxl.transformer.', textHuggingFace),
      ['text_encoders.umt5xxl.spiece_model', [9]],
    ])
    for (const [model, original] of [
      ['dit', dit],
      ['vae', vae],
    ] as const) {
      const found = asWan(file, model)
      expect([...found.file.tensors.keys()].sort()).toEqual(original.map(([name]) => name).sort())
      expect(found.unexpected).toEqual([])
    }
    expect([...asWan(file, 'textEncoder').file.tensors.keys()].sort()).toEqual(
      [...text.map(([name]) => name), 'spiece_model'].sort(),
    )
  })

  it('keeps the scales of our int8 beside their weights', async () => {
    const tensors = ditDiffusers.map(([name, shape]) => {
      const int8 = name === 'blocks.0.attn1.to_q.weight'
      return {
        name,
        dtype: int8 ? 'I8' : 'F32',
        shape,
        bytes: new Uint8Array(elementCount(shape) * (int8 ? 1 : 4)).fill(int8 ? 3 : 0),
      } as const
    })
    const scale = {
      name: 'blocks.0.attn1.to_q.weight_scale',
      dtype: 'F16',
      shape: [24, 1],
      bytes: Uint8Array.from({ length: 48 }, (_, i) => (i % 2 ? 0x40 : 0)),
    } as const
    const { file, unexpected } = asWan(
      await openSafetensors(bufferSource('int8', writeSafetensors([...tensors, scale]))),
    )
    expect(unexpected).toEqual([])
    expect((await readTensor(file, 'blocks.0.self_attn.q.weight', [24, 24]))[0]).toBe(6)
    expect((await readLinear(file, 'blocks.0.self_attn.q.weight', 24, 24)).format).toBe('q8')
  })

  it('names what is missing', () => {
    fc.assert(
      fc.property(fc.constantFrom(...layouts), fc.nat(), ([, names, original, { naming }], pick) => {
        const at = pick % original.length
        const name = original[at]![0]
        const signs =
          /head\.modulation$|time_projection\.1\.weight|blocks\.\d\.pos_embedding|decoder(\.upsamples\.0){1,2}\.residual\.0\.gamma|decoder\.upsamples\.(3|0\.upsamples\.3)\.resample\.1\.weight/
        fc.pre(!signs.test(name) && !/shortcut|time_conv|emb_pos/.test(name)) // what shows the layout, or umT5; and what may be absent
        const holey = fileOf(names.filter((_, i) => i !== at))
        if (name === 'patch_embedding.bias') expect(() => asWan(holey)).toThrow('patch_embedding.bias')
        else
          expect(() => asWan(holey)).toThrow(
            new RegExp(
              `^model holds .* in ${naming.replace('.', '\\.')} names and lacks [1-4] of its \\d+ tensors: .*${name.replaceAll('.', '\\.')}`,
            ),
          )
      }),
    )
    expect(() =>
      asWan(fileOf(vae.filter(([name]) => name !== 'decoder.upsamples.4.shortcut.weight'))),
    ).toThrow('lacks 1 of its')
    expect(() =>
      asWan(fileOf(vae.filter(([name]) => name !== 'decoder.upsamples.3.time_conv.bias'))),
    ).toThrow('decoder.upsamples.3.time_conv.bias')
    expect(() => asWan(fileOf(dit.filter(([name]) => !name.startsWith('blocks.0.'))))).toThrow(
      'blocks.0.modulation, blocks.0.self_attn.q.weight',
    )
  })

  it.each<[string, Names, string]>([
    ['nothing', [], 'model has 0 tensors (), and none that identifies it as'],
    [
      'another model',
      [
        ['a', [1]],
        ['b', [1]],
      ],
      "model has 2 tensors (a, b), and none that identifies it as Wan's video transformer, or Wan's text encoder umT5, or Wan 2.1's VAE, or Wan 2.2's VAE.",
    ],
    ['part of an image-to-video DiT', [...dit, ['blocks.0.cross_attn.k_img.weight', [1]]], 'lacks 17 of its'],
    ['part of VACE', [...dit, ['vace_blocks.0.before_proj.weight', [1]]], 'lacks 32 of its'],
    [
      'the T5 of Flux',
      textHuggingFace.filter(([name]) => !/block\.1\..*relative_attention_bias/.test(name)),
      "model is a T5 with one table of positions for all its layers, as Flux and SD 3 use; umT5 has one in each. Choose a file of Wan's text encoder umT5.",
    ],
    [
      'a LoRA',
      [['diffusion_model.blocks.0.ffn.0.lora_down.weight', [1]]],
      'model is a LoRA, which changes a model and is not one itself.',
    ],
    ['a CLIP model', [['visual.transformer.resblocks.0.ln_1.weight', [1]]], 'model is a CLIP model'],
    [
      'Stable Diffusion',
      [['model.diffusion_model.input_blocks.0.0.weight', [1]]],
      'model is Stable Diffusion.',
    ],
    ['Flux', [['double_blocks.0.img_attn.proj.weight', [1]]], 'model is a transformer other than Wan.'],
    [
      'a tiny autoencoder',
      [
        ['decoder.1.weight', [1]],
        ['decoder.3.conv.0.weight', [1]],
      ],
      'model is a tiny autoencoder of another kind than TAEHV.',
    ],
    [
      'two names for one tensor',
      [...ditDiffusers, ['head.head.weight', [1]]],
      'tensors proj_out.weight and head.head.weight are both head.head.weight',
    ],
  ])('refuses %s', (_, names, problem) => {
    expect(() => asWan(fileOf(names))).toThrow(problem)
    expect(() => asWan(fileOf(names))).toThrow(WeightsError)
  })

  it('takes any names, and fails with errors of ours only', () => {
    const piece = fc.constantFrom(
      'blocks',
      'encoder',
      'decoder',
      'up_blocks',
      'upsamples',
      '0',
      '1',
      '99999999',
      'head',
      'modulation',
      'resnets',
      'weight',
      'middle',
      'residual',
      'gamma',
      'net',
      '_orig_mod',
      '__proto__',
      '',
      '$1',
    )
    const names = fc.uniqueArray(
      fc.oneof(
        fc.array(piece, { maxLength: 6 }).map((parts) => parts.join('.')),
        fc.constantFrom(...[...dit, ...vaeDiffusers, ...textLlama].map(([name]) => name)),
      ),
      { maxLength: 40 },
    )
    fc.assert(
      fc.property(names, fc.array(fc.nat(3), { maxLength: 5 }), (list, shape) => {
        try {
          asWan(fileOf(list.map((name) => [name, shape])))
        } catch (error) {
          expect(error).toBeInstanceOf(WeightsError)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('says which model a file is that was to be another', () => {
    expect(() => asWan(fileOf(vae), 'dit')).toThrow(
      "none that identifies it as Wan's video transformer. It is Wan 2.1's VAE. Choose a file of a Wan 2.1 or 2.2 model.",
    )
  })
})

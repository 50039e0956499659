// Raw files as people have them: recognised, opened in place, and refused in a sentence.
import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { ditShapes, umt5Shapes, vaeShapes } from '../../../src/cli/synthesize/shapes'
import type { Weights } from '../../../src/models/family'
import { wan21Config, wan21Networks } from '../../../src/models/wan21'
import { knownModel } from '../../../src/engine/model/known'
import { openModel, type ModelFiles } from '../../../src/engine/model/open'
import { WAN_VAE } from '../../../src/models/wan-vae/config'
import type { DitConfig } from '../../../src/models/wan-dit/config'
import type { TextEncoderConfig } from '../../../src/models/umt5/config'
import { WeightsError } from '../../../src/weights/error'
import { formulaCodes, formulaTensor } from '../../../src/cli/synthesize/formula'
import { readTensor } from '../../../src/weights/matrix'
import type { ModelFolder } from '../../../src/weights/sources/model-folder'
import { findParts, type ModelParts } from '../../../src/engine/model/parts'
import { writeSafetensors } from '../../../src/weights/formats/safetensors'
import {
  asGguf,
  asSafetensors,
  comfyTextEncoder,
  ggufTextEncoder,
  hollowSafetensors,
  SHAPES,
  spieceModel,
  TINY,
  tokenizerJson,
} from '../../support/raw-model'

type Named = Readonly<Record<string, Uint8Array<ArrayBuffer> | string>>

const open = (files: Named): Promise<ModelFiles> =>
  openModel({
    kind: 'files',
    files: Object.entries(files).map(([name, bytes]) => ({ name, file: new Blob([bytes]) })),
  })

const dit = asSafetensors(SHAPES.dit)
const text = asSafetensors(SHAPES.textEncoder)
const vae = asSafetensors(SHAPES.vae)
const ggufText = await ggufTextEncoder()
const tokenizer = tokenizerJson()
const whole: Named = {
  'a.safetensors': dit,
  'b.safetensors': text,
  'c.safetensors': vae,
  'tokenizer.json': tokenizer,
}

/** The DiT in two files with an index, under the names of diffusers' folder. */
function sharded(): Named {
  const names = [...SHAPES.dit.keys()]
  const half = (first: number, last?: number): Uint8Array<ArrayBuffer> =>
    asSafetensors(new Map([...SHAPES.dit].slice(first, last)))
  const paths = ['dit-00001-of-00002.safetensors', 'dit-00002-of-00002.safetensors'] as const
  const map = Object.fromEntries(names.map((name, i) => [name, i < 20 ? paths[0] : paths[1]]))
  return {
    [`m/transformer/${paths[0]}`]: half(0, 20),
    [`m/transformer/${paths[1]}`]: half(20),
    'm/transformer/dit.safetensors.index.json': JSON.stringify({ weight_map: map }),
  }
}

/** The geometry of the published models. */
const { geometry: GEOMETRY } = wan21Networks(TINY)
const weightsOf = ({ dit, textEncoder, vae }: ModelParts): Weights => ({
  dit: dit.wan.file,
  textEncoder: textEncoder.wan.file,
  vae: vae.wan.file,
})

const sets: readonly (readonly [what: string, files: Named])[] = [
  ["safetensors in Wan's own names", whole],
  [
    'the files of ComfyUI',
    {
      'wan.safetensors': asSafetensors(SHAPES.dit, (name) => `model.diffusion_model.${name}`),
      'umt5.safetensors': comfyTextEncoder(),
      'vae.safetensors': vae,
    },
  ],
  [
    'GGUF',
    {
      'wan-Q8_0.gguf': asGguf(SHAPES.dit, 'Q8_0'),
      'umt5-Q8_0.gguf': ggufText,
      'vae.safetensors': vae,
      'README.md': 'text',
      'example.png': 'PNG',
    },
  ],
  [
    'a folder of folders with shards',
    {
      ...sharded(),
      'm/text_encoder/model.safetensors': text,
      'm/tokenizer/spiece.model': spieceModel(),
      'm/vae/vae.safetensors': vae,
      'm/config.json': '{"_class_name": "WanTransformer3DModel"}',
    },
  ],
]

describe.each(sets)('%s', (_, files) => {
  it('become a model with the numbers of its tensors', async () => {
    const model = await open(files)
    expect(wan21Config(model.weights)).toEqual(TINY)
    expect(model.networks).toMatchObject({ maxTokens: 512, textDim: 64, textSteps: 2 })
    expect(model.manifest).toMatchObject({ id: 'wan-2x128', defaults: { width: 832, height: 480, fps: 16 } })
    expect(model.manifest.version).toMatch(/^[0-9a-f]{12}$/)
    expect(model.notes).toEqual([])
    expect(model.tokenizer.encode('Ein roter Ball', 512).ids).toEqual(
      (await open(whole)).tokenizer.encode('Ein roter Ball', 512).ids,
    )
    for (const [part, name] of [
      ['dit', 'blocks.1.cross_attn.norm_k.weight'],
      ['textEncoder', 'blocks.1.norm2.weight'],
      ['vae', 'decoder.head.2.bias'],
    ] as const) {
      const shape = SHAPES[part].get(name) ?? []
      expect(await readTensor(model.weights[part]!, name, shape)).toEqual(formulaTensor(name, shape, ''))
    }
    const [name, shape] = ['blocks.0.ffn.2.weight', [TINY.dit.dim, TINY.dit.ffnDim]] as const
    const [found, exact] = [
      await readTensor(model.weights['dit']!, name, shape),
      formulaTensor(name, shape, ''),
    ]
    expect(Math.max(...found.map((value, i) => Math.abs(value - exact[i]!)))).toBeLessThan(1e-3) // half a step of Q8_0
  })
})

describe('the model of raw files', () => {
  it('is another version where a file is', async () => {
    const version = async (files: Named): Promise<string> => (await open(files)).manifest.version
    const own = await version(whole)
    expect(await version({ ...whole, 'b.safetensors': '', 'umt5.gguf': ggufText })).not.toBe(own)
    expect(await version({ ...whole, 'b.safetensors': '', 'renamed.safetensors': text })).toBe(own)
    const trained = text.slice()
    const norm = Buffer.from(text).indexOf(
      Buffer.from(formulaCodes('norm.weight', [TINY.textEncoder.dim], '', 0, TINY.textEncoder.dim).buffer),
    )
    trained[norm]! ^= 1
    expect(await version({ ...whole, 'b.safetensors': trained })).not.toBe(own)
  })

  it('takes the numbers of a config.json of ours', async () => {
    const own = { ...TINY, dit: { ...TINY.dit, numHeads: 4, textLen: 24 } }
    const { networks } = await open({ ...whole, 'config.json': JSON.stringify(own) })
    expect(networks.maxTokens).toBe(24)
    await expect(
      open({ ...whole, 'config.json': JSON.stringify({ ...own, vae: { ...own.vae, dim: 0 } }) }),
    ).rejects.toThrow('config.json: vae.dim is 0 and must be a whole number from 1')
    await expect(open({ ...whole, 'config.json': '{' })).rejects.toThrow('config.json is not JSON')
  })

  it('says what it left out', async () => {
    const gated = new Map([
      ...SHAPES.dit,
      ['blocks.0.to_gate_compress.weight', [2, 2]],
      ['novelty', [1]],
    ] as const)
    const { notes } = await open({ ...whole, 'a.safetensors': asSafetensors(gated) })
    expect(notes).toEqual([
      'a.safetensors: its gates of sparse attention are left out; full attention is used (blocks.0.to_gate_compress.weight).',
      'a.safetensors: tensors that Wan 2.1 does not have are left out (1: novelty).',
    ])
  })

  it('may be a folder with a manifest, picked from the disk', async () => {
    const folder = `${import.meta.dirname}/../../../public/models/mini`
    const names = readdirSync(folder)
    const files = Object.fromEntries(
      names.map((name) => [`mini/${name}`, new Uint8Array(readFileSync(`${folder}/${name}`))]),
    )
    const { id } = JSON.parse(readFileSync(`${folder}/manifest.json`, 'utf8')) as { id: string }
    expect((await open(files)).manifest.id).toBe(id)
    await expect(
      open({ ...files, 'mini/dit.safetensors': files['mini/dit.safetensors']!.slice(0, 1000) }),
    ).rejects.toThrow(/dit\.safetensors arrived with 1000 bytes and must have \d+/)
  })
})

const lora = writeSafetensors([
  {
    name: 'diffusion_model.blocks.0.self_attn.q.lora_A.weight',
    dtype: 'F32',
    shape: [1, 1],
    bytes: new Uint8Array(4),
  },
])
const { 'c.safetensors': _vae, ...noVae } = whole
const { 'tokenizer.json': _tokenizer, ...noTokenizer } = whole

describe('a set that is no model is refused in one sentence:', () => {
  it.each<[string, Named, RegExp | string]>([
    [
      'without a VAE',
      noVae,
      "The selection of 3 files holds Wan's video transformer (a.safetensors) and Wan's text encoder umT5 (b.safetensors); Wan 2.1's VAE (such as wan_2.1_vae.safetensors, or wan2.2_vae.safetensors for Wan 2.2 TI2V) is missing: add it.",
    ],
    [
      'a LoRA alone',
      { 'x.safetensors': lora },
      'x.safetensors is a LoRA, which changes a model and is not one itself. Choose a file of a Wan 2.1 or 2.2 model.',
    ],
    [
      'a LoRA in the place of the DiT',
      { ...whole, 'a.safetensors': lora },
      /is missing: add it\. a\.safetensors is a LoRA/,
    ],
    [
      'two DiTs',
      { ...whole, 'd.gguf': asGguf(SHAPES.dit, 'F16') },
      "The selection of 5 files holds Wan's video transformer 2 times: a.safetensors and d.gguf. Choose the files of one model, or take the others out.",
    ],
    ['nothing', {}, /^The selection of 0 files is empty; .* are missing: add them\.$/],
    [
      'no weights at all',
      { 'notes.txt': 'x' },
      /^The selection of 1 file holds none of Wan's models; Wan's video transformer/,
    ],
    [
      'no tokenizer',
      noTokenizer,
      "The selection of 3 files has no tokenizer, and b.safetensors contains none: put umT5's tokenizer.json or spiece.model beside it",
    ],
    [
      'another tokenizer',
      {
        ...whole,
        'tokenizer.json': JSON.stringify({
          model: { type: 'Unigram', unk_id: 2, vocab: Array.from({ length: 9000 }, (_, i) => [`${i}`, 0]) },
        }),
      },
      'tokenizer.json has a tokenizer of 9000 pieces, and b.safetensors knows 634.',
    ],
    [
      'a tokenizer that is no JSON',
      { ...whole, 'tokenizer.json': '<html>' },
      'tokenizer.json is not JSON in UTF-8',
    ],
    [
      'a web page',
      { 'dit.safetensors': '<!DOCTYPE html><p>log in' },
      'dit.safetensors is a web page, not weights',
    ],
    [
      'an image',
      { 'dit.safetensors': '\u0089PNG\r\n' },
      'dit.safetensors is not a weight file that Zoetrope reads',
    ],
    ['an empty file', { 'dit.gguf': '' }, 'dit.gguf is empty; load it again.'],
    [
      'an index without its files',
      { 'dit.safetensors.index.json': '{"weight_map": {"a": "b.safetensors"}}' },
      /no file b\.safetensors/,
    ],
    [
      'a DiT whose width heads do not divide',
      { ...whole, 'a.safetensors': asSafetensors(ditShapes({ ...TINY.dit, dim: 96 })) },
      'a.safetensors has the width 96, which is not a multiple of the head width 128; put a config.json',
    ],
    [
      'an image-to-video DiT',
      { ...whole, 'a.safetensors': asSafetensors(ditShapes({ ...TINY.dit, inDim: 36 })) },
      'a.safetensors is one of the two transformers of Wan 2.2 I2V A14B, and the other is missing: put both files',
    ],
    [
      'a DiT that reads a video',
      { ...whole, 'a.safetensors': asSafetensors(ditShapes({ ...TINY.dit, inDim: 48 })) },
      'a.safetensors reads 48 channels and gives 16: it also takes an image',
    ],
    [
      'a DiT for another text encoder',
      { ...whole, 'a.safetensors': asSafetensors(ditShapes({ ...TINY.dit, textDim: 32 })) },
      'dit.textDim is 32 and must be 64, the width of the text encoder',
    ],
  ])('%s', async (_, files, sentence) => {
    const opening = open(files)
    await expect(opening).rejects.toBeInstanceOf(WeightsError)
    await expect(opening).rejects.toThrow(sentence)
  })

  it('any file cut off anywhere, or with any bit of its header flipped', async () => {
    let refused = 0
    for (const name of ['a.safetensors', 'b.safetensors', 'c.safetensors'] as const) {
      const bytes = name === 'b.safetensors' ? ggufText : name === 'a.safetensors' ? dit : vae
      const header = 400
      const damaged = [
        ...Array.from({ length: 12 }, (_, i) => bytes.slice(0, Math.floor((bytes.length * i) / 12))),
        ...[0, 1, 4, 7, 8, 9, 20].map((length) => bytes.slice(0, length)),
        ...Array.from({ length: 25 }, (_, i) => {
          const flipped = bytes.slice()
          const bit = (i * 131) % (header * 8)
          flipped[bit >> 3]! ^= 1 << (bit & 7)
          return flipped
        }),
      ]
      for (const part of damaged) {
        const outcome = await open({ ...whole, [name]: part }).catch((error: unknown) => error)
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WeightsError)
        if (outcome instanceof WeightsError) refused++
      }
    }
    expect(refused).toBeGreaterThan(3 * (12 + 7))
  })

  it.each([
    ['a tokenizer.json', 'tokenizer.json', whole],
    [
      'an index',
      'm/transformer/dit.safetensors.index.json',
      { ...sharded(), 'b.safetensors': text, 'c.safetensors': vae, 'tokenizer.json': tokenizer },
    ],
  ] as const)(
    '%s cut off anywhere, or with any bit flipped, unless it is still sound',
    async (_, name, files: Named) => {
      const bytes = Buffer.from(files[name] as string)
      const rounds = 60
      const cut = Array.from({ length: rounds }, (_, i) =>
        bytes.subarray(0, Math.floor((bytes.length * i) / rounds)),
      )
      const flipped = Array.from({ length: rounds }, (_, i) => {
        const other = Buffer.from(bytes)
        const bit = (i * 7919) % (bytes.length * 8)
        other[bit >> 3]! ^= 1 << (bit & 7)
        return other
      })
      for (const [i, damaged] of [...cut, ...flipped].entries()) {
        const outcome = await open({ ...files, [name]: Uint8Array.from(damaged) }).catch(
          (error: unknown) => error,
        )
        if (outcome instanceof Error || i < rounds) expect(outcome).toBeInstanceOf(WeightsError)
      }
    },
  )
})

describe('the published sizes', () => {
  const published: DitConfig = {
    ...TINY.dit,
    dim: 1536,
    ffnDim: 8960,
    numHeads: 12,
    numLayers: 30,
    textDim: 4096,
  }
  const umt5: TextEncoderConfig = {
    vocabSize: 256384,
    dim: 4096,
    dimAttn: 4096,
    dimFfn: 10240,
    numHeads: 64,
    numLayers: 24,
    numBuckets: 32,
    maxDistance: 128,
  }

  function folderOf(
    config: DitConfig,
    change = (shapes: Map<string, readonly number[]>) => shapes,
    name = 'dit.safetensors',
  ): ModelFolder {
    const sources = [
      hollowSafetensors(name, change(ditShapes(config))),
      hollowSafetensors('umt5.safetensors', umt5Shapes(umt5)),
      hollowSafetensors('vae.safetensors', vaeShapes(WAN_VAE)),
    ]
    return {
      title: 'The folder',
      files: new Map(sources.map(({ name, size }) => [name, size])),
      open: async (path) => sources.find(({ name }) => name === path)!,
    }
  }

  it('of the 1.3B are read from the shapes alone', async () => {
    const parts = await findParts(folderOf(published))
    expect(wan21Config(weightsOf(parts))).toEqual({ dit: published, textEncoder: umt5, vae: WAN_VAE })
    expect(knownModel(parts, GEOMETRY)).toMatchObject({
      id: 'wan2.1-t2v-1.3b',
      name: 'Wan 2.1 T2V 1.3B',
      defaults: { sampler: 'unipc', numInferenceSteps: 50, guidanceScale: 6, shift: 8 },
    })
    expect(knownModel(parts, GEOMETRY, 'rcm-wan2.1-t2v-1.3b')).toMatchObject({
      id: 'rcm-wan2.1-t2v-1.3b',
      defaults: { sampler: 'rcm' },
    })
    expect(knownModel(parts, GEOMETRY, 'nonesuch').id).toBe('wan2.1-t2v-1.3b')
    expect(knownModel(parts, GEOMETRY, 'causal-forcing-1step-1.3b')).toMatchObject({
      name: 'Causal-Forcing++ 1-step 1.3B',
      defaults: { sampler: 'self-forcing' },
      live: { role: 'dit', chunk: 1, steps: [1000], firstSteps: [1000, 750, 500, 250] },
    })
    expect(knownModel(parts, GEOMETRY, 'wan2.1-t2v-1.3b').live).toBeUndefined()
  })

  it('distilled to few steps are told by what is in the file', async () => {
    const named = (change: (shapes: Map<string, readonly number[]>) => Map<string, readonly number[]>) =>
      findParts(folderOf(published, change))
    const fast = await named((shapes) => shapes.set('blocks.0.to_gate_compress.weight', [1536, 1536]))
    expect(knownModel(fast, GEOMETRY)).toMatchObject({
      id: 'fastwan2.1-t2v-1.3b',
      defaults: { sampler: 'dmd', numInferenceSteps: 3, guidanceScale: 1 },
    })
    const rcm = await named(
      (shapes) =>
        new Map(
          Array.from(shapes, ([name, shape]) => [
            `net.${name}`,
            name === 'patch_embedding.weight' ? [1536, 64] : shape,
          ]),
        ),
    )
    expect(knownModel(rcm, GEOMETRY)).toMatchObject({
      id: 'rcm-wan2.1-t2v-1.3b',
      defaults: { sampler: 'rcm' },
    })
  })

  it('of the 14B are named, and a half of the A14B is refused alone', async () => {
    const large = { ...published, dim: 5120, ffnDim: 13824, numHeads: 40, numLayers: 40 }
    expect(knownModel(await findParts(folderOf(large)), GEOMETRY).id).toBe('wan2.1-t2v-14b')
    const half = await findParts(folderOf(large, undefined, 'wan2.2_t2v_high_noise_14B_fp16.safetensors'))
    expect(() => knownModel(half, GEOMETRY)).toThrow(
      'wan2.2_t2v_high_noise_14B_fp16.safetensors is the half of Wan 2.2 A14B for high noise, and the half for low noise is missing',
    )
  })
})

describe('a causal model', () => {
  it('is known by its file, and makes films', async () => {
    const { 'a.safetensors': causal, ...others } = whole
    const { manifest, networks } = await open({ 'framewise/causal_forcing.safetensors': causal!, ...others })
    expect(manifest).toMatchObject({
      name: 'Causal-Forcing framewise 1.3B, 2 layers, 128 wide',
      defaults: { numInferenceSteps: 4, guidanceScale: 1, shift: 5, sampler: 'self-forcing' },
      live: { role: 'dit', chunk: 1, window: { frames: 21, sink: 1 } },
    })
    expect(networks.openFilmDenoiser).toBeDefined()
    const plain = await open(whole)
    expect(plain.manifest.live).toBeUndefined()
    expect(plain.networks.openFilmDenoiser).toBeUndefined()
  })
})

import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { UsageError } from '../../../../src/cli/usage-error'
import { readArguments } from '../../../../src/cli/synthesize/arguments'
import { clipVisionShapes } from '../../../../src/cli/synthesize/clip-shapes'
import { imageDitShapes } from '../../../../src/cli/synthesize/image-shapes'
import { ditGguf, safetensorsFile, shardedFiles, umt5Gguf } from '../../../../src/cli/synthesize/layouts'
import {
  ditName,
  llamaName,
  vae22DiffusersName,
  vaeDiffusersName,
  type DitNaming,
} from '../../../../src/cli/synthesize/names'
import { vae22Shapes } from '../../../../src/cli/synthesize/vae22-shapes'
import { writePlanned } from '../../../../src/cli/synthesize/fill'
import type { PlannedFile } from '../../../../src/cli/synthesize/planned-file'
import { ditShapes, umt5Shapes, vaeShapes, type Shapes } from '../../../../src/cli/synthesize/shapes'
import { MODELS, scaledSizes } from '../../../../src/cli/synthesize/sizes'
import { torchFile } from '../../../../src/cli/synthesize/torch-writer'
import { syntheticVocabulary } from '../../../../src/cli/synthesize/vocabulary'
import { loadTokenizer } from '../../../../src/models/umt5/tokenizer'
import { embeddedTokenizer } from '../../../../src/models/umt5/embedded-tokenizer'
import { formulaTensor } from '../../../../src/cli/synthesize/formula'
import { asWan, type WanFile } from '../../../../src/engine/model/key-maps'
import { openWeights } from '../../../../src/weights/formats/open'
import { tokenizerDocuments } from '../../../../src/models/umt5/tokenizer-json'
import type { TensorDType, WeightFile } from '../../../../src/weights/weight-file'
import { relativeError } from '../../../support/error'
import { fileSource } from '../../../support/golden'

const FULL = MODELS['wan2.1-t2v-1.3b']
const TINY = scaledSizes(FULL, 24)
const TINY_22 = scaledSizes(MODELS['wan2.2-ti2v-5b'], 24)
const VOCABULARY = syntheticVocabulary(TINY.textEncoder.vocabSize)
/** Relative error of a matrix of uniform weights. */
const WITHIN: Partial<Record<TensorDType, number>> = {
  F32: 0,
  F16: 0,
  Q8_0: 0.0039,
  Q6_K: 0.016,
  Q5_K: 0.033,
  Q4_K: 0.066,
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-synthesize-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function written(file: PlannedFile): Promise<WeightFile> {
  const path = join(folder, file.name)
  let bytes = 0
  await writePlanned(new Map([[path, file]]), 0, (part) => (bytes += part))
  expect(statSync(path).size).toBe(file.size)
  expect(bytes).toBeGreaterThan(0)
  expect(existsSync(`${path}.part`)).toBe(false)
  return (await openWeights(fileSource(path))).file
}

/** Every tensor there, none more, and each has the formula's values. */
async function expectFormula({ file, unexpected, dropped }: WanFile, shapes: Shapes): Promise<void> {
  expect([unexpected, dropped]).toEqual([[], []])
  expect(new Set(file.tensors.keys())).toEqual(new Set(shapes.keys()))
  for (const [name, shape] of shapes) {
    const { dtype, shape: found } = file.tensors.get(name)!
    expect(found, name).toEqual(shape)
    expect(
      relativeError(await file.floats(name), formulaTensor(name, shape, '')),
      `${name} as ${dtype}`,
    ).toBeLessThanOrEqual(WITHIN[dtype] ?? NaN)
  }
}

function typesOf(file: WeightFile): string {
  return [...new Set([...file.tensors.values()].map(({ dtype }) => dtype))].sort().join()
}

describe('a synthesised DiT', () => {
  const shapes = ditShapes(TINY.dit)

  it.each<DitNaming>(['original', 'comfyui', 'diffusers'])(
    'opens as safetensors in %s names',
    async (naming) => {
      const wan = asWan(
        await written(
          safetensorsFile(`${naming}.safetensors`, shapes, (original) => ditName(original, naming)),
        ),
        'dit',
      )
      expect([wan.layout.naming, wan.layout.prefix]).toEqual([
        naming === 'diffusers' ? 'diffusers' : 'original',
        naming === 'comfyui' ? 'model.diffusion_model.' : '',
      ])
      await expectFormula(wan, shapes)
    },
  )

  it("opens as Self-Forcing's checkpoint", async () => {
    const options = { dtype: 'F16', inside: 'generator_ema' } as const
    const file = await written(
      torchFile('self_forcing_dmd.pt', shapes, (original) => `model.${original}`, options),
    )
    expect(typesOf(file)).toBe('F16')
    const wan = asWan(file, 'dit')
    expect(wan.layout.prefix).toBe('generator_ema.model.')
    await expectFormula(wan, shapes)
  })

  it.each([
    ['q8_0', 'F16,F32,Q8_0'],
    ['q5_k_m', 'F16,F32,Q5_K,Q6_K'],
    ['q4_k_m', 'F16,F32,Q4_K,Q6_K'],
  ] as const)('opens as GGUF %s', async (mix, types) => {
    const file = await written(ditGguf(`dit-${mix}.gguf`, shapes, mix))
    expect(typesOf(file)).toBe(types)
    expect(file.tensors.get('patch_embedding.weight')?.dtype).toBe('F32')
    await expectFormula(asWan(file, 'dit'), shapes)
  })
})

describe('a synthesised text encoder', () => {
  const shapes = umt5Shapes(TINY.textEncoder)

  it.each([
    ['q8_0', 'F16,F32,Q8_0'],
    ['q5_k_m', 'F16,F32,Q5_K,Q6_K'],
    ['q4_k_m', 'F16,F32,Q4_K,Q6_K'],
  ] as const)('opens as GGUF %s', async (mix, types) => {
    const file = await written(
      umt5Gguf(`umt5-${mix}.gguf`, shapes, TINY.textEncoder, mix, llamaName, VOCABULARY),
    )
    expect(typesOf(file)).toBe(types)
    await expectFormula(asWan(file, 'textEncoder'), shapes)
  })

  it('brings a tokenizer with the same ids as tokenizer.json', async () => {
    const file = await written(
      umt5Gguf('tokens.gguf', shapes, TINY.textEncoder, 'q4_k_m', llamaName, VOCABULARY),
    )
    const embedded = await embeddedTokenizer(file)
    const documents = tokenizerDocuments('tokenizer.json', VOCABULARY)
    expect(embedded).toEqual(documents)
    const { encode } = await loadTokenizer(JSON.parse(JSON.stringify(documents.tokenizer)), {})
    const { ids } = encode('A red ball moves right by day. Красный мяч!', 512)
    expect(ids.at(-1)).toBe(1)
    expect(ids).not.toContain(2) // unknown
    expect(ids.length).toBeLessThan(40)
    expect(Math.max(...ids)).toBeLessThan(TINY.textEncoder.vocabSize)
  })
})

it.each([
  ['safetensors', safetensorsFile],
  ['a checkpoint of PyTorch', torchFile],
] as const)('a synthesised VAE opens as %s', async (_, planned) => {
  const shapes = vaeShapes(TINY.vae!)
  await expectFormula(asWan(await written(planned('vae', shapes, (original) => original)), 'vae'), shapes)
})

it.each([
  ['diffusers', TINY_22.vae22!, (name: string) => vae22DiffusersName(name)],
  ['original', TINY_22.vae22!, (name: string) => name],
])('a synthesised VAE of Wan 2.2 opens in %s names', async (naming, config, rename) => {
  const shapes = vae22Shapes(config)
  const wan = asWan(await written(safetensorsFile('vae22', shapes, rename)), 'vae')
  expect(wan.layout.naming).toBe(naming)
  await expectFormula(wan, shapes)
})

it('a synthesised VAE opens in diffusers names', async () => {
  const shapes = vaeShapes(TINY.vae!)
  const file = await written(safetensorsFile('vae-d', shapes, (name) => vaeDiffusersName(name, 4)))
  const wan = asWan(file, 'vae')
  expect(wan.layout.naming).toBe('diffusers')
  await expectFormula(wan, shapes)
})

it('a synthesised DiT opens from shards with an index', async () => {
  const shapes = ditShapes(TINY_22.dit)
  const files = shardedFiles('diffusion_pytorch_model', shapes, (name) => ditName(name, 'original'), 2e6)
  expect(files.length).toBeGreaterThan(3)
  const paths = new Map(files.map((file) => [join(folder, file.name), file]))
  await writePlanned(paths, 0, () => {})
  const beside = async (name: string) => fileSource(join(folder, name), name)
  const { file } = await openWeights(
    fileSource(join(folder, 'diffusion_pytorch_model.safetensors.index.json')),
    beside,
  )
  await expectFormula(asWan(file, 'dit'), shapes)
})

it('names what attends to a picture as diffusers does', () => {
  const renamed = [
    'img_emb.proj.0.weight',
    'img_emb.proj.1.bias',
    'img_emb.proj.3.weight',
    'img_emb.proj.4.bias',
    'img_emb.emb_pos',
    'blocks.7.cross_attn.k_img.weight',
    'blocks.7.cross_attn.v_img.bias',
    'blocks.7.cross_attn.norm_k_img.weight',
    'blocks.7.cross_attn.norm_k.weight',
  ].map((name) => ditName(name, 'diffusers'))
  expect(renamed).toEqual([
    'condition_embedder.image_embedder.norm1.weight',
    'condition_embedder.image_embedder.ff.net.0.proj.bias',
    'condition_embedder.image_embedder.ff.net.2.weight',
    'condition_embedder.image_embedder.norm2.bias',
    'condition_embedder.image_embedder.pos_embed',
    'blocks.7.attn2.add_k_proj.weight',
    'blocks.7.attn2.add_v_proj.bias',
    'blocks.7.attn2.norm_added_k.weight',
    'blocks.7.attn2.norm_k.weight',
  ])
})

const parameters = (shapes: Shapes): number =>
  [...shapes.values()].reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0)

describe('the models of Wan 2.2 and for pictures', () => {
  const { dit } = MODELS['wan2.2-ti2v-5b']
  const inp = MODELS['fun-inp-1.3b']

  it('have the published parameters', () => {
    expect(parameters(ditShapes(dit))).toBe(4_999_787_712)
    expect(parameters(imageDitShapes(inp.dit, inp.image!))).toBe(1_564_428_608)
    expect(parameters(clipVisionShapes(inp.clip!)) / 1e6).toBeCloseTo(630.8, 1)
  })

  it('have files of the published sizes', () => {
    const shapes = ditShapes(dit)
    const sizes = [
      [ditGguf('', shapes, 'q8_0').size, 5.03 * 2 ** 30],
      [ditGguf('', shapes, 'q5_k_m').size, 3.55 * 2 ** 30],
      [ditGguf('', shapes, 'q4_k_m').size, 3.2 * 2 ** 30],
      [safetensorsFile('', imageDitShapes(inp.dit, inp.image!), (name) => name).size, 3_128_957_992],
      [safetensorsFile('', clipVisionShapes(inp.clip!), (name) => name).size, 1.26e9],
    ] as const
    for (const [size, published] of sizes) expect(Math.abs(size / published - 1)).toBeLessThan(0.01)
    expect(shardedFiles('d', shapes, (name) => name).map(({ name }) => name)).toEqual([
      'd-00001-of-00003.safetensors',
      'd-00002-of-00003.safetensors',
      'd-00003-of-00003.safetensors',
      'd.safetensors.index.json',
    ])
  })
})

describe('sizes', () => {
  it('are the published ones at scale 1', () => {
    expect(scaledSizes(FULL, 1)).toEqual(FULL)
    expect(parameters(ditShapes(FULL.dit)) / 1e9).toBeCloseTo(1.419, 3) // 2.838 GB in 16 bits
    expect(parameters(umt5Shapes(FULL.textEncoder)) / 1e9).toBeCloseTo(5.681, 3)
    expect(parameters(vaeShapes(FULL.vae)) / 1e6).toBeCloseTo(126.9, 1)
  })

  it('of full-size files are the published ones, but for their headers', () => {
    const dit = ditShapes(FULL.dit)
    const umt5 = umt5Shapes(FULL.textEncoder)
    const vocabulary = syntheticVocabulary(FULL.textEncoder.vocabSize)
    const off = (file: PlannedFile, published: number): number => Math.abs(file.size / published - 1)
    expect(
      off(
        safetensorsFile('', dit, (name) => name),
        2_838_303_560,
      ),
    ).toBeLessThan(1e-4)
    expect(
      off(
        safetensorsFile('', vaeShapes(FULL.vae), (name) => name),
        253_815_318,
      ),
    ).toBeLessThan(1e-4)
    expect(
      off(
        torchFile('', vaeShapes(FULL.vae), (name) => name),
        508e6,
      ),
    ).toBeLessThan(2e-3)
    expect(() => torchFile('wan.pth', dit, (name) => name)).toThrow(/^wan\.pth would have \d+ bytes/)
    expect(ditGguf('', dit, 'q8_0').size).toBe(1_535_768_800)
    expect(ditGguf('', dit, 'q5_k_m').size).toBe(1_087_410_400)
    expect(ditGguf('', dit, 'q4_k_m').size).toBe(982_716_640)
    expect(
      off(umt5Gguf('', umt5, FULL.textEncoder, 'q5_k_m', llamaName, vocabulary), 4_145_878_880),
    ).toBeLessThan(3e-4)
    expect(
      off(umt5Gguf('', umt5, FULL.textEncoder, 'q4_k_m', llamaName, vocabulary), 3_655_145_312),
    ).toBeLessThan(3e-4)
  })

  it.each([2, 3, 8, 24, 64])('at scale %i keep whole heads and blocks', (scale) => {
    const { dit, textEncoder, vae } = scaledSizes(FULL, scale)
    expect([dit.dim / dit.numHeads, textEncoder.dimAttn / textEncoder.numHeads]).toEqual([128, 64])
    expect(
      [dit.dim, dit.ffnDim, dit.textDim, textEncoder.dim, textEncoder.dimFfn].map((size) => size % 256),
    ).toEqual([0, 0, 0, 0, 0])
    expect([dit.textDim, vae!.zDim]).toEqual([textEncoder.dim, dit.outDim])
    expect(Math.min(dit.numLayers, textEncoder.numLayers, vae!.dim)).toBeGreaterThan(0)
  })

  it('of a vocabulary are as many pieces as the embedding has rows, each once', () => {
    const { pieces } = syntheticVocabulary(FULL.textEncoder.vocabSize)
    expect(pieces).toHaveLength(256384)
    expect(new Set(pieces.map(({ text }) => text)).size).toBe(256384)
    expect(() => syntheticVocabulary(600)).toThrow(
      'A vocabulary of 600 is too small; choose a smaller --scale.',
    )
  })
})

it('threads write the same bytes', async () => {
  const file = safetensorsFile(
    'threads.safetensors',
    new Map([
      ['a.weight', [300, 17]],
      ['a.bias', [300]],
    ]),
    (original) => original,
  )
  const [alone, together] = [join(folder, 'alone'), join(folder, 'together')]
  await writePlanned(new Map([[alone, file]]), 0, () => {})
  await writePlanned(new Map([[together, file]]), 2, () => {})
  expect(readFileSync(together).equals(readFileSync(alone))).toBe(true)
})

describe('npm run synthesize', () => {
  it('writes a folder a format, with the shared files in each', () => {
    const out = join(folder, 'sets')
    const args = [
      '--model',
      'wan2.1-t2v-1.3b',
      '--out',
      out,
      '--scale',
      '32',
      '--dit',
      'gguf-q8_0,safetensors-f16',
    ]
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      ['--import', 'tsx', 'src/cli/synthesize.ts', ...args],
      { encoding: 'utf8' },
    )
    expect(status, stderr).toBe(0)
    expect(stdout).toMatch(/GB in .* a model in each of/)
    const shared = ['tokenizer.json', 'umt5-xxl-encoder-Q4_K_M.gguf', 'wan_2.1_vae.safetensors']
    expect(readdirSync(join(out, 'gguf-q8_0')).sort()).toEqual(['Wan2.1-T2V-1.3B-Q8_0.gguf', ...shared])
    expect(readdirSync(join(out, 'safetensors-f16')).sort()).toEqual(
      [...shared, 'wan2.1_t2v_1.3B_fp16.safetensors'].sort(),
    )
    expect(statSync(join(out, 'gguf-q8_0', shared[1]!)).ino).toBe(
      statSync(join(out, 'safetensors-f16', shared[1]!)).ino,
    )
  })

  it.each([
    [
      ['--out', 'x'],
      /--model must be one of wan2\.1-t2v-1\.3b, wan2\.2-ti2v-5b, fun-inp-1\.3b, vace-1\.3b; none was given/,
    ],
    [['--model', 'wan2.1-t2v-1.3b'], /--out must name a folder/],
    [
      ['--model', 'wan2.1-t2v-1.3b', '--out', 'x', '--scale', '0'],
      /--scale must be a whole number from 1 to 64; "0" is not/,
    ],
    [
      ['--model', 'wan2.1-t2v-1.3b', '--out', 'x', '--dit', 'gguf-q9'],
      /--dit must be one of .*; "gguf-q9" is none of them/,
    ],
    [['--model', 'wan2.1-t2v-1.3b', '--out', 'x', '--depth', '2'], /--depth/],
  ])('refuses %j', (args, sentence) => {
    expect(() => readArguments(args)).toThrow(UsageError)
    expect(() => readArguments(args)).toThrow(sentence)
  })
})

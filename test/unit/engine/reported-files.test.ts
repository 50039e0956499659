// Files that people reported: opened as they should be, or refused for what they are.
import { describe, expect, it } from 'vitest'
import { wan21Config } from '../../../src/models/wan21'
import { vaeShapes } from '../../../src/cli/synthesize/shapes'
import { formulaCodes } from '../../../src/cli/synthesize/formula'
import { asWan, type WanFile } from '../../../src/engine/model/key-maps'
import { openModel, type ModelFiles } from '../../../src/engine/model/open'
import { WAN_VAE } from '../../../src/models/wan-vae/config'
import { WeightsError } from '../../../src/weights/error'
import { openWeights } from '../../../src/weights/formats/open'
import { readTensor } from '../../../src/weights/matrix'
import { bufferSource } from '../../../src/weights/sources/byte-source'
import { elementCount } from '../../../src/weights/weight-file'
import { asSafetensors, comfyTextEncoder, SHAPES, tokenizerJson } from '../../support/raw-model'
import { reported } from '../../support/reported'

type Named = Readonly<Record<string, Uint8Array<ArrayBuffer> | string>>

const open = (files: Named): Promise<ModelFiles> =>
  openModel({
    kind: 'files',
    files: Object.entries(files).map(([name, bytes]) => ({ name, file: new Blob([bytes]) })),
  })
const wan = async (name: string, bytes = reported(name)): Promise<WanFile> =>
  asWan((await openWeights(bufferSource(name, bytes))).file)

const dit = asSafetensors(SHAPES.dit)
const text = asSafetensors(SHAPES.textEncoder)
const vae = asSafetensors(SHAPES.vae)
const tokenizer = tokenizerJson()
const whole: Named = {
  'a.safetensors': dit,
  'b.safetensors': text,
  'c.safetensors': vae,
  'tokenizer.json': tokenizer,
}

describe('a checkpoint of several copies', () => {
  it("gives the generator's, and says so", async () => {
    const { file, layout, copies } = await wan('a01-generator-and-critic.pt')
    expect(layout.prefix).toBe('generator.model.')
    expect(copies).toEqual(['critic.model.'])
    expect(Math.max(...(await file.floats('head.modulation')))).toBe(0) // the critic's are 3
  })

  const copy = (...prefixes: readonly string[]): Uint8Array<ArrayBuffer> =>
    asSafetensors(
      new Map(
        prefixes.flatMap((prefix) => [...SHAPES.dit].map(([name, shape]) => [prefix + name, shape] as const)),
      ),
    )
  it.each([
    [['generator.', 'generator_ema.'], 'generator_ema.'],
    [['generator_ema.model.', 'critic.model.', 'generator.model.'], 'generator_ema.model.'],
    [['fake_score.', 'net.'], 'net.'],
    [['real_score.model.', 'model.'], 'model.'],
  ])('%j: the one to run is %s', async (prefixes, chosen) => {
    expect((await wan('x.safetensors', copy(...prefixes))).layout.prefix).toBe(chosen)
  })

  it('is refused where the choice is ambiguous, or where there is only a critic', async () => {
    await expect(wan('x.safetensors', copy('first.', 'other.'))).rejects.toThrow(
      `x.safetensors holds Wan's video transformer 2 times, as "first.", "other.", and which one is meant is ambiguous.`,
    )
    await expect(wan('x.safetensors', copy('critic.'))).rejects.toThrow(
      'only as "critic.", which teaches or judges another model and makes no video',
    )
  })

  it('is named in the notes of the model', async () => {
    const { notes } = await open({ ...whole, 'a.safetensors': copy('generator.', 'critic.') })
    expect(notes).toEqual([
      'a.safetensors holds several copies of the model: "generator." is used, and "critic." left out.',
    ])
  })
})

describe('harmless values beside the weights', () => {
  it.each(['a05-dtype-beside.pt', 'a07-bytes-beside.pt', 'a08-protocol-4-bytes.pt', 'a08b-long-integer.pt'])(
    '%s opens',
    async (name) => {
      const { layout, unexpected } = await wan(name)
      expect(layout).toMatchObject({ model: 'dit', prefix: 'model.' })
      expect(unexpected).toEqual([])
    },
  )
})

it("stable-diffusion.cpp's VAE opens with the dimensions of its convolutions", async () => {
  const bytes = reported('a03-vae-5d-joined.gguf')
  const shapes = vaeShapes({ ...WAN_VAE, dim: 8 })
  const { file: raw } = await openWeights(bufferSource('vae.gguf', bytes))
  for (const { name, dtype, offset } of raw.tensors.values()) {
    const shape = shapes.get(name) ?? []
    const codes = formulaCodes(name, shape, '', 0, elementCount(shape))
    if (dtype === 'F16') bytes.set(new Uint8Array(codes.buffer), offset)
  }
  const { file } = await wan('vae.gguf', bytes)
  expect(file.tensors.size).toBe(shapes.size)
  for (const [name, shape] of shapes) {
    const { dtype } = raw.tensors.get(name)!
    const found = await readTensor(file, name, file.tensors.get(name)!.shape)
    if (dtype !== 'F16') continue
    if (name.endsWith('weight')) expect(file.tensors.get(name)?.shape, name).toEqual(shape)
    const codes = formulaCodes(name, shape, '', 0, elementCount(shape))
    expect(Buffer.from(await file.bytes(name)).equals(Buffer.from(codes.buffer)), name).toBe(true)
    expect(found).toHaveLength(codes.length)
  }
})

describe('a quantisation that is not read', () => {
  it.each([
    ['a09-int8-tensorwise.safetensors', 'as int8 with one scale per weight'],
    ['a11-quanto-int8.safetensors', 'by quanto'],
    ['a12b-nvfp4.safetensors', 'as nvfp4'],
  ])('%s is named', async (name, how) => {
    await expect(wan(name)).rejects.toBeInstanceOf(WeightsError)
    await expect(wan(name)).rejects.toThrow(
      `${name} is quantised ${how}, which Zoetrope does not read. Choose the same model in fp16, bf16, fp8 or GGUF.`,
    )
  })

  it.each<[suffix: string, how: string]>([
    ['weight.quant_state.bitsandbytes__nf4', 'as nf4 by bitsandbytes'],
    ['weight.absmax', 'by bitsandbytes'],
    ['SCB', 'as int8 by bitsandbytes'],
    ['qweight', 'as GPTQ or AWQ do'],
    ['wscales', 'by SVDQuant'],
  ])('%s is %s', async (suffix, how) => {
    const beside = {
      name: `blocks.0.ffn.0.${suffix}`,
      dtype: 'U8' as const,
      shape: [1],
      bytes: new Uint8Array(1),
    }
    await expect(wan('x.safetensors', asSafetensors(SHAPES.dit, undefined, [beside]))).rejects.toThrow(
      `is quantised ${how}, which`,
    )
  })
})

it('a marker of fp8 behind a prefix leaves no note', async () => {
  const { unexpected, dropped } = await wan('a20-fp8-marker-prefixed.safetensors')
  expect([...unexpected, ...dropped]).toEqual([])
})

describe('a cache folder of the hub', () => {
  const ROOT = 'models--Wan-AI--Wan2.1-T2V-1.3B'
  const blobs: Named = {
    [`${ROOT}/blobs/1111cafe`]: dit,
    [`${ROOT}/blobs/2222cafe`]: text,
    [`${ROOT}/blobs/3333cafe`]: vae,
    [`${ROOT}/blobs/4444cafe`]: tokenizer,
  }
  const snapshot = (revision: string): Named => ({
    [`${ROOT}/snapshots/${revision}/diffusion_pytorch_model.safetensors`]: dit,
    [`${ROOT}/snapshots/${revision}/models_t5_umt5-xxl-enc-bf16.pth`]: text,
    [`${ROOT}/snapshots/${revision}/Wan2.1_VAE.pth`]: vae,
    [`${ROOT}/snapshots/${revision}/google/umt5-xxl/tokenizer.json`]: tokenizer,
  })

  it('opens by its snapshot', async () => {
    const model = await open({ [`${ROOT}/refs/main`]: '0123abcd', ...blobs, ...snapshot('0123abcd') })
    expect(model.manifest.files.map(({ path }) => path)).toContain(
      `${ROOT}/snapshots/0123abcd/diffusion_pytorch_model.safetensors`,
    )
    expect((await open({ ...blobs, ...snapshot('0123abcd') })).manifest.id).toBe('wan-2x128')
  })

  it('of several snapshots opens by the one of refs/main, or is refused', async () => {
    const two = { ...blobs, ...snapshot('aaaa'), ...snapshot('bbbb') }
    const model = await open({ [`${ROOT}/refs/main`]: 'bbbb\n', ...two })
    expect(model.manifest.files.every(({ path }) => path.includes('/bbbb/'))).toBe(true)
    await expect(open(two)).rejects.toThrow('holds 2 snapshots of one repository (aaaa, bbbb)')
  })
})

describe('files beside sound ones', () => {
  it("another model's tokenizer.json is passed over", async () => {
    const model = await open({
      'a.safetensors': dit,
      'b.safetensors': comfyTextEncoder(),
      'c.safetensors': vae,
      'llm/qwen/tokenizer.json': new TextDecoder().decode(reported('a15-tokenizer.json')),
    })
    expect(model.tokenizer.encode('Ein roter Ball', 512).ids).toEqual(
      (await open(whole)).tokenizer.encode('Ein roter Ball', 512).ids,
    )
    await expect(
      open({ ...whole, 'tokenizer.json': '', 'qwen/tokenizer.json': reported('a15-tokenizer.json') }),
    ).rejects.toThrow(/^tokenizer\.json is not JSON/)
  })

  it('two of one name from two folders are two', async () => {
    const picked = [dit, vae].map((bytes) => ({
      name: 'diffusion_pytorch_model.safetensors',
      file: new Blob([bytes]),
    }))
    const model = await openModel({
      kind: 'files',
      files: [
        ...picked,
        { name: 'b.safetensors', file: new Blob([text]) },
        { name: 'tokenizer.json', file: new Blob([tokenizer]) },
      ],
    })
    expect(model.manifest.files.map(({ path }) => path)).toContain('diffusion_pytorch_model (2).safetensors')
  })
})

describe('an index', () => {
  const half = (first: number, last?: number): Uint8Array<ArrayBuffer> => {
    const names = Object.keys(
      (JSON.parse(index('a19-index-dot-slash.index.json')) as { weight_map: object }).weight_map,
    )
    return asSafetensors(new Map(names.slice(first, last).map((name) => [name, SHAPES.dit.get(name)!])))
  }
  const index = (name: string): string => new TextDecoder().decode(reported(name))
  const others: Named = { 'b.safetensors': text, 'c.safetensors': vae, 'tokenizer.json': tokenizer }

  it.each([
    [
      'a17-diffusion_pytorch_model.safetensors.index.fp16.json',
      'diffusion_pytorch_model.safetensors.index.fp16.json',
      'diffusion_pytorch_model.fp16-0000',
    ],
    ['a19-index-dot-slash.index.json', 'm.index.json', 'm-0000'],
  ])('%s joins its files', async (fixture, name, shard) => {
    const model = await open({
      ...others,
      [`t/${name}`]: index(fixture),
      [`t/${shard}1-of-00002.safetensors`]: half(0, 20),
      [`t/${shard}2-of-00002.safetensors`]: half(20),
    })
    expect(model.manifest.files.find(({ role }) => role === 'dit')?.path).toBe(`t/${name}`)
    expect(wan21Config(model.weights).dit.numLayers).toBe(1)
  })
})

describe('the version of raw files', () => {
  it('is another where any tensor is', async () => {
    const version = async (bytes: Uint8Array<ArrayBuffer>): Promise<string> =>
      (await open({ ...whole, 'b.safetensors': bytes })).manifest.version
    const own = await version(text)
    const { file } = await openWeights(bufferSource('b', text))
    for (const { offset, byteLength } of file.tensors.values()) {
      const trained = text.map((byte, i) => (i >= offset && i < offset + byteLength ? byte ^ 1 : byte))
      expect(await version(trained)).not.toBe(own)
    }
  })

  it('comes with the time of the text encoder on the disk', async () => {
    const at = async (time: number): Promise<string | undefined> =>
      (
        await openModel({
          kind: 'files',
          files: Object.entries(whole).map(([name, bytes]) => ({
            name,
            file: new File([bytes], name, { lastModified: name.startsWith('b') ? time : 5 }),
          })),
        })
      ).changedAt
    expect(await at(1000)).toBe('1000')
    expect(await at(2000)).toBe('2000')
  })
})

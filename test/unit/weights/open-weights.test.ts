import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { bufferSource, type ByteSource } from '../../../src/weights/sources/byte-source'
import { WeightsError } from '../../../src/weights/error'
import { viewFiles } from '../../../src/weights/file-view'
import { isGguf } from '../../../src/weights/formats/gguf'
import { readTensor } from '../../../src/weights/matrix'
import { readLinear } from '../../support/read-linear'
import { openWeights } from '../../../src/weights/formats/open'
import { unpackWeight } from '../../../src/weights/quant/pack'
import {
  openSafetensors,
  writeSafetensors,
  type TensorHeader,
} from '../../../src/weights/formats/safetensors'

const fixture = (name: string) =>
  new Uint8Array(readFileSync(`${import.meta.dirname}/../../fixtures/${name}`))
const ascii = (text: string) => new TextEncoder().encode(text)
const open = (bytes: Uint8Array, beside?: (path: string) => Promise<ByteSource>) =>
  openWeights(bufferSource('weights', bytes), beside)

type Content = TensorHeader & { readonly bytes: Uint8Array }
const floats = (name: string, shape: readonly number[], values: readonly number[]): Content => ({
  name,
  dtype: 'F32',
  shape,
  bytes: new Uint8Array(Float32Array.from(values).buffer),
})
const codes = (name: string, shape: readonly number[], values: readonly number[]): Content => ({
  name,
  dtype: 'F8_E4M3',
  shape,
  bytes: Uint8Array.from(values),
})

describe('openWeights', () => {
  it('knows a file by its content', async () => {
    expect((await open(writeSafetensors([floats('a', [1], [2])]))).format).toBe('safetensors')
    const gguf = await open(fixture('gguf-types.gguf'))
    expect(gguf.format).toBe('gguf')
    expect(isGguf(gguf.file)).toBe(true)
    expect(isGguf((await open(fixture('torch-small.pt'))).file)).toBe(false)
    expect((await open(fixture('torch-small.pt'))).format).toBe('torch')
  })

  it.each<[string, Uint8Array, string]>([
    ['nothing', new Uint8Array(0), 'weights is empty; load it again.'],
    [
      'a pointer of Git LFS',
      ascii('version https://git-lfs.github.com/spec/v1\noid sha256:00'),
      'weights is a pointer of Git LFS, not the file itself',
    ],
    ['a web page', ascii('\n<!doctype html><title>Log in</title>'), 'weights is a web page, not weights'],
    [
      'an old checkpoint of PyTorch',
      Uint8Array.of(0x80, 2, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9),
      'weights was saved by PyTorch before 1.6',
    ],
    ['a pickle', Uint8Array.of(0x80, 4, 0x95), 'weights is a bare pickle'],
    ['an archive', Uint8Array.of(0x1f, 0x8b, 8), 'weights is compressed; unpack it first'],
    [
      'a note',
      ascii('hello, world'),
      'weights is not a weight file that Zoetrope reads (safetensors, GGUF, or .pt and .pth of PyTorch).',
    ],
    [
      'an index alone',
      ascii('{"weight_map": {}}'),
      'weights is an index of several files, which are not beside it',
    ],
  ])('says of %s what it is', async (_, bytes, problem) => {
    await expect(open(bytes)).rejects.toThrow(problem)
    await expect(open(bytes)).rejects.toThrow(WeightsError)
  })
})

describe('an index', () => {
  const parts = new Map([
    [
      'model-00001-of-00002.safetensors',
      writeSafetensors([floats('a', [2], [1, 2]), floats('b', [2, 2], [3, 4, 5, 6])]),
    ],
    ['model-00002-of-00002.safetensors', writeSafetensors([floats('c', [1], [7])])],
    ['torch-small.pt', fixture('torch-small.pt')],
    ['page', ascii('<html>')],
  ])
  const beside = async (path: string): Promise<ByteSource> => {
    const bytes = parts.get(path)
    if (!bytes) throw new WeightsError(path, `${path} is not there.`)
    return bufferSource(path, bytes)
  }
  const index = (map: unknown) => ascii(JSON.stringify({ metadata: { total_size: 28 }, weight_map: map }))
  const [first, second] = [...parts.keys()] as [string, string]

  it('joins the files that it names', async () => {
    const { format, file } = await open(
      index({ a: first, b: first, c: second, 'generator.model.u8': 'torch-small.pt' }),
      beside,
    )
    expect(format).toBe('sharded')
    expect([...file.tensors.keys()]).toEqual(['a', 'b', 'c', 'generator.model.u8'])
    expect([...(await file.rows('b', 1, 1))]).toEqual([5, 6])
    expect([...(await readTensor(file, 'c', [1]))]).toEqual([7])
    expect((await file.bytes('generator.model.u8')).length).toBe(5)
    await expect(file.floats('d')).rejects.toThrow('weights has no tensor d')
  })

  it.each<[string, Uint8Array, string]>([
    ['no JSON', ascii('{"a": '), 'it is not JSON'],
    ['a key twice', ascii('{"weight_map": {"a": "x", "a": "y"}}'), 'it has the key "a" twice'],
    ['no map', ascii('{"metadata": {}}'), 'it has no object "weight_map"'],
    ['a list for a map', ascii('{"weight_map": []}'), 'it has no object "weight_map"'],
    ['a number for a file', index({ a: 1 }), 'tensor a is in 1, and must be in a file beside the index'],
    ['a file elsewhere', index({ a: '../model.safetensors' }), 'tensor a is in "../model.safetensors"'],
    ['an address', index({ a: 'https://example.org/a' }), 'tensor a is in "https://example.org/a"'],
    [
      'a tensor in the wrong file',
      index({ c: first }),
      `it puts tensor c into ${first}, which does not have it`,
    ],
    ['a file that is not there', index({ a: 'other.safetensors' }), 'other.safetensors is not there.'],
    [
      'a file that is none',
      index({ a: 'page' }),
      'page is one of several files and must be safetensors or a checkpoint of PyTorch',
    ],
  ])('with %s is refused', async (_, bytes, problem) => {
    await expect(open(bytes, beside)).rejects.toThrow(problem)
  })
})

describe('fp8', () => {
  const q = Array.from({ length: 64 }, (_, i) => (i * 37) % 0x7f)
  it('comes multiplied by the scale beside it, which is hidden', async () => {
    for (const scaleName of ['scale_weight', 'weight_scale']) {
      const plain = await openSafetensors(
        bufferSource('plain', writeSafetensors([codes('a.weight', [2, 32], q)])),
      )
      const { file } = await open(
        writeSafetensors([
          codes('a.weight', [2, 32], q),
          floats(`a.${scaleName}`, [], [0.75]),
          codes('b.weight', [1], [0x38]),
          codes('scaled_fp8', [0], []),
        ]),
      )
      expect([...file.tensors.keys()]).toEqual(['a.weight', 'b.weight'])
      const unscaled = await plain.floats('a.weight')
      expect(await readTensor(file, 'a.weight', [2, 32])).toEqual(unscaled.map((value) => value * 0.75))
      expect(await file.rows('a.weight', 1, 1)).toEqual(unscaled.slice(32).map((value) => value * 0.75))
      expect([...(await file.floats('b.weight'))]).toEqual([1])
      const packed = await readLinear(file, 'a.weight', 2, 32)
      expect(packed.format).toBe('q8')
      const found = unpackWeight(packed)
      const most = unscaled.reduce((largest, value) => Math.max(largest, value), 0) * 0.75
      unscaled.forEach((value, i) =>
        expect(Math.abs(found[i]! - value * 0.75)).toBeLessThanOrEqual(most / 253),
      )
    }
  })

  it('without scales is read as it is', async () => {
    const { file } = await open(writeSafetensors([codes('a.weight', [2], [0x38, 0xc0])]))
    expect([...(await file.floats('a.weight'))]).toEqual([1, -2])
  })

  it('leaves the scales of int8 where they are', async () => {
    const int8: Content = {
      name: 'a.weight',
      dtype: 'I8',
      shape: [1, 32],
      bytes: Uint8Array.from({ length: 32 }, (_, i) => i),
    }
    const scale: Content = {
      name: 'a.weight_scale',
      dtype: 'F16',
      shape: [1, 1],
      bytes: Uint8Array.of(0, 0x38),
    }
    const { file } = await open(writeSafetensors([int8, scale]))
    expect((await readTensor(file, 'a.weight', [1, 32]))[31]).toBe(15.5)
  })

  it.each<[string, readonly Content[], string]>([
    [
      'a scale without a weight',
      [floats('a.scale_weight', [], [1])],
      'the scale a.scale_weight belongs to a.weight, which is not there',
    ],
    [
      'two scales',
      [codes('a.weight', [1], [1]), floats('a.scale_weight', [], [1]), floats('a.weight_scale', [], [1])],
      'which has another one',
    ],
    [
      'a scale a row',
      [codes('a.weight', [2, 1], [1, 1]), floats('a.scale_weight', [2, 1], [1, 2])],
      'the scale a.scale_weight has the shape [2, 1] and must be one number',
    ],
    [
      'a scale of f32 weights',
      [floats('a.weight', [1], [1]), floats('a.scale_weight', [1], [1])],
      'tensor a.weight has a scale and the type F32; it must be F8_E4M3',
    ],
  ])('with %s is refused', async (_, contents, problem) => {
    await expect(open(writeSafetensors(contents))).rejects.toThrow(problem)
  })

  it('with a scale that is not finite is refused when it is read', async () => {
    const { file } = await open(
      writeSafetensors([codes('a.weight', [1, 1], [1]), floats('a.scale_weight', [], [Infinity])]),
    )
    await expect(file.floats('a.weight')).rejects.toThrow(
      'weights: the scale a.scale_weight is Infinity and must be a finite number.',
    )
    await expect(readLinear(file, 'a.weight', 1, 1)).rejects.toThrow(WeightsError)
  })
})

describe('viewFiles', () => {
  it('gives a tensor another name and shape', async () => {
    const file = await openSafetensors(
      bufferSource('f', writeSafetensors([floats('a', [2, 3], [1, 2, 3, 4, 5, 6])])),
    )
    const view = viewFiles(
      'v',
      {},
      new Map([
        ['b', { file, tensor: 'a', shape: [1, 2, 3] }],
        ['c', { file, tensor: 'a' }],
      ]),
    )
    expect(view.tensors.get('b')).toMatchObject({ name: 'b', shape: [1, 2, 3] })
    expect([...(await view.rows('b', 0, 1))]).toEqual([1, 2, 3, 4, 5, 6])
    expect([...(await view.rows('c', 1, 1))]).toEqual([4, 5, 6])
    for (const [first, count] of [
      [0, 2],
      [-1, 1],
      [0.5, 0],
    ] as const)
      await expect(view.rows('b', first, count)).rejects.toThrow('it has 1 (shape [1, 2, 3])')
    expect(() => viewFiles('v', {}, new Map([['b', { file, tensor: 'a', shape: [7] }]]))).toThrow(
      'f: tensor a has the shape [2, 3], which cannot be read as [7].',
    )
    expect(() => viewFiles('v', {}, new Map([['b', { file, tensor: 'x' }]]))).toThrow('f has no tensor x.')
  })
})

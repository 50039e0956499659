// A tiny model of Wan's architecture in the layouts that people have, with formula weights: everything but the size.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ditShapes, umt5Shapes, vaeShapes } from '../../src/cli/synthesize/shapes'
import { vae22Shapes } from '../../src/cli/synthesize/vae22-shapes'
import { openGguf } from '../../src/weights/formats/gguf'
import { bufferSource, type ByteSource } from '../../src/weights/sources/byte-source'
import { WAN_VAE } from '../../src/models/wan-vae/config'
import { formulaCodes, formulaTensor } from '../../src/cli/synthesize/formula'
import type { Wan21Config } from '../../src/models/wan21'
import type { Ti2vConfig } from '../../src/models/wan22-ti2v'
import { WAN22_VAE } from '../../src/models/wan22-vae/config'
import { safetensorsHeader, writeSafetensors } from '../../src/weights/formats/safetensors'
import { elementCount } from '../../src/weights/weight-file'
import { writeGguf, type WrittenType } from './gguf-writer'

const FIXTURES = join(import.meta.dirname, '../fixtures')
const fixture = (name: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(FIXTURES, name)))

type Shapes = ReadonlyMap<string, readonly number[]>
/** Name in the file of Wan's own name. */
type Naming = (name: string) => string

/** Of the tokenizer fixtures, which have that many pieces. */
const VOCABULARY = (
  JSON.parse(Buffer.from(fixture('tokenizer.hf.json')).toString()) as { model: { vocab: unknown[] } }
).model.vocab.length

export const TINY: Wan21Config = {
  textEncoder: {
    vocabSize: VOCABULARY + 8,
    dim: 64,
    dimAttn: 64,
    dimFfn: 128,
    numHeads: 4,
    numLayers: 2,
    numBuckets: 32,
    maxDistance: 128,
  },
  dit: {
    dim: 128,
    ffnDim: 256,
    numHeads: 1,
    numLayers: 2,
    inDim: 16,
    outDim: 16,
    patchSize: [1, 2, 2],
    textDim: 64,
    textLen: 512,
    freqDim: 256,
    eps: 1e-6,
  },
  vae: { ...WAN_VAE, dim: 8 },
}

export const SHAPES: Readonly<Record<'textEncoder' | 'dit' | 'vae', Shapes>> = {
  textEncoder: umt5Shapes(TINY.textEncoder),
  dit: ditShapes(TINY.dit),
  vae: vaeShapes(TINY.vae),
}

/** Wan 2.1 VACE, as tiny, with a side block for every block; the other networks are the same. */
export const TINY_VACE: Wan21Config = {
  ...TINY,
  dit: { ...TINY.dit, vace: { layers: [0, 1], inDim: 96 } },
}

export const VACE_SHAPES = ditShapes(TINY_VACE.dit)

/** Wan 2.2 TI2V, as tiny; its text encoder is the same. */
export const TINY_TI2V: Ti2vConfig = {
  textEncoder: TINY.textEncoder,
  dit: { ...TINY.dit, inDim: 48, outDim: 48 },
  vae: { ...WAN22_VAE, dim: 4, decoderDim: 8 },
}

export const TI2V_SHAPES = { dit: ditShapes(TINY_TI2V.dit), vae: vae22Shapes(TINY_TI2V.vae) } as const

const asIs: Naming = (name) => name

/** F16, with the formula's weights under Wan's own names. */
export function asSafetensors(
  shapes: Shapes,
  naming: Naming = asIs,
  extra: readonly { name: string; dtype: 'U8'; shape: number[]; bytes: Uint8Array }[] = [],
): Uint8Array<ArrayBuffer> {
  const tensors = Array.from(shapes, ([name, shape]) => ({
    name: naming(name),
    dtype: 'F16' as const,
    shape,
    bytes: new Uint8Array(formulaCodes(name, shape, '', 0, elementCount(shape)).buffer),
  }))
  return writeSafetensors([...tensors, ...extra])
}

/** Matrices in `dtype`, small tensors in F32; a patch embedding of five dimensions stays F16. */
export function asGguf(
  shapes: Shapes,
  dtype: WrittenType,
  naming: Naming = asIs,
  values: Parameters<typeof writeGguf>[0] = { 'general.architecture': 'wan' },
): Uint8Array<ArrayBuffer> {
  const typeOf = (shape: readonly number[]): WrittenType =>
    elementCount(shape) < 1024 || shape.length === 1 ? 'F32' : shape.length === 2 ? dtype : 'F16'
  return writeGguf(
    values,
    Array.from(shapes, ([name, shape]) => ({
      name: naming(name),
      dtype: name.endsWith('modulation') ? 'F32' : typeOf(shape),
      shape,
      values: formulaTensor(name, shape, ''),
    })),
  )
}

const HUGGING_FACE: readonly (readonly [RegExp, string])[] = [
  [/^token_embedding\./, 'shared.'],
  [/^norm\./, 'encoder.final_layer_norm.'],
  [/^blocks\.(\d+)\.norm1\./, 'encoder.block.$1.layer.0.layer_norm.'],
  [/^blocks\.(\d+)\.attn\.([qkvo])\./, 'encoder.block.$1.layer.0.SelfAttention.$2.'],
  [
    /^blocks\.(\d+)\.pos_embedding\.embedding\./,
    'encoder.block.$1.layer.0.SelfAttention.relative_attention_bias.',
  ],
  [/^blocks\.(\d+)\.norm2\./, 'encoder.block.$1.layer.1.layer_norm.'],
  [/^blocks\.(\d+)\.ffn\.gate\.0\./, 'encoder.block.$1.layer.1.DenseReluDense.wi_0.'],
  [/^blocks\.(\d+)\.ffn\.fc1\./, 'encoder.block.$1.layer.1.DenseReluDense.wi_1.'],
  [/^blocks\.(\d+)\.ffn\.fc2\./, 'encoder.block.$1.layer.1.DenseReluDense.wo.'],
]
const LLAMA: readonly (readonly [RegExp, string])[] = [
  [/^token_embedding\./, 'token_embd.'],
  [/^norm\./, 'enc.output_norm.'],
  [/^blocks\.(\d+)\.norm1\./, 'enc.blk.$1.attn_norm.'],
  [/^blocks\.(\d+)\.attn\.([qkvo])\./, 'enc.blk.$1.attn_$2.'],
  [/^blocks\.(\d+)\.pos_embedding\.embedding\./, 'enc.blk.$1.attn_rel_b.'],
  [/^blocks\.(\d+)\.norm2\./, 'enc.blk.$1.ffn_norm.'],
  [/^blocks\.(\d+)\.ffn\.gate\.0\./, 'enc.blk.$1.ffn_gate.'],
  [/^blocks\.(\d+)\.ffn\.fc1\./, 'enc.blk.$1.ffn_up.'],
  [/^blocks\.(\d+)\.ffn\.fc2\./, 'enc.blk.$1.ffn_down.'],
]

const by =
  (rules: readonly (readonly [RegExp, string])[]): Naming =>
  (name) => {
    const rule = rules.find(([pattern]) => pattern.test(name))
    return rule ? name.replace(rule[0], rule[1]) : name
  }

const spiece = fixture('tokenizer.spiece.model')

/** ComfyUI's text encoder: Hugging Face's names, the tokenizer inside. */
export const comfyTextEncoder = (): Uint8Array<ArrayBuffer> =>
  asSafetensors(SHAPES.textEncoder, by(HUGGING_FACE), [
    { name: 'spiece_model', dtype: 'U8', shape: [spiece.length], bytes: spiece },
  ])

/** llama.cpp's text encoder, with the tokenizer of the fixture in its metadata. */
export async function ggufTextEncoder(dtype: WrittenType = 'Q8_0'): Promise<Uint8Array<ArrayBuffer>> {
  const own = await openGguf(bufferSource('tokenizer.gguf', fixture('tokenizer.gguf')))
  const key = (name: string): string => `tokenizer.ggml.${name}`
  return asGguf(SHAPES.textEncoder, dtype, by(LLAMA), {
    'general.architecture': 't5encoder',
    [key('model')]: 't5',
    [key('add_space_prefix')]: true,
    [key('precompiled_charsmap')]: Int32Array.of(1),
    [key('tokens')]: await own.strings(key('tokens')),
    [key('scores')]: Float32Array.from(await own.numbers(key('scores'))),
    [key('token_type')]: Int32Array.from(await own.numbers(key('token_type'))),
  })
}

export const tokenizerJson = (): Uint8Array<ArrayBuffer> => fixture('tokenizer.hf.json')
export const spieceModel = (): Uint8Array<ArrayBuffer> => spiece

/** A checkpoint of any size whose weights are all zero, and are made as they are read. */
export function hollowSafetensors(name: string, shapes: Shapes): ByteSource {
  const tensors = Array.from(shapes, ([tensor, shape]) => ({ name: tensor, dtype: 'F16' as const, shape }))
  const header = safetensorsHeader(tensors)
  return {
    name,
    size: header.length + tensors.reduce((sum, { shape }) => sum + 2 * elementCount(shape), 0),
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      bytes.set(header.subarray(offset, offset + length))
      return bytes
    },
  }
}

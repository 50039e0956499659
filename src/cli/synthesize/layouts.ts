// Plans the files of a model: safetensors and GGUF, in the types and names of published files.
import type { TextEncoderConfig } from '../../models/umt5/config'
import { safetensorsHeader } from '../../weights/formats/safetensors'
import type { UnigramVocabulary } from '../../models/umt5/tokenizer-json'
import { tensorBytes } from '../../weights/weight-file'
import { ALIGNMENT, ggufHeader, type GgufMetadata } from './gguf-writer'
import type { PlannedFile, PlannedTensor, StoredType } from './planned-file'
import type { QuantizedType } from './quantize'
import type { Shapes } from './shapes'

/** The mixes under llama.cpp's names; in a `_M` mix some matrices have six bits. */
export const MIXES = { q8_0: 'Q8_0', q5_k_m: 'Q5_K', q4_k_m: 'Q4_K' } as const satisfies Record<
  string,
  QuantizedType
>
export type Mix = keyof typeof MIXES

const FILE_TYPES: Readonly<Record<Mix, number>> = { q8_0: 7, q5_k_m: 17, q4_k_m: 15 }
/** sentencepiece's numbers. */
const KINDS = ['normal', 'unknown', 'control', 'user', 'unused', 'byte'] as const

export function safetensorsFile(
  name: string,
  shapes: Shapes,
  rename: (original: string) => string,
  typeOf: (original: string) => 'F32' | 'F16' | 'BF16' = () => 'F16',
): PlannedFile {
  const listed = Array.from(shapes, ([original, shape]) => ({
    original,
    name: rename(original),
    shape,
    dtype: typeOf(original),
  }))
  const header = safetensorsHeader(listed, { format: 'pt' })
  let size = header.length
  const tensors = listed.map(({ original, shape, dtype }) => {
    const tensor = { original, shape, dtype, offset: size }
    size += tensorBytes(dtype, shape)
    return tensor
  })
  return { name, size, pieces: [{ offset: 0, bytes: header }], tensors }
}

/** As large as a shard of the published files gets. */
const SHARD_BYTES = 4.9e9

/** Like `safetensorsFile`, cut into shards of `most` bytes, with the index that joins them. */
export function shardedFiles(
  name: string,
  shapes: Shapes,
  rename: (original: string) => string,
  most = SHARD_BYTES,
): PlannedFile[] {
  const shards: [string, readonly number[]][][] = [[]]
  let size = 0
  for (const entry of shapes) {
    const bytes = tensorBytes('F16', entry[1])
    if (size > 0 && size + bytes > most) {
      shards.push([])
      size = 0
    }
    shards.at(-1)!.push(entry)
    size += bytes
  }
  const digits = (number: number): string => String(number).padStart(5, '0')
  const fileOf = (i: number): string => `${name}-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`
  const total = Array.from(shapes.values()).reduce((sum, shape) => sum + tensorBytes('F16', shape), 0)
  const index = {
    metadata: { total_size: total },
    weight_map: Object.fromEntries(
      shards.flatMap((shard, i) => shard.map(([original]) => [rename(original), fileOf(i)])),
    ),
  }
  const bytes = new TextEncoder().encode(JSON.stringify(index))
  return [
    ...shards.map((shard, i) => safetensorsFile(fileOf(i), new Map(shard), rename)),
    {
      name: `${name}.safetensors.index.json`,
      size: bytes.length,
      pieces: [{ offset: 0, bytes }],
      tensors: [],
    },
  ]
}

interface GgufContents {
  readonly metadata: GgufMetadata
  readonly shapes: Shapes
  rename(original: string): string
  dtype(original: string, shape: readonly number[]): StoredType
}

function ggufFile(name: string, { metadata, shapes, rename, dtype }: GgufContents): PlannedFile {
  let end = 0
  const entries = Array.from(shapes, ([original, shape]) => {
    const entry = { original, name: rename(original), shape, dtype: dtype(original, shape), offset: end }
    end += Math.ceil(tensorBytes(entry.dtype, shape) / ALIGNMENT) * ALIGNMENT
    return entry
  })
  const header = ggufHeader(metadata, entries)
  const tensors: PlannedTensor[] = entries.map(({ original, shape, dtype: type, offset }) => ({
    original,
    shape,
    dtype: type,
    offset: header.length + offset,
  }))
  return { name, size: header.length + end, pieces: [{ offset: 0, bytes: header }], tensors }
}

/**
 * Whether layer `i` of `n` has more bits in llama.cpp's `_M` mixes: the first and last eighths, and every third layer
 * between.
 */
function moreBits(i: number, n: number): boolean {
  const eighth = Math.floor(n / 8)
  return i < eighth || i >= Math.floor((7 * n) / 8) || (i - eighth) % 3 === 2
}

/**
 * Types as published: vectors, modulation and the patch embedding in F32, matrices outside the blocks in F16; in a
 * `_M` mix attention's values and the FFN's last matrix have six bits.
 */
export function ditGguf(name: string, shapes: Shapes, mix: Mix): PlannedFile {
  return ggufFile(name, {
    metadata: new Map<string, string | number>([
      ['general.architecture', 'wan'],
      ['general.quantization_version', 2],
      ['general.file_type', FILE_TYPES[mix]],
    ]),
    shapes,
    rename: (original) => original,
    dtype(original, shape) {
      if (shape.length !== 2) return 'F32'
      if (!/^(vace_)?blocks\./.test(original)) return 'F16'
      return mix !== 'q8_0' && /\.(self_attn\.v|cross_attn\.v|ffn\.2)\.weight$/.test(original)
        ? 'Q6_K'
        : MIXES[mix]
    },
  })
}

function tokenizerMetadata({
  pieces,
  addsSpacePrefix,
}: UnigramVocabulary): [string, GgufMetadata extends ReadonlyMap<string, infer V> ? V : never][] {
  return [
    ['tokenizer.ggml.model', 't5'],
    ['tokenizer.ggml.pre', 'default'],
    ['tokenizer.ggml.tokens', pieces.map(({ text }) => text)],
    ['tokenizer.ggml.scores', Float32Array.from(pieces, ({ score }) => score)],
    ['tokenizer.ggml.token_type', Int32Array.from(pieces, ({ kind }) => KINDS.indexOf(kind) + 1)],
    ['tokenizer.ggml.add_space_prefix', addsSpacePrefix],
    ['tokenizer.ggml.remove_extra_whitespaces', true],
    ['tokenizer.ggml.padding_token_id', 0],
    ['tokenizer.ggml.eos_token_id', 1],
    ['tokenizer.ggml.unknown_token_id', 2],
    ['tokenizer.ggml.add_bos_token', false],
    ['tokenizer.ggml.add_eos_token', true],
  ]
}

/**
 * Types as in llama.cpp: norms in F32, position biases in F16; in a `_M` mix the embedding has six bits, and in some
 * layers so do attention's values and the FFN's last matrix.
 */
export function umt5Gguf(
  name: string,
  shapes: Shapes,
  config: TextEncoderConfig,
  mix: Mix,
  rename: (original: string) => string,
  vocabulary: UnigramVocabulary,
): PlannedFile {
  return ggufFile(name, {
    metadata: new Map([
      ['general.architecture', 't5encoder'],
      ['general.quantization_version', 2],
      ['general.file_type', FILE_TYPES[mix]],
      ['t5encoder.context_length', 512],
      ['t5encoder.embedding_length', config.dim],
      ['t5encoder.feed_forward_length', config.dimFfn],
      ['t5encoder.block_count', config.numLayers],
      ['t5encoder.attention.head_count', config.numHeads],
      ['t5encoder.attention.key_length', config.dimAttn / config.numHeads],
      ['t5encoder.attention.value_length', config.dimAttn / config.numHeads],
      ['t5encoder.attention.relative_buckets_count', config.numBuckets],
      ...tokenizerMetadata(vocabulary),
    ]),
    shapes,
    rename,
    dtype(original, shape) {
      if (shape.length === 1) return 'F32'
      if (original.includes('pos_embedding')) return 'F16'
      if (original === 'token_embedding.weight') return mix === 'q8_0' ? 'Q8_0' : 'Q6_K'
      const sensitive =
        /\.(attn\.v|ffn\.fc2)\.weight$/.test(original) &&
        moreBits(Number(original.split('.')[1]), config.numLayers)
      return mix !== 'q8_0' && sensitive ? 'Q6_K' : MIXES[mix]
    },
  })
}

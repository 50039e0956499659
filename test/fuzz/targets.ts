// What is fuzzed: for each parser, inputs made of its own structure, and what a reader does with the result.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { asWan, modelsOf } from '../../src/engine/model/key-maps'
import { parseManifest } from '../../src/engine/model/manifest'
import { readRecipe } from '../../src/media/recipe-box'
import { checkedTokenizer, TOKENIZER_JSON } from '../../src/models/umt5/checked-tokenizer'
import { embeddedTokenizer } from '../../src/models/umt5/embedded-tokenizer'
import { parseSentencePiece } from '../../src/models/umt5/sentencepiece'
import { loadTokenizer } from '../../src/models/umt5/tokenizer'
import { tokenizerDocuments } from '../../src/models/umt5/tokenizer-json'
import { ditConfigOf } from '../../src/models/wan-dit/config'
import { parseWan21Config } from '../../src/models/wan21'
import { limitsFor } from '../../src/protocol/limits'
import { normaliseSettings } from '../../src/protocol/normalise'
import type { SettingsInput } from '../../src/protocol/settings'
import { parseModel } from '../../src/storage/entries'
import { doneBytes, replay } from '../../src/storage/file-records'
import { openJournal, readJournal } from '../../src/storage/journal'
import { parseBoundedJson } from '../../src/weights/formats/bounded-json'
import { WeightsError } from '../../src/weights/error'
import { openWeights } from '../../src/weights/formats/open'
import { safetensorsHeader } from '../../src/weights/formats/safetensors'
import { bufferSource } from '../../src/weights/sources/byte-source'
import { CheckedJson } from '../../src/weights/sources/checked-json'
import { LIST, parseFileList } from '../../src/weights/sources/model-folder'
import type { WeightFile } from '../../src/weights/weight-file'
import { writeGguf, type WrittenValue } from '../support/gguf-writer'
import { reported } from '../support/reported'
import { mutateBytes } from './mutate-bytes'
import { mutateJson, mutateJsonText } from './mutate-json'
import type { Random } from './random'
import { anyPickle, storedZip } from './torch-sample'

export interface Target {
  readonly name: string
  make(random: Random): Uint8Array<ArrayBuffer>
  /** Reads what was made. An error that is not typed is a fault. */
  read(input: Uint8Array<ArrayBuffer>): Promise<void>
}

const ROOT = process.cwd() // npm's; the bundle lies elsewhere
const fixture = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(ROOT, 'test/fixtures', name)))
const encoder = new TextEncoder()
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const json = (bytes: Uint8Array): unknown => JSON.parse(textOf(bytes))

/** A small tensor of each is read, as floats and by rows. */
async function readSome(file: WeightFile): Promise<void> {
  for (const { name, shape, byteLength } of [...file.tensors.values()].slice(0, 4)) {
    if (byteLength > 1 << 16) continue
    await file.floats(name)
    if ((shape[0] ?? 0) > 0) await file.rows(name, 0, 1)
  }
}

async function readWeights(input: Uint8Array<ArrayBuffer>): Promise<void> {
  const { file } = await openWeights(bufferSource('input', input), async (path) => bufferSource(path, SHARD))
  await readSome(file).catch((error: unknown) => {
    if (!(error instanceof WeightsError)) throw error
  })
  for (const model of modelsOf(file)) asWan(file, model)
  await embeddedTokenizer(file)
}

const SMALL_HEADER = {
  __metadata__: { format: 'pt' },
  'a.weight': { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
  b: { dtype: 'BF16', shape: [4], data_offsets: [24, 32] },
  'c.weight': { dtype: 'F8_E4M3', shape: [4], data_offsets: [32, 36] },
  'c.scale_weight': { dtype: 'F32', shape: [], data_offsets: [36, 40] },
}

function framed(header: Uint8Array, data: number): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(8 + header.length + data)
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true)
  file.set(header, 8)
  return file
}

const SHARD = framed(encoder.encode(JSON.stringify(SMALL_HEADER)), 40)
/** A DiT of one block, in the names of a real file. */
const DIT = reported('a20-fp8-marker-prefixed.safetensors')
const DIT_HEADER = json(
  DIT.subarray(8, 8 + Number(new DataView(DIT.buffer).getBigUint64(0, true))),
) as Record<string, object>

const safetensors: Target = {
  name: 'safetensors',
  make(random) {
    if (random.chance(0.3)) return mutateBytes(random, SHARD)
    return framed(encoder.encode(mutateJsonText(random, SMALL_HEADER)), random.pick([40, 40, 0, 41]))
  },
  read: readWeights,
}

/** Names and shapes changed, and the bytes laid out to fit: what is behind the parser is met. */
const layout: Target = {
  name: 'layout of tensors',
  make(random) {
    const changed = mutateJson(random, DIT_HEADER)
    const entries = typeof changed === 'object' && changed !== null ? Object.entries(changed as object) : []
    const tensors = entries.flatMap(([name, entry]: [string, unknown]) => {
      const { dtype, shape } = (entry ?? {}) as { dtype?: unknown; shape?: unknown }
      const sound =
        Array.isArray(shape) && shape.every((dim) => Number.isInteger(dim) && dim >= 0 && dim < 2000)
      return sound && shape.length < 6 && name.length < 200
        ? [
            {
              name,
              dtype: random.chance(0.99) && typeof dtype === 'string' ? dtype : 'I8',
              shape: shape as number[],
            },
          ]
        : []
    })
    let end = 0
    const header = Object.fromEntries(
      tensors.map(({ name, dtype, shape }) => {
        const bytes = shape.reduce(
          (product, dim) => product * dim,
          dtype === 'F32' ? 4 : dtype === 'F16' ? 2 : 1,
        )
        const offsets = [end, end + bytes]
        end += bytes
        return [name, { dtype, shape, data_offsets: offsets }]
      }),
    )
    return framed(encoder.encode(JSON.stringify(header)), Math.min(end, 1 << 20))
  },
  async read(input) {
    const { file } = await openWeights(bufferSource('input', input))
    for (const model of modelsOf(file)) {
      const wan = asWan(file, model)
      if (model === 'dit') ditConfigOf(wan.file)
    }
  },
}

const GGUF_SAMPLES = [fixture('gguf-types.gguf').slice(0, 4000), fixture('tokenizer.gguf').slice(0, 3000)]
const gguf: Target = {
  name: 'GGUF',
  make(random) {
    if (random.chance(0.4)) return mutateBytes(random, random.pick(GGUF_SAMPLES))
    const values: Record<string, WrittenValue> = {
      'general.architecture': 'wan',
      ...(random.chance(0.3) && { 'general.alignment': random.pick([0, 1, 3, 32, 2 ** 31]) }),
      ...(random.chance(0.3) && { 'split.count': random.below(4) }),
      ...(random.chance(0.3) && { 'comfy.gguf.orig_shape.w': Int32Array.of(2, random.below(40) - 2) }),
      ...(random.chance(0.4) && {
        'tokenizer.ggml.model': random.pick(['t5', 'gpt2']),
        'tokenizer.ggml.tokens': Array.from({ length: random.size(2000) }, (_, i) => `p${i}`),
        'tokenizer.ggml.scores': new Float32Array(random.below(12)),
        'tokenizer.ggml.token_type': new Int32Array(random.below(12)).fill(random.below(8)),
      }),
    }
    const tensors = Array.from({ length: random.below(4) }, (_, i) => ({
      name: random.pick(['w', 'head.modulation', `t${i}`, 'n'.repeat(random.size(2000))]),
      dtype: random.pick(['F32', 'F16', 'Q8_0'] as const),
      shape: [1 + random.below(3), 32],
      values: new Float32Array(0),
    })).map((tensor) => ({ ...tensor, values: new Float32Array(tensor.shape[0]! * 32) }))
    const file = new Uint8Array(writeGguf(values, tensors))
    return random.chance(0.7) ? mutateBytes(random, file) : file
  },
  read: readWeights,
}

const TORCH_SAMPLE = fixture('torch-small.pt')
const torch: Target = {
  name: 'PyTorch',
  make(random) {
    if (random.chance(0.25)) return mutateBytes(random, TORCH_SAMPLE)
    const zip = storedZip([
      ['m/data.pkl', anyPickle(random)],
      ['m/data/0', new Uint8Array(random.pick([0, 4, 8, 16, 64]))],
      ...(random.chance(0.1)
        ? [['m/byteorder', encoder.encode(random.pick(['little', 'big']))] as const]
        : []),
    ])
    return random.chance(0.2) ? mutateBytes(random, zip) : zip
  },
  read: readWeights,
}

const INDEX = {
  metadata: { total_size: 1 },
  weight_map: { 'a.weight': 'm-1.safetensors', b: './m-1.safetensors' },
}
const index: Target = {
  name: 'index.json',
  make: (random) => encoder.encode(mutateJsonText(random, INDEX)),
  read: readWeights,
}

const UMT5 = json(fixture('tokenizer.hf.json')) as {
  model: { vocab: unknown[] }
  normalizer: { normalizers: object[] }
}
const SMALL_TOKENIZER = {
  ...UMT5,
  normalizer: { ...UMT5.normalizer, normalizers: UMT5.normalizer.normalizers.slice(1) },
  model: { ...UMT5.model, vocab: UMT5.model.vocab.slice(0, 40) },
}
const tokenizer: Target = {
  name: 'tokenizer.json',
  make: (random) => encoder.encode(mutateJsonText(random, SMALL_TOKENIZER)),
  async read(input) {
    const document = parseBoundedJson(input, TOKENIZER_JSON, 'it', (problem) => {
      throw new WeightsError('input', problem)
    })
    checkedTokenizer('input', document)
    const made = await loadTokenizer(document, {})
    made.encode(`a red ball ${'a'.repeat(40)}!  ▁x`, 64)
  },
}

const SPIECE = fixture('tokenizer.spiece.model').slice(0, 1500)
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
const sentencepiece: Target = {
  name: 'sentencepiece',
  make(random) {
    if (random.chance(0.5)) return mutateBytes(random, SPIECE)
    const field = (number: number, bytes: readonly number[]): number[] => [
      (number << 3) | 2,
      ...varint(bytes.length),
      ...bytes,
    ]
    const piece = (): number[] =>
      field(1, [
        ...field(1, [
          ...encoder.encode(random.pick(['<unk>', '</s>', 'a', '▁b', '', 'x'.repeat(random.size(3000))])),
        ]),
        ...(random.chance(0.5) ? [0x15, ...random.bytes(4)] : []),
        ...(random.chance(0.7) ? [0x18, random.below(9)] : []),
      ])
    const sound = (text: string, kind: number): number[] =>
      field(1, [...field(1, [...encoder.encode(text)]), 0x18, kind])
    const out: number[] = random.chance(0.7)
      ? [...sound('<pad>', 3), ...sound('</s>', 3), ...sound('<unk>', 2), ...sound('▁a', 1)]
      : []
    for (let left = random.below(random.pick([2, 30])); left > 0; left--)
      for (const byte of random.chance(0.9)
        ? piece()
        : field(random.below(16), [...random.bytes(random.size(2000))]))
        out.push(byte)
    return Uint8Array.from(out)
  },
  async read(input) {
    const { tokenizer: document, config } = tokenizerDocuments('input', parseSentencePiece('input', input))
    ;(await loadTokenizer(document, config)).encode('a red ball', 64)
  },
}

const MANIFEST = json(readFileSync(join(ROOT, 'public/models/mini/manifest.json'))) as { config: unknown }
const manifest: Target = {
  name: 'manifest',
  make: (random) => encoder.encode(mutateJsonText(random, MANIFEST)),
  async read(input) {
    const document = parseBoundedJson(input, LIST, 'it', (problem) => {
      throw new WeightsError('input', problem)
    })
    parseManifest(document, 'input')
  },
}

const FILES = {
  title: 'A model',
  files: [
    { path: 'a/b.safetensors', bytes: 5 },
    { path: 'c', bytes: 0 },
  ],
}
const lists: Target = {
  name: 'lists of files, configs',
  make: (random) => encoder.encode(mutateJsonText(random, random.chance(0.5) ? FILES : MANIFEST.config)),
  async read(input) {
    const document = parseBoundedJson(input, LIST, 'it', (problem) => {
      throw new WeightsError('input', problem)
    })
    if (typeof document === 'object' && document !== null && 'files' in document) parseFileList(document)
    else parseWan21Config(new CheckedJson(document, 'input'))
  },
}

const RECIPE = {
  prompt: 'a red ball',
  negativePrompt: '',
  seed: 7,
  width: 832,
  height: 480,
  numFrames: 81,
  numInferenceSteps: 50,
  guidanceScale: 5,
  shift: 5,
  sampler: 'unipc',
  cache: 'off',
  app: 'Zoetrope',
  appVersion: '0.5.1',
  model: 'mini',
}
/** As `embedRecipe` nests them. */
function recipeFile(text: Uint8Array): Uint8Array<ArrayBuffer> {
  const box = (type: string, ...parts: readonly Uint8Array[]): Uint8Array => {
    const size = parts.reduce((sum, part) => sum + part.length, 8)
    const bytes = new Uint8Array(size)
    new DataView(bytes.buffer).setUint32(0, size)
    bytes.set(
      Uint8Array.from(type, (letter) => letter.charCodeAt(0)),
      4,
    )
    let at = 8
    for (const part of parts) {
      bytes.set(part, at)
      at += part.length
    }
    return bytes
  }
  const item = box('\u00A9cmt', box('data', new Uint8Array(8), text))
  return Uint8Array.from(box('moov', box('udta', box('meta', new Uint8Array(4), box('ilst', item)))))
}
const recipe: Target = {
  name: 'recipe',
  make(random) {
    const file = recipeFile(encoder.encode(mutateJsonText(random, RECIPE)))
    return random.chance(0.4) ? mutateBytes(random, file) : file
  },
  async read(input) {
    const found = readRecipe(input)
    const settings =
      found === undefined
        ? undefined
        : normaliseSettings(
            found as SettingsInput,
            limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 }),
          )
    // Refusals are answers here; they are counted as those of the other parsers are.
    if (!settings?.ok) throw new WeightsError('input', settings?.reason ?? 'holds no recipe')
  },
}

const HEADER = {
  type: 'file',
  path: 'dit.gguf',
  repository: 'owner/model',
  revision: '0123',
  size: 1000,
  sha256: '',
  stamp: '"one"',
  pieceBytes: 100,
}
const RECORDS = [HEADER, { type: 'piece', index: 3, sha256: 'ab'.repeat(32) }, { type: 'lost', index: 3 }]
const MODEL = {
  id: 'wan',
  repository: 'owner/model',
  revision: '0123',
  files: [{ path: 'dit.gguf', url: 'https://server/dit', bytes: 5, sha256: 'ab'.repeat(32) }],
}

/** Records with right checksums. */
function journalOf(records: readonly unknown[]): Uint8Array<ArrayBuffer> {
  let bytes = new Uint8Array()
  const { journal } = openJournal<unknown>({
    size: () => bytes.length,
    read: () => bytes,
    write: (_at, line) => void (bytes = Uint8Array.from([...bytes, ...line])),
    truncate: () => undefined,
    flush: () => undefined,
    close: () => undefined,
  })
  for (const record of records) journal.append(record ?? null)
  return bytes
}
const journal: Target = {
  name: 'journal',
  make(random) {
    const document = random.chance(0.5) ? RECORDS : [MODEL]
    const changed = mutateJson(random, document)
    const file = journalOf(Array.isArray(changed) ? changed.slice(0, 50) : [changed])
    return random.chance(0.3) ? mutateBytes(random, file) : file
  },
  async read(input) {
    const { records } = readJournal(input)
    if (records.some((record) => typeof record === 'object' && record !== null && 'files' in record))
      parseModel(records.at(-1))
    else doneBytes(replay(records, 'input'))
  },
}

export const TARGETS: readonly Target[] = [
  safetensors,
  layout,
  gguf,
  torch,
  index,
  tokenizer,
  sentencepiece,
  manifest,
  lists,
  recipe,
  journal,
]

/** Kept in use, so that a sample that no longer opens is noticed. */
export const SOUND: readonly Uint8Array<ArrayBuffer>[] = [
  SHARD,
  TORCH_SAMPLE,
  Uint8Array.from(safetensorsHeader([])),
]

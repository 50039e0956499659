// Files of weights: their containers, and what lies behind those.
import { asWan, modelsOf } from '../../src/engine/model/key-maps'
import { embeddedTokenizer } from '../../src/models/umt5/embedded-tokenizer'
import { ditConfigOf } from '../../src/models/wan-dit/config'
import { WeightsError } from '../../src/weights/error'
import { openWeights } from '../../src/weights/formats/open'
import { safetensorsHeader } from '../../src/weights/formats/safetensors'
import { bufferSource } from '../../src/weights/sources/byte-source'
import type { WeightFile } from '../../src/weights/weight-file'
import { writeGguf, type WrittenValue } from '../support/gguf-writer'
import { reported } from '../support/reported'
import { framed, laidOut } from './laid-out'
import { mutateBytes } from './mutate-bytes'
import { mutateJson, mutateJsonText } from './mutate-json'
import { encoder, fixture, json, type Target } from './target'
import { anyPickle, storedZip } from './torch-sample'

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

const SHARD = framed(encoder.encode(JSON.stringify(SMALL_HEADER)), 40)
/** A DiT of one block, in the names of a real file. */
const DIT = reported('a20-fp8-marker-prefixed.safetensors')
const DIT_HEADER = json(
  DIT.subarray(8, 8 + Number(new DataView(DIT.buffer).getBigUint64(0, true))),
) as Record<string, object>

export const safetensors: Target = {
  name: 'safetensors',
  make(random) {
    if (random.chance(0.3)) return mutateBytes(random, SHARD)
    return framed(encoder.encode(mutateJsonText(random, SMALL_HEADER)), random.pick([40, 40, 0, 41]))
  },
  read: readWeights,
}

/** Names and shapes changed, and the bytes laid out to fit: what is behind the parser is met. */
export const layout: Target = {
  name: 'layout of tensors',
  make: (random) => laidOut(random, mutateJson(random, DIT_HEADER)),
  async read(input) {
    const { file } = await openWeights(bufferSource('input', input))
    for (const model of modelsOf(file)) {
      const wan = asWan(file, model)
      if (model === 'dit') ditConfigOf(wan.file)
    }
  },
}

const GGUF_SAMPLES = [fixture('gguf-types.gguf').slice(0, 4000), fixture('tokenizer.gguf').slice(0, 3000)]
export const gguf: Target = {
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
export const torch: Target = {
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
export const index: Target = {
  name: 'index.json',
  make: (random) => encoder.encode(mutateJsonText(random, INDEX)),
  read: readWeights,
}

/** Kept in use, so that a sample that no longer opens is noticed. */
export const SOUND: readonly Uint8Array<ArrayBuffer>[] = [
  SHARD,
  TORCH_SAMPLE,
  Uint8Array.from(safetensorsHeader([])),
]

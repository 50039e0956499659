// Files of LoRAs: names, shapes, alphas and settings changed, read against a model of one block.
import { ditShapes } from '../../src/cli/synthesize/shapes'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { ditAdapterBase } from '../../src/models/wan-dit/adapters'
import { adaptFile } from '../../src/weights/adapters/adapted-file'
import { baseMatrix } from '../../src/weights/adapters/prepared'
import { readAdapter } from '../../src/weights/adapters/read'
import { packSides } from '../../src/weights/adapters/sides'
import { openWeights } from '../../src/weights/formats/open'
import { bufferSource } from '../../src/weights/sources/byte-source'
import { requireTensor } from '../../src/weights/weight-file'
import { mutateBytes } from './mutate-bytes'
import { mutateJson } from './mutate-json'
import type { Random } from './random'
import { encoder, type Target } from './target'

const SHAPES = ditShapes({
  dim: 32,
  ffnDim: 48,
  numHeads: 1,
  numLayers: 1,
  inDim: 4,
  outDim: 4,
  patchSize: [1, 2, 2],
  textDim: 16,
  textLen: 8,
  freqDim: 16,
  eps: 1e-6,
})
const MODEL = formulaFile('model.safetensors', SHAPES, 'fuzz')
const BASE = ditAdapterBase(MODEL)

type Entries = Record<string, readonly number[]>

/** Sound layers of each kind, by the endings of their tensors; [rows, cols] of the layer. */
const KINDS: readonly ((rows: number, cols: number) => Entries)[] = [
  (rows, cols) => ({ 'lora_down.weight': [2, cols], 'lora_up.weight': [rows, 2], alpha: [], diff_b: [rows] }),
  (rows, cols) => ({
    'lora_A.default.weight': [3, cols],
    'lora_B.default.weight': [rows, 3],
    'lora_B.bias': [rows],
  }),
  (rows, cols) => ({ 'lora_A.weight': [2, cols], 'lora_B.weight': [rows, 2], dora_scale: [rows, 1] }),
  (rows, cols) => ({ 'lora_A.weight': [2, cols], 'lora_B.weight': [rows, 2], dora_scale: [1, cols] }),
  (rows, cols) => ({ lokr_w1: [4, 2], lokr_w2_a: [rows / 4, 3], lokr_w2_b: [3, cols / 2], alpha: [1] }),
  (rows, cols) => ({
    hada_w1_a: [rows, 2],
    hada_w1_b: [2, cols],
    hada_w2_a: [rows, 3],
    hada_w2_b: [3, cols],
  }),
  (rows, cols) => ({ diff: [rows, cols], diff_b: [rows] }),
]
const LAYERS = [
  ['blocks.0.self_attn.q', 32, 32],
  ['blocks.0.cross_attn.o', 32, 32],
  ['blocks.0.ffn.0', 48, 32],
  ['blocks.0.ffn.2', 32, 48],
  ['text_embedding.0', 32, 16],
] as const
const PREFIXES = ['diffusion_model.', 'transformer.', 'base_model.model.', 'lora_unet_', 'lora_unet__', '']
const DTYPES = { F32: 4, F16: 2, BF16: 2, F8_E4M3: 1 } as const
const SETTINGS = {
  'transformer.lora_alpha': 8,
  'transformer.use_rslora': true,
  'transformer.alpha_pattern': { 'ffn.net.0.proj': 4, 'blocks\\.\\d+': 2 },
}

interface Header {
  readonly dtype: unknown
  readonly shape: unknown
}

/** Layers of any kinds, as the header of a file has them. */
function layers(random: Random): Record<string, Header> {
  const entries: [string, Header][] = []
  const prefix = random.pick(PREFIXES)
  for (const [layer, rows, cols] of LAYERS.slice(0, 1 + random.below(LAYERS.length))) {
    const path = `${prefix}${prefix.startsWith('lora_unet') ? layer.replaceAll('.', '_') : layer}`
    const dtype = random.pick(Object.keys(DTYPES))
    for (const [ending, shape] of Object.entries(random.pick(KINDS)(rows, cols)))
      entries.push([`${path}.${ending}`, { dtype, shape }])
  }
  return Object.fromEntries(entries)
}

/** Safetensors of what is left of the entries, laid out to fit, with any bits as numbers. */
function file(random: Random, tensors: unknown, metadata: unknown): Uint8Array<ArrayBuffer> {
  let end = 0
  const sound = Object.entries((tensors ?? {}) as Record<string, Partial<Header> | null>).flatMap(
    ([name, entry]) => {
      const { dtype, shape } = entry ?? {}
      const width = typeof dtype === 'string' ? DTYPES[dtype as keyof typeof DTYPES] : undefined
      if (width === undefined || !Array.isArray(shape) || shape.length > 6 || name.length > 300) return []
      const dims = shape as readonly unknown[]
      if (!dims.every((dim) => typeof dim === 'number' && Number.isInteger(dim) && dim >= 0)) return []
      const bytes = (dims as readonly number[]).reduce((product, dim) => product * dim, width)
      if (!(bytes <= 1 << 16)) return []
      const offsets = [end, end + bytes]
      end += bytes
      return [[name, { dtype, shape, data_offsets: offsets }] as const]
    },
  )
  const note = random.chance(0.3) ? { __metadata__: { lora_adapter_metadata: JSON.stringify(metadata) } } : {}
  const header = encoder.encode(JSON.stringify({ ...note, ...Object.fromEntries(sound) }))
  const bytes = new Uint8Array(8 + header.length + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true)
  bytes.set(header, 8)
  // Sound numbers have 0x3c or less in their highest byte; any bits are infinities now and then.
  const most = random.chance(0.8) ? 0x3c : 0xff
  for (let i = 8 + header.length; i < bytes.length; i++) bytes[i] = random.below(most)
  return bytes
}

export const adapters: Target = {
  name: 'adapters',
  make(random) {
    const tensors = layers(random)
    const isChanged = random.chance(0.6)
    const made = file(
      random,
      isChanged ? mutateJson(random, tensors) : tensors,
      random.chance(0.5) ? mutateJson(random, SETTINGS) : SETTINGS,
    )
    return random.chance(0.1) ? mutateBytes(random, made) : made
  },
  async read(input) {
    const { file: opened } = await openWeights(bufferSource('input', input))
    const adapter = await readAdapter(opened, BASE)
    const { file: changed, changes } = adaptFile(MODEL, [{ adapter, strength: 0.5 }])
    for (const [name, list] of changes)
      for (const change of list) await packSides(change, name, baseMatrix(MODEL, requireTensor(MODEL, name)))
    for (const name of adapter.deltas.keys()) if (!changes.has(name)) await changed.floats(name)
  },
}

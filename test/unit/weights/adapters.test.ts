// One tiny LoRA in every naming that people have, and files made to hurt.
import { describe, expect, it } from 'vitest'
import { ditShapes } from '../../../src/cli/synthesize/shapes'
import { formulaFile } from '../../../src/cli/synthesize/formula'
import { ditAdapterBase } from '../../../src/models/wan-dit/adapters'
import { toDiffusersNames } from '../../../src/models/wan-dit/diffusers-names'
import { DIT_KEYS } from '../../../src/models/wan-dit/keys'
import { mergeAdapters } from '../../support/lora'
import { adapterNote } from '../../../src/weights/adapters/report'
import { readAdapter } from '../../../src/weights/adapters/read'
import type { Adapter } from '../../../src/weights/adapters/adapter'
import { WeightsError } from '../../../src/weights/error'
import { openSafetensors, writeSafetensors } from '../../../src/weights/formats/safetensors'
import { bufferSource } from '../../../src/weights/sources/byte-source'
import { elementCount, type WeightFile } from '../../../src/weights/weight-file'
import { randomFloats } from '../../support/random'

/** Numbers from 0 to 1, the same for the same seed. */
function seeded(seed: number): () => number {
  const values = randomFloats(99_991, seed)
  let i = 0
  return () => (values[i++ % values.length]! + 1) / 2
}

const SHAPES = ditShapes({
  dim: 64,
  ffnDim: 96,
  numHeads: 1,
  numLayers: 1,
  inDim: 4,
  outDim: 4,
  patchSize: [1, 2, 2],
  textDim: 32,
  textLen: 8,
  freqDim: 32,
  eps: 1e-6,
})
const model = formulaFile('model.safetensors', SHAPES, '')
const base = ditAdapterBase(model)

interface Stored {
  readonly shape: readonly number[]
  readonly values: readonly number[]
}

const random = seeded(7)
const stored = (...shape: readonly number[]): Stored => ({
  shape,
  values: Array.from({ length: elementCount(shape) }, () => Math.fround(random() - 0.5)),
})

async function fileOf(
  tensors: Readonly<Record<string, Stored>>,
  metadata: Record<string, string> = {},
): Promise<WeightFile> {
  const bytes = writeSafetensors(
    Object.entries(tensors).map(([name, { shape, values }]) => ({
      name,
      dtype: 'F32' as const,
      shape: [...shape],
      bytes: new Uint8Array(Float32Array.from(values).buffer),
    })),
  )
  const file = await openSafetensors(bufferSource('tiny.safetensors', bytes))
  return { ...file, metadata }
}

const open = async (
  tensors: Readonly<Record<string, Stored>>,
  metadata?: Record<string, string>,
): Promise<Adapter> => readAdapter(await fileOf(tensors, metadata), base)

const ALPHA: Stored = { shape: [], values: [3] }
const NAMES = [
  'blocks.0.self_attn.q',
  'blocks.0.cross_attn.o',
  'blocks.0.ffn.0',
  'text_embedding.2',
  'head.head',
]
const PAIRS = new Map(
  NAMES.map((name) => {
    const [rows = 0, cols = 0] = SHAPES.get(`${name}.weight`)!
    return [name, { down: stored(2, cols), up: stored(rows, 2) }] as const
  }),
)

/** The adapter's numbers in place of the names of its tensors. */
async function stateOf({ file, deltas, layers, unused }: Adapter): Promise<unknown> {
  const state: unknown[] = []
  for (const [name, list] of [...deltas].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const values = new Map<string, readonly number[]>()
    for (const tensor of file.tensors.keys()) values.set(tensor, [...(await file.floats(tensor))])
    state.push([
      name,
      JSON.parse(JSON.stringify(list), (key, value: unknown) =>
        key === 'tensor' && typeof value === 'string' ? values.get(value) : value,
      ),
    ])
  }
  return { state, layers, unused }
}

const diffusers = (name: string): string => toDiffusersNames(`${name}.weight`).replace(/\.weight$/, '')
const flat = (name: string): string => name.replaceAll('.', '_')

/** How the families write the path of a layer and the two halves. */
const FAMILIES: Readonly<
  Record<string, (name: string) => readonly [path: string, down: string, up: string]>
> = {
  diffusers: (name) => [`transformer.${diffusers(name)}`, '.lora_A.weight', '.lora_B.weight'],
  ComfyUI: (name) => [`diffusion_model.${name}`, '.lora_down.weight', '.lora_up.weight'],
  LightX2V: (name) => [`diffusion_model.${name}`, '.lora_A.weight', '.lora_B.weight'],
  kohya: (name) => [`lora_unet_${flat(name)}`, '.lora_down.weight', '.lora_up.weight'],
  'VideoX-Fun': (name) => [`lora_unet__${flat(name)}`, '.lora_down.weight', '.lora_up.weight'],
  'kohya with dots': (name) => [`lora_unet_${name}`, '.lora_down.weight', '.lora_up.weight'],
  OneTrainer: (name) => [`lora_transformer_${flat(diffusers(name))}`, '.lora_down.weight', '.lora_up.weight'],
  LyCORIS: (name) => [`lycoris_${flat(diffusers(name))}`, '.lora_down.weight', '.lora_up.weight'],
  PEFT: (name) => [`base_model.model.${name}`, '.lora_A.weight', '.lora_B.weight'],
  LongLive: (name) => [`generator_lora.base_model.model.model.${name}`, '.lora_A.weight', '.lora_B.weight'],
  DiffSynth: (name) => [name, '.lora_A.default.weight', '.lora_B.default.weight'],
  bare: (name) => [name, '.lora_A', '.lora_B'],
  'old diffusers': (name) => [name, '.lora.down.weight', '.lora.up.weight'],
  'older diffusers': (name) => [name, '_lora.down.weight', '_lora.up.weight'],
  'oldest diffusers': (name) => [name, '.lora_linear_layer.down.weight', '.lora_linear_layer.up.weight'],
}

function inFamily(family: string): Record<string, Stored> {
  return Object.fromEntries(
    [...PAIRS].flatMap(([name, { down, up }]) => {
      const [path, ofDown, ofUp] = FAMILIES[family]!(name)
      return [
        [`${path}${ofDown}`, down],
        [`${path}${ofUp}`, up],
        [`${path}.alpha`, ALPHA],
      ] as const
    }),
  )
}

describe('a LoRA', () => {
  it.each(Object.keys(FAMILIES))('means the same in the names of %s', async (family) => {
    const state = await stateOf(await open(inFamily(family)))
    expect(state).toEqual(await stateOf(await open(inFamily('ComfyUI'))))
    expect(state).toMatchObject({ layers: { applied: NAMES.length, of: NAMES.length }, unused: [] })
  })

  it("has diffusers' name for every tensor of the model", () => {
    const rename = DIT_KEYS.namings.find(({ naming }) => naming === 'diffusers')!.rename(model.tensors)
    for (const name of model.tensors.keys()) expect(rename(toDiffusersNames(name))).toBe(name)
  })

  const pair = PAIRS.get('blocks.0.ffn.0')!
  const named = {
    'transformer.blocks.0.ffn.net.0.proj.lora_A.weight': pair.down,
    'transformer.blocks.0.ffn.net.0.proj.lora_B.weight': pair.up,
  }
  it.each([
    [{}, 1],
    [{ lora_alpha: 8 }, 4],
    [{ lora_alpha: 8, use_rslora: true }, 8 / Math.SQRT2],
    [{ lora_alpha: 8, alpha_pattern: { 'ffn.net.0.proj': 1 } }, 0.5],
    [{ lora_alpha: 8, alpha_pattern: { 'blocks\\.\\d+\\.ffn.*': 3 } }, 1.5],
    [{ lora_alpha: 8, alpha_pattern: { 'net.0': 1 } }, 4],
  ])('takes its factor from the metadata %j', async (settings, scale) => {
    const text = JSON.stringify(
      Object.fromEntries(Object.entries(settings).map(([key, value]) => [`transformer.${key}`, value])),
    )
    const { deltas } = await open(named, { lora_adapter_metadata: text })
    expect(deltas.get('blocks.0.ffn.0.weight')).toMatchObject([{ kind: 'lora', scale }])
  })
})

describe('the report', () => {
  it('counts layers, and names at most four tensors that are left out', async () => {
    const extra = Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e'].map((name) => [`lora_te_${name}.lora_up.weight`, ALPHA]),
    )
    expect(adapterNote(await open({ ...inFamily('kohya'), ...extra }), 0.8)).toBe(
      'tiny.safetensors: 5 of 10 layers applied, at strength 0.8. Left out, as the model has no place for them: lora_te_a.lora_up.weight, lora_te_b.lora_up.weight, lora_te_c.lora_up.weight, lora_te_d.lora_up.weight and 1 more.',
    )
  })
})

const Q = 'diffusion_model.blocks.0.self_attn.q'
describe('a file is refused', () => {
  const down = stored(2, 64)
  const up = stored(64, 2)
  it.each<[what: string, tensors: Record<string, Stored>, sentence: string]>([
    [
      'with one half',
      { [`${Q}.lora_up.weight`]: up },
      `has ${Q}.lora_up.weight and lacks the other half, down.`,
    ],
    [
      'with halves of two ranks',
      { [`${Q}.lora_down.weight`]: down, [`${Q}.lora_up.weight`]: stored(64, 3) },
      `halves of different ranks, ${Q}.lora_up.weight of 3 and ${Q}.lora_down.weight of 2.`,
    ],
    [
      'with two adapters',
      { [`${Q}.lora_down.weight`]: down, [`${Q}.lora_up.weight`]: up, [`${Q}.lora_A.weight`]: down },
      'are the same part of blocks.0.self_attn.q',
    ],
    [
      'of 1.3B',
      { [`${Q}.lora_down.weight`]: stored(1, 1536), [`${Q}.lora_up.weight`]: stored(1536, 1) },
      'was trained for a Wan model of 1.3B parameters: it changes blocks.0.self_attn.q as [1536, 1536], which is [64, 64] in this model.',
    ],
    [
      'of TI2V 5B',
      { [`${Q}.diff_b`]: stored(3072) },
      'was trained for Wan 2.2 TI2V 5B: it changes blocks.0.self_attn.q as [3072], which is [64] in this model.',
    ],
    ['of OFT', { [`${Q}.oft_blocks`]: stored(2, 2, 2) }, 'of the kind OFT'],
    ['of GLoRA', { [`${Q}.a1.weight`]: stored(2, 2) }, 'of the kind GLoRA'],
    ['of a Tucker decomposition', { [`${Q}.lokr_t2`]: stored(2, 2) }, 'of the kind a Tucker decomposition'],
    ['of IA3', { [`${Q}.on_input`]: stored(1) }, 'of the kind IA3'],
    ['of BOFT', { [`${Q}.boft_R`]: stored(1) }, 'of the kind BOFT'],
    [
      'with half a LoKr',
      { [`${Q}.lokr_w1`]: stored(2, 2) },
      `has ${Q}.lokr_w1 and lacks the other half, lokr_w2.`,
    ],
    [
      'with half a LoHa',
      { [`${Q}.hada_w1_a`]: stored(64, 2), [`${Q}.hada_w1_b`]: stored(2, 64) },
      'lacks the other half, hada_w2_a.',
    ],
    ['with a magnitude alone', { [`${Q}.dora_scale`]: stored(64, 1) }, 'lacks the product that it norms.'],
    [
      'with an alpha of two',
      { [`${Q}.lora_down.weight`]: down, [`${Q}.lora_up.weight`]: up, [`${Q}.alpha`]: stored(2) },
      'must hold one finite number and has 2 elements.',
    ],
    [
      'of another program',
      { 'lora_te_text.lora_down.weight': down },
      "changes nothing in Wan's video transformer: of its 1 tensors (lora_te_text.lora_down.weight, …) none",
    ],
  ])('%s', async (_, tensors, sentence) => {
    const error = await open(tensors).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(WeightsError)
    expect((error as WeightsError).message).toContain(sentence)
  })

  it.each([
    ['{', 'is not JSON'],
    ['null', 'is not an object'],
    ['{"transformer.lora_alpha":"1"}', 'has lora_alpha = "1", which must be a number'],
    ['{"transformer.lora_alpha":1,"transformer.alpha_pattern":{"(a+)+":1}}', 'which is too involved'],
    ['{"transformer.lora_alpha":1,"transformer.alpha_pattern":{"(":1}}', 'which is no regular expression'],
  ])('with the metadata %s', async (text, sentence) => {
    const tensors = {
      'transformer.blocks.0.attn1.to_q.lora_A.weight': down,
      'transformer.blocks.0.attn1.to_q.lora_B.weight': up,
    }
    await expect(open(tensors, { lora_adapter_metadata: text })).rejects.toThrow(sentence)
  })
})

describe('damaged files', () => {
  const SOUND: readonly Readonly<Record<string, readonly number[]>>[] = [
    { 'lora_down.weight': [2, 64], 'lora_up.weight': [64, 2], alpha: [], diff_b: [64] },
    { 'lora_A.weight': [2, 64], 'lora_B.weight': [64, 2], dora_scale: [1, 64], 'lora_B.bias': [64] },
    { 'lora_A.weight': [2, 64], 'lora_B.weight': [64, 2], lora_magnitude_vector: [64] },
    { lokr_w1: [4, 2], lokr_w2_a: [16, 3], lokr_w2_b: [3, 32], alpha: [1] },
    { hada_w1_a: [64, 2], hada_w1_b: [2, 64], hada_w2_a: [64, 3], hada_w2_b: [3, 64] },
    { diff: [64, 64], diff_b: [64] },
  ]
  const ENDINGS = [...SOUND.flatMap((parts) => Object.keys(parts)), 'diff_m', 'oft_blocks', 'weight', '']
  const PATHS = ['blocks.0', 'blocks.0.norm3', 'blocks.0.modulation', 'head', 'patch_embedding', 'x', '']

  it('give errors of ours, or weights', async () => {
    const next = seeded(11)
    const one = <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]!
    const outcomes = { read: 0, refused: 0 }
    for (let i = 0; i < 1000; i++) {
      const parts = Object.entries(one(SOUND)).map(([ending, shape]) => ({
        path: Q,
        ending,
        shape,
        isNaN: false,
      }))
      for (let damages = Math.floor(next() * 3); damages > 0 && parts.length > 0; damages--) {
        const part = one(parts)
        const axis = Math.floor(next() * part.shape.length)
        one([
          () => void parts.splice(parts.indexOf(part), 1),
          () =>
            void (part.shape = part.shape.map((dim, at) =>
              at === axis ? one([0, 1, dim + 1, dim * 2]) : dim,
            )),
          () => void (part.shape = [...part.shape, one([0, 1, 2])]),
          () => void (part.shape = part.shape.slice(1)),
          () => void (part.ending = one(ENDINGS)),
          () => void (part.path = one(PATHS)),
          () => void (part.isNaN = true),
        ])()
      }
      const tensors = Object.fromEntries(
        parts.map(({ path, ending, shape, isNaN }) => {
          const values = Array.from({ length: elementCount(shape) }, () => (isNaN ? NaN : 0.5))
          return [`${path}.${ending}`, { shape, values }]
        }),
      )
      try {
        const adapter = await open(tensors)
        const file = mergeAdapters(model, [{ adapter, strength: 1 }])
        for (const name of adapter.deltas.keys())
          expect((await file.rows(name, 0, 1)).every(Number.isFinite)).toBe(true)
        outcomes.read++
      } catch (error) {
        if (!(error instanceof WeightsError)) throw error
        outcomes.refused++
      }
    }
    expect(outcomes.read).toBeGreaterThan(300)
    expect(outcomes.refused).toBeGreaterThan(200)
  })
})

// Adapters of every kind and naming, whose names and shapes were changed.
import { formulaFile } from '../../src/cli/synthesize/formula'
import { ditShapes } from '../../src/cli/synthesize/shapes'
import { ditAdapterBase } from '../../src/models/wan-dit/adapters'
import { mergeAdapters } from '../../src/weights/adapters/merge'
import { readAdapter } from '../../src/weights/adapters/read'
import { adapterNotes } from '../../src/weights/adapters/report'
import { openWeights } from '../../src/weights/formats/open'
import { bufferSource } from '../../src/weights/sources/byte-source'
import { laidOut } from './laid-out'
import { mutateJson } from './mutate-json'
import type { Target } from './target'

const MODEL = formulaFile(
  'model.safetensors',
  ditShapes({
    dim: 32,
    ffnDim: 48,
    numHeads: 1,
    numLayers: 1,
    inDim: 4,
    outDim: 4,
    patchSize: [1, 2, 2],
    textDim: 16,
    textLen: 8,
    freqDim: 32,
    eps: 1e-6,
  }),
  '',
)
const BASE = ditAdapterBase(MODEL)

type Shapes = Readonly<Record<string, readonly number[]>>
const header = (shapes: Shapes): object =>
  Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, { dtype: 'F32', shape }]))

const pair = (path: string, down: string, up: string): Shapes => ({
  [`${path}.${down}`]: [2, 32],
  [`${path}.${up}`]: [32, 2],
})
/** One sound adapter of each naming and kind. */
const SAMPLES: readonly object[] = [
  {
    ...pair('diffusion_model.blocks.0.self_attn.q', 'lora_down.weight', 'lora_up.weight'),
    'diffusion_model.blocks.0.self_attn.q.alpha': [],
    'diffusion_model.blocks.0.ffn.0.diff': [48, 32],
    'diffusion_model.blocks.0.ffn.0.diff_b': [48],
  },
  pair('transformer.blocks.0.attn1.to_q', 'lora_A.weight', 'lora_B.weight'),
  { ...pair('lora_unet_blocks_0_self_attn_k', 'lora_down.weight', 'lora_up.weight') },
  pair('base_model.model.blocks.0.self_attn.v', 'lora_A.default.weight', 'lora_B.default.weight'),
  {
    ...pair('blocks.0.self_attn.o', 'lora_A.weight', 'lora_B.weight'),
    'blocks.0.self_attn.o.dora_scale': [32, 1],
  },
  {
    'blocks.0.self_attn.q.hada_w1_a': [32, 2],
    'blocks.0.self_attn.q.hada_w1_b': [2, 32],
    'blocks.0.self_attn.q.hada_w2_a': [32, 2],
    'blocks.0.self_attn.q.hada_w2_b': [2, 32],
  },
  { 'blocks.0.self_attn.q.lokr_w1': [4, 4], 'blocks.0.self_attn.q.lokr_w2': [8, 8] },
].map(header)

export const adapters: Target = {
  name: 'adapters',
  make(random) {
    const sample = random.pick(SAMPLES)
    return laidOut(random, random.chance(0.05) ? sample : mutateJson(random, sample))
  },
  async read(input) {
    const { file } = await openWeights(bufferSource('input', input))
    const applied = [{ adapter: await readAdapter(file, BASE), strength: 1 }]
    const merged = mergeAdapters(MODEL, applied)
    adapterNotes(applied, merged)
    const [changed] = applied[0]!.adapter.deltas.keys()
    if (changed !== undefined) await merged.file.floats(changed)
  },
}

// Rows of a transformer's pass with a LoRA beside every linear layer of its blocks; the pass without is the rival.
import { formulaFile } from '../../src/cli/synthesize/formula'
import { ditShapes } from '../../src/cli/synthesize/shapes'
import type { Ops } from '../../src/gpu/ops'
import { elementCount, type Tensor } from '../../src/gpu/tensor'
import { adaptedLoader } from '../../src/models/blocks/adapted-loader'
import { planLoader } from '../../src/models/blocks/weight-loader'
import { ditAdapterBase } from '../../src/models/wan-dit/adapters'
import type { DitConfig } from '../../src/models/wan-dit/config'
import { embedContext, releaseContext } from '../../src/models/wan-dit/embeddings'
import { forward, uploadRotation } from '../../src/models/wan-dit/model'
import { loadDit, releaseDit, type DitWeights } from '../../src/models/wan-dit/weights'
import { adaptFile, type AdaptedFile } from '../../src/weights/adapters/adapted-file'
import { readAdapter } from '../../src/weights/adapters/read'
import type { WeightFormat } from '../../src/weights/quant/pack'
import type { WeightFile } from '../../src/weights/weight-file'
import { relativeError } from '../../test/support/error'
import { randomFloats } from '../../test/support/random'
import type { Match, Row, Sized } from '../comparison'
import { repeatedBlocks } from '../repeated-blocks'
import { candidate, countFlops, MINI, WAN } from './models'

const PROMPT_TOKENS = 77
const TIMESTEP = 500
/** So weak that both passes agree, as they are compared. */
const STRENGTH = 1e-3

/** Of every linear layer in the blocks. */
function loraFile(config: DitConfig, rank: number): WeightFile {
  const pairs = [...ditShapes(config)].flatMap(([name, [rows = 0, cols = 0]]) => {
    const layer = name.slice(0, -'.weight'.length)
    if (!/^blocks\.\d+\..*(attn\.[qkvo]|ffn\.[02])\.weight$/.test(name)) return []
    return [
      [`diffusion_model.${layer}.lora_down.weight`, [rank, cols]],
      [`diffusion_model.${layer}.lora_up.weight`, [rows, rank]],
    ] as const
  })
  return formulaFile('lora.safetensors', new Map(pairs), 'bench')
}

async function adapted(config: DitConfig, file: WeightFile, rank: number): Promise<AdaptedFile> {
  const adapter = await readAdapter(loraFile(config, rank), ditAdapterBase(file))
  return adaptFile(file, [{ adapter, strength: STRENGTH }])
}

type Latents = readonly [C: number, T: number, H: number, W: number]

function ditWithLora(config: DitConfig, latents: Latents, format: WeightFormat, rank: number): Sized {
  const file = formulaFile('dit', ditShapes(config), 'bench')
  const [, T, H, W] = latents
  const context = randomFloats(PROMPT_TOKENS * config.textDim, 2)
  return {
    shape: `${(T * H * W) / 4} tokens of ${config.dim}, ${config.numLayers} blocks, rank ${rank}`,
    cost: async () => ({
      flops: await countFlops(async (ops) => {
        const plan = planLoader(ops, file, format)
        const loader = adaptedLoader(plan, await adapted(config, file, rank), { isDry: true })
        const weights = await loadDit(loader, config)
        const x = ops.create(latents, 'f32', 'latents')
        const quiet = { ...ops, run: () => {} } // once for a prompt, not for each pass
        const keys = await embedContext(quiet, weights, config, context)
        await forward(
          ops,
          { config, weights },
          x,
          { values: [TIMESTEP] },
          keys,
          uploadRotation(ops, config, x),
        )
      }),
      bytes: 0,
      bound: 'fma',
    }),
    async prepare({ ops }): Promise<Match> {
      const lora = await adapted(config, file, rank)
      const withLora = await loadDit(adaptedLoader(repeatedBlocks(ops, file, format), lora), config)
      const without = await loadDit(repeatedBlocks(ops, file, format), config)
      const x = ops.upload(randomFloats(elementCount(latents), 1), latents, 'f32', 'latents')
      const keys = await embedContext(ops, without, config, context)
      const rotation = uploadRotation(ops, config, x)
      const pass = (weights: DitWeights) =>
        passOf(ops, () => forward(ops, { config, weights }, x, { values: [TIMESTEP] }, keys, rotation))
      const ours = pass(withLora)
      let own: ArrayLike<number> = []
      return {
        ours: { ...ours, output: async () => (own = await ours.output()) },
        rivals: [
          {
            op: 'the same pass without a LoRA',
            check: (output) => relativeError(output, own),
            open: async () => pass(without),
          },
        ],
        check: undefined,
        async release() {
          releaseContext(ops, keys)
          await releaseDit(ops, withLora)
          await releaseDit(ops, without)
          ops.release(x, rotation)
        },
      }
    },
  }
}

function passOf(ops: Ops, predict: () => Promise<Tensor>) {
  return candidate(
    ops,
    async () => ops.release(await predict()),
    async () => {
      const velocity = await predict()
      const values = await ops.read(velocity)
      ops.release(velocity)
      return values
    },
  )
}

export const LORA_ROWS: readonly Row[] = [
  {
    name: 'lora.dit_rank64',
    weights: 'q8',
    long: true,
    full: ditWithLora(WAN, [16, 9, 34, 60], 'q8', 64),
    small: ditWithLora({ ...WAN, numLayers: 1 }, [16, 1, 16, 16], 'q8', 64),
  },
  {
    name: 'lora.dit_mini_rank8',
    weights: 'q8',
    long: true,
    full: ditWithLora(MINI, [16, 9, 8, 8], 'q8', 8),
    small: ditWithLora(MINI, [16, 9, 8, 8], 'q8', 8),
  },
]

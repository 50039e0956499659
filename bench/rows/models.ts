// Rows of whole models with weights from a formula: the DiT's pass, the VAE's decoding, a layer of the text encoder;
// and the growth of their cost. The goldens check our results; here onnxruntime's are compared with them.
import { embedContext, releaseContext } from '../../src/models/wan-dit/embeddings'
import { forward, uploadRotation } from '../../src/models/wan-dit/model'
import { loadDit, releaseDit } from '../../src/models/wan-dit/weights'
import { layerGraph, uniformFormats } from '../../src/models/umt5/graph'
import { WAN_VAE } from '../../src/models/wan-vae/config'
import { decode } from '../../src/models/wan-vae/decoder'
import { loadDecoder, releaseDecoder } from '../../src/models/wan-vae/weights'
import { fileLoader, planLoader } from '../../src/models/blocks/weight-loader'
import { dryOps, type Ops } from '../../src/gpu/ops'
import { elementCount, type Tensor } from '../../src/gpu/tensor'
import { formulaFile } from '../../src/cli/synthesize/formula'
import type { DitConfig } from '../../src/models/wan-dit/config'
import type { TextEncoderConfig } from '../../src/models/umt5/config'
import type { VaeConfig } from '../../src/models/wan-vae/config'
import type { WeightFormat } from '../../src/weights/quant/pack'
import { ditShapes, vaeShapes } from '../../src/cli/synthesize/shapes'
import { randomFloats } from '../../test/support/random'
import type { Candidate, Match, Row, Sized } from '../comparison'
import { randomWords } from '../data'
import type { Bench } from '../device'
import { ortRival, type Feed } from '../ort'
import { repeatedBlocks } from '../repeated-blocks'
import { ditRivals, framesFirst, vaeRival, type BlockValues } from '../rivals/whole-models'

type Latents = readonly [C: number, T: number, H: number, W: number]

/** A model whose runs leave nothing allocated; counts its memory from now on. */
export function candidate(
  ops: Ops,
  run: () => Promise<void>,
  output: () => Promise<Float32Array>,
): Candidate {
  ops.pool.resetHighWater()
  return {
    run,
    settle: () => ops.drain(),
    output,
    gpuBytes: () => ops.pool.highWater,
    close: () => Promise.resolve(),
  }
}

/** Sums the kernels' own FLOP counts in a dry run. */
export async function countFlops(run: (ops: Ops) => Promise<void>): Promise<number> {
  const plan = dryOps('f32', Infinity)
  let flops = 0
  await run({ ...plan, run: (_kernel, call) => void (flops += call.flops) })
  return flops
}

const PROMPT_TOKENS = 77
const TIMESTEP = 500

/** @param alone without onnxruntime, where only the growth of the cost matters */
function dit(config: DitConfig, latents: Latents, format: WeightFormat, alone = false): Sized {
  const file = formulaFile('dit', ditShapes(config), 'bench')
  const [, T, H, W] = latents
  const context = randomFloats(PROMPT_TOKENS * config.textDim, 2)
  const cost = async () => ({
    flops: await countFlops(async (ops) => {
      const weights = await loadDit(planLoader(ops, file, format), config)
      const x = ops.create(latents, 'f32', 'latents')
      const keys = await embedContext(dryOps('f32', Infinity), weights, config, context) // once for a prompt, not for each pass
      await forward(ops, { config, weights }, x, { values: [TIMESTEP] }, keys, uploadRotation(ops, config, x))
    }),
    bytes: 0,
    bound: 'fma' as const,
  })
  return {
    shape: `${(T * H * W) / 4} tokens of ${config.dim}, ${config.numLayers} blocks`,
    cost,
    async prepare(bench): Promise<Match> {
      const { ops } = bench
      const weights = await loadDit(repeatedBlocks(ops, file, format), config)
      const x = ops.upload(randomFloats(elementCount(latents), 1), latents, 'f32', 'latents')
      const keys = await embedContext(ops, weights, config, context)
      const rotation = uploadRotation(ops, config, x)
      const taps = new Map<string, Float32Array<ArrayBuffer>>()
      const tap = async (name: string, tensor: Tensor): Promise<void> => {
        if (['patch_embedding', 'time_projection', 'blocks.0'].includes(name))
          taps.set(name, await ops.read(tensor))
      }
      const predict = async (options = {}): Promise<Tensor> =>
        forward(ops, { config, weights }, x, { values: [TIMESTEP] }, keys, rotation, options)
      const told: BlockValues = {
        value: (name) => taps.get(name)!,
        k: await ops.read(keys.layers[0]!.k),
        v: await ops.read(keys.layers[0]!.v),
        rotation: await ops.read(rotation),
        lastKeyCount: keys.lastKeyCount,
      }
      return {
        ours: candidate(
          ops,
          async () => ops.release(await predict()),
          async () => {
            const velocity = await predict({ tap })
            const values = await ops.read(velocity)
            ops.release(velocity)
            return values
          },
        ),
        rivals: alone ? [] : ditRivals(bench, config, file, told),
        check: undefined,
        async release() {
          releaseContext(ops, keys)
          await releaseDit(ops, weights)
          ops.release(x, rotation)
        },
      }
    },
  }
}

function vae(config: VaeConfig, latents: Latents, alone = false): Sized {
  const file = formulaFile('vae', vaeShapes(config), 'bench')
  const [, T, H, W] = latents
  return {
    shape: `${1 + 4 * (T - 1)} frames of ${8 * H}×${8 * W}, ${config.dim} channels`,
    cost: async () => ({
      flops: await countFlops(async (ops) => {
        const weights = await loadDecoder(planLoader(ops, file), config)
        for await (const frames of decode(ops, weights, ops.create(latents, 'f32', 'latents')))
          ops.release(...frames)
      }),
      bytes: 0,
      bound: 'fma',
    }),
    async prepare(bench): Promise<Match> {
      const { ops } = bench
      const weights = await loadDecoder(fileLoader(ops, file), config)
      const values = randomFloats(elementCount(latents), 1)
      const x = ops.upload(values, latents, 'f32', 'latents')
      const clip = async (): Promise<Float32Array[]> => {
        const read: Float32Array[] = []
        for await (const frames of decode(ops, weights, x)) {
          for (const frame of frames) read.push(await ops.read(frame))
          ops.release(...frames)
        }
        return read
      }
      let decoded: Float32Array = new Float32Array()
      return {
        ours: candidate(
          ops,
          async () => {
            for await (const frames of decode(ops, weights, x)) ops.release(...frames)
          },
          async () => (decoded = framesFirst(await clip())),
        ),
        rivals: alone ? [] : [vaeRival(bench, config, file, values, [T, H, W], () => decoded)],
        check: undefined,
        release() {
          releaseDecoder(ops, weights)
          ops.release(x)
        },
      }
    },
  }
}

/** We run this one in onnxruntime-web too. */
function textLayer(config: TextEncoderConfig, n: number): Sized {
  const { dim, dimAttn, dimFfn } = config
  const graph = layerGraph(config, n, uniformFormats('q8'))
  return {
    shape: `${n} tokens of ${dim}`,
    cost: {
      flops: 2 * n * (4 * dim * dimAttn + 3 * dim * dimFfn) + 4 * n * n * dimAttn,
      bytes: 0,
      bound: 'fma',
    },
    async prepare(bench: Bench): Promise<Match> {
      const { ops } = bench
      const feeds = graph.inputs.map(({ name, dtype, shape }, i): [string, Feed] => {
        const count = elementCount(shape)
        if (dtype === 'uint8')
          return [name, { tensor: ops.upload(randomWords(count / 4, i), [count / 4], 'u32', name), shape }]
        const size = name.endsWith('.scales') ? 1e-3 : 1
        return [
          name,
          {
            tensor: ops.upload(
              randomFloats(count, i).map((value) => value * size),
              shape,
              'f32',
              name,
            ),
          },
        ]
      })
      const nodes = graph.nodes.map((node) => (node.output === 'next' ? { ...node, output: 'y' } : node))
      const layer = ortRival(bench, {
        op: 'layer',
        feeds: Object.fromEntries(feeds),
        constants: graph.constants,
        nodes,
        shape: [n, dim],
        dtype: 'f32',
      })
      return {
        ours: await layer.open(),
        rivals: [],
        check: undefined,
        release: () => ops.release(...feeds.map(([, { tensor }]) => tensor)),
      }
    },
  }
}

export const WAN: DitConfig = {
  dim: 1536,
  ffnDim: 8960,
  numHeads: 12,
  numLayers: 30,
  inDim: 16,
  outDim: 16,
  patchSize: [1, 2, 2],
  textDim: 4096,
  textLen: 512,
  freqDim: 256,
  eps: 1e-6,
}
export const MINI: DitConfig = {
  ...WAN,
  dim: 256,
  ffnDim: 768,
  numHeads: 2,
  numLayers: 6,
  textDim: 128,
  textLen: 128,
}
const MINI_VAE: VaeConfig = { ...WAN_VAE, dim: 16, numResBlocks: 1 }
const UMT5: TextEncoderConfig = {
  vocabSize: 256384,
  dim: 4096,
  dimAttn: 4096,
  dimFfn: 10240,
  numHeads: 64,
  numLayers: 24,
  numBuckets: 32,
  maxDistance: 128,
}
const UMT5_QUARTER: TextEncoderConfig = { ...UMT5, dim: 1024, dimAttn: 1024, dimFfn: 2560, numHeads: 16 }

/** 1,000, 4,000 and 16,000 tokens; a sixteenth of them, and Mini's widths, where a CPU computes. */
const GROWTH = [1, 4, 16].map((times) => ({
  times,
  full: [16, 4, 32 * Math.sqrt(times), 32 * Math.sqrt(times)] as const,
  small: [16, 4, 8 * Math.sqrt(times), 8 * Math.sqrt(times)] as const,
}))

export const MODEL_ROWS: readonly Row[] = [
  {
    name: 'model.dit',
    weights: 'q8',
    long: true,
    full: dit(WAN, [16, 9, 34, 60], 'q8'),
    small: dit({ ...WAN, numLayers: 1 }, [16, 1, 16, 16], 'q8'),
  },
  {
    name: 'model.dit_mini',
    weights: 'q8',
    long: true,
    full: dit(MINI, [16, 9, 8, 8], 'q8'),
    small: dit(MINI, [16, 9, 8, 8], 'q8'),
  },
  {
    name: 'model.vae_5_frames',
    long: true,
    full: vae(WAN_VAE, [16, 2, 34, 60]),
    small: vae({ ...WAN_VAE, dim: 32 }, [16, 2, 2, 2]),
  },
  {
    name: 'model.vae',
    long: true,
    full: vae(WAN_VAE, [16, 9, 34, 60]),
    small: vae({ ...WAN_VAE, dim: 32 }, [16, 3, 2, 2]),
  },
  {
    name: 'model.vae_mini',
    long: true,
    full: vae(MINI_VAE, [16, 2, 8, 8]),
    small: vae(MINI_VAE, [16, 2, 8, 8]),
  },
  {
    name: 'model.text_encoder_layer',
    weights: 'q8',
    long: true,
    full: textLayer(UMT5, 77),
    small: textLayer(UMT5_QUARTER, 32),
  },
]

export const GROWTH_ROWS: readonly Row[] = [
  ...GROWTH.map(({ times, full, small }) => ({
    name: `growth.dit_${times}k`,
    weights: 'q8',
    long: true,
    full: dit(WAN, full, 'q8', true),
    small: dit({ ...MINI, numLayers: 1 }, small, 'q8', true),
  })),
  ...GROWTH.map(({ times, full, small }) => ({
    name: `growth.vae_${times}k`,
    long: true,
    full: vae(WAN_VAE, full, true),
    small: vae(MINI_VAE, [16, 2, small[2], small[3]], true),
  })),
]

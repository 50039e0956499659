// How a block of the transformer is put together: its calls are counted, with q, k and v as one matrix and as three.
import { describe, expect, it } from 'vitest'
import { ditShapes } from '../../src/cli/synthesize/shapes'
import { runBlock } from '../../src/models/wan-dit/block'
import { loadBlock, type BlockWeights } from '../../src/models/wan-dit/block-weights'
import { residentBlocks, streamedBlocks } from '../../src/models/wan-dit/blocks'
import { embedContext } from '../../src/models/wan-dit/embeddings'
import { forward, uploadRotation } from '../../src/models/wan-dit/model'
import { loadDit } from '../../src/models/wan-dit/weights'
import { fileLoader, planLoader } from '../../src/models/blocks/weight-loader'
import { dryOps, type Ops } from '../../src/gpu/ops'
import { formulaFile } from '../../src/cli/synthesize/formula'
import type { WeightFile } from '../../src/weights/weight-file'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { TINY } from '../support/raw-model'
import { uploadStorage } from '../support/tensors'
import { randomFloats } from '../support/random'

const CONFIG = TINY.dit
const { dim: D, numHeads } = CONFIG
const [L, KEYS] = [24, 5]
const BINDING_BYTES = 128 * 2 ** 20

const file = formulaFile('dit', ditShapes(CONFIG), '')

/** The directory of a file whose first block has v in 8 bits beside q and k in f16: as GGUF files mix their types. */
function mixed(): WeightFile {
  const name = 'blocks.0.self_attn.v.weight'
  const v = { ...file.tensors.get(name)!, dtype: 'Q8_0' as const }
  return { ...file, tensors: new Map(file.tensors).set(name, v) }
}

const formats = ({ selfAttn }: BlockWeights): string[] =>
  selfAttn.qkv.map(({ format, rows }) => `${format} ${rows}`)

const SELF = ['rms_norm_rope', 'attention', 'linear_residual']
const REST = [
  'layer_norm_modulate',
  'linear',
  'attention',
  'linear_residual',
  'layer_norm_modulate',
  'linear',
  'linear_residual',
]

describe.each(quickCases())('a block on $name', (gpuCase) => {
  /** x after the block, and the kernels it took. */
  const run = async (stack: boolean): Promise<{ x: Float32Array; kernels: string[] }> => {
    const { ops } = await testGpu(gpuCase)
    const kernels: string[] = []
    const counting: Ops = {
      ...ops,
      run: (kernel, call) => (kernels.push(kernel.stem), ops.run(kernel, call)),
    }
    const before = ops.pool.mark()
    const w = await loadBlock(fileLoader(ops, file, 'q8'), 'blocks.0', CONFIG, stack)
    const floats = (shape: readonly number[], seed: number) =>
      ops.upload(
        randomFloats(
          shape.reduce((a, b) => a * b),
          seed,
        ),
        shape,
        'f32',
        'input',
      )
    const keys = {
      k: uploadStorage(ops, randomFloats(KEYS * D, 1), [KEYS, D], 'k').tensor,
      v: uploadStorage(ops, randomFloats(KEYS * D, 2), [KEYS, D], 'v').tensor,
    }
    const x = floats([L, D], 3)
    runBlock(
      counting,
      CONFIG,
      w,
      x,
      keys,
      {
        time: { e0: floats([1, 6, D], 4), timeRows: { tokens: Infinity } },
        rotation: floats([L, D / numHeads / 2, 2], 5),
        lastKeyCount: 3,
      },
      'block',
    )
    const result = await ops.read(x)
    ops.pool.releaseSince(before)
    return { x: result, kernels }
  }

  it('is twelve calls; with q, k and v as three matrices fourteen, of the same result bit for bit', async () => {
    const [together, apart] = [await run(true), await run(false)]
    expect(together.kernels).toEqual(['layer_norm_modulate', 'linear_qkv', ...SELF, ...REST])
    expect(apart.kernels).toEqual(['layer_norm_modulate', 'linear', 'linear', 'linear', ...SELF, ...REST])
    expect(apart.x).toEqual(together.x)
  })
})

describe('q, k and v', () => {
  const loader = (of: WeightFile, bindingBytes = BINDING_BYTES) =>
    planLoader(dryOps('f16', bindingBytes), of, 'f16')

  it('are one matrix where they have one format', async () => {
    expect(formats(await loadBlock(loader(file), 'blocks.0', CONFIG))).toEqual([`f16 ${3 * D}`])
  })

  it('are three where a file mixes formats', async () => {
    const blocks = await residentBlocks(loader(mixed()), CONFIG)
    expect(formats(await blocks.take(0))).toEqual([`f16 ${D}`, `f16 ${D}`, `q8 ${D}`])
    expect(formats(await blocks.take(1))).toEqual([`f16 ${3 * D}`])
  })

  it('are three in every block where some of the streamed blocks mix them: a slot has room for one way', async () => {
    const blocks = await streamedBlocks(loader(mixed()), CONFIG)
    expect(formats(await blocks.take(0))).toEqual([`f16 ${D}`, `f16 ${D}`, `q8 ${D}`])
    expect(formats(await blocks.take(1))).toEqual([`f16 ${D}`, `f16 ${D}`, `f16 ${D}`])
    const alike = await streamedBlocks(loader(file), CONFIG)
    expect(formats(await alike.take(1))).toEqual([`f16 ${3 * D}`])
  })

  it('are three where a binding holds two', async () => {
    const bytes = 2 * D * D
    expect(formats(await loadBlock(loader(file, 3 * bytes), 'blocks.0', CONFIG))).toHaveLength(1)
    expect(formats(await loadBlock(loader(file, 3 * bytes - 1), 'blocks.0', CONFIG))).toHaveLength(3)
  })
})

describe('a pass', () => {
  it('is recorded without a wait for the GPU, and reads nothing back', async () => {
    const waits: string[] = []
    const plan = dryOps('f16', BINDING_BYTES)
    const ops: Ops = {
      ...plan,
      drain: (signal) => (waits.push('drain'), plan.drain(signal)),
      read: (tensor) => (waits.push(`read ${tensor.label}`), plan.read(tensor)),
      readBytes: (tensor) => (waits.push(`read ${tensor.label}`), plan.readBytes(tensor)),
    }
    const weights = await loadDit(planLoader(ops, file), CONFIG)
    waits.length = 0 // for the memory of each block
    const keys = await embedContext(ops, weights, CONFIG, new Float32Array(KEYS * CONFIG.textDim))
    expect(waits).toEqual(['drain']) // once a prompt
    const latents = ops.create([CONFIG.inDim, 2, 4, 4], 'f32', 'latents')
    await forward(
      ops,
      { config: CONFIG, weights },
      latents,
      { values: [500] },
      keys,
      uploadRotation(ops, CONFIG, latents),
    )
    expect(waits).toEqual(['drain'])
  })
})

// What the models that read 36 channels have of a picture, against the official code.
import { describe, expect, it } from 'vitest'
import { layerNorm } from '../../src/gpu/kernels/layer_norm_modulate'
import { linear } from '../../src/gpu/kernels/linear'
import type { Ops } from '../../src/gpu/ops'
import { elementCount, type Tensor } from '../../src/gpu/tensor'
import { formulaFile, formulaTensor } from '../../src/cli/synthesize/formula'
import { imageDitShapes } from '../../src/cli/synthesize/image-shapes'
import { vaeShapes } from '../../src/cli/synthesize/shapes'
import { sparseClip } from '../../src/models/blocks/clip-frames'
import { releaseTree } from '../../src/models/blocks/tensor-tree'
import { fileLoader, type WeightLoader } from '../../src/models/blocks/weight-loader'
import { loadBlock } from '../../src/models/wan-dit/block-weights'
import type { DitConfig } from '../../src/models/wan-dit/config'
import { addImageAttention, imageKeys, loadImageAttention } from '../../src/models/wan-dit/image-attention'
import { givenMask, imageChannels, withImageChannels } from '../../src/models/wan-dit/image-channels'
import { embedImage, loadImageEmbedding } from '../../src/models/wan-dit/image-embedding'
import { encode } from '../../src/models/wan-vae/encoder'
import { loadEncoder } from '../../src/models/wan-vae/weights'
import { ditConfig } from '../support/config'
import { compare, goldenMetadata, openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import type { GpuCase } from '../support/gpu-cases'
import { uploadStorage } from '../support/tensors'
import { vaeConfig } from '../support/vae'

const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const
/** The first and the last tokens that the goldens have of many. */
const SHOWN = 6
const [FEATURES, IMAGE_DIM] = [257, 1280]

function check(
  { name: gpu, storage }: GpuCase,
  name: string,
  actual: Float32Array,
  expected: Float32Array,
): void {
  const comparison = compare(name, actual, expected)
  printComparison(gpu, comparison)
  expect(comparison.relError).toBeLessThanOrEqual(TOLERANCE[storage])
}

/** A model of `i2v_dit_tiny`, and the features of its pictures. */
async function openCase(name: 'clip' | 'flf') {
  const golden = await openGolden('i2v_dit_tiny.golden')
  const numbers = goldenMetadata(golden)[name] as Record<string, unknown>
  const salt = String(numbers['salt'])
  const config: DitConfig = ditConfig({ ...golden, metadata: { config: JSON.stringify(numbers) } })
  const pictures = name === 'flf' ? 2 : 1
  const image = {
    dim: config.dim,
    imageDim: IMAGE_DIM,
    ...(name === 'flf' && { imagePositions: pictures * FEATURES }),
  }
  const weights = formulaFile(name, imageDitShapes(config, image), salt)
  const features = formulaTensor('clip_fea.token_embedding', [pictures, FEATURES, IMAGE_DIM], salt)
  return { golden, config, image, weights, features }
}

/** A tensor of zeros in the storage type. */
function zerosLike(ops: Ops, { shape }: Tensor): Tensor {
  return uploadStorage(ops, new Float32Array(elementCount(shape)), shape, 'zeros').tensor
}

/** x after the self-attention of block 0, [L, D], from the official taps: patch_embedding + gate · self_attn. */
async function afterSelfAttention(
  name: string,
  { golden, config }: Awaited<ReturnType<typeof openCase>>,
  modulation: Float32Array,
): Promise<Float32Array<ArrayBuffer>> {
  const { dim: D } = config
  const patches = await golden.floats(`tap.${name}.patch_embedding`) // [1, D, T, H, W]
  const mixed = await golden.floats(`tap.${name}.blocks.0.self_attn`) // [1, L, D]
  const e0 = await golden.floats(`tap.${name}.time_projection`) // [1, 6 D]
  const L = mixed.length / D
  return Float32Array.from({ length: L * D }, (_, i) => {
    const [l, d] = [Math.floor(i / D), i % D]
    return patches[d * L + l]! + (modulation[2 * D + d]! + e0[2 * D + d]!) * mixed[i]!
  })
}

async function imageAndText(ops: Ops, loader: WeightLoader, name: 'clip' | 'flf') {
  const given = await openCase(name)
  const { config, image, features, golden } = given
  const { dim: D, numHeads, eps } = config
  const embedding = await loadImageEmbedding(loader, image)
  const tokens = embedImage(ops, embedding, features)
  const weights = await loadImageAttention(loader, 'blocks.0.cross_attn', D)
  const block = await loadBlock(loader, 'blocks.0', config)
  const keys = imageKeys(ops, weights, tokens, eps, 'block0')
  const modulation = await loader.values('blocks.0.modulation', [1, 6, D])
  const values = await afterSelfAttention(name, given, modulation)
  const x = ops.upload(values, [values.length / D, D], 'f32', 'x')
  const y = layerNorm(ops, x, block.norm3, eps, 'norm3')
  const q = linear(ops, y, block.crossAttn.q, 'q')
  return { given, golden, block, embedding, tokens, weights, keys, x, y, q, numHeads, eps, D }
}

describe.each(gpuCases())("a picture's features on $name", (gpuCase) => {
  it.each(['clip', 'flf'] as const)('become the official tokens: %s', async (name) => {
    const { ops } = await testGpu(gpuCase)
    const { golden, image, weights, features } = await openCase(name)
    const before = ops.pool.mark().size
    const embedding = await loadImageEmbedding(fileLoader(ops, weights), image)
    const shown = SHOWN * image.dim
    const tokens = embedImage(ops, embedding, features)
    const read = await ops.read(tokens)
    check(
      gpuCase,
      `${name} img_emb.head`,
      read.subarray(0, shown),
      await golden.floats(`tap.${name}.img_emb.head`),
    )
    check(
      gpuCase,
      `${name} img_emb.tail`,
      read.subarray(-shown),
      await golden.floats(`tap.${name}.img_emb.tail`),
    )
    const small = embedImage(
      ops,
      embedding,
      features.map((value) => value / 64),
    )
    check(
      gpuCase,
      `${name} img_emb_small`,
      (await ops.read(small)).subarray(0, shown),
      await golden.floats(`${name}.img_emb_small`),
    )
    ops.release(tokens, small)
    releaseTree(ops, embedding)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })

  it.each(['clip', 'flf'] as const)('are attended to as in the official block: %s', async (name) => {
    const { ops } = await testGpu(gpuCase)
    const { weights: file } = await openCase(name)
    const made = await imageAndText(ops, fileLoader(ops, file), name)
    const { golden, q, keys, numHeads, eps } = made
    const mixed = zerosLike(ops, q)
    addImageAttention(ops, mixed, q, keys, { numHeads, eps }, 'block0')
    check(
      gpuCase,
      `${name} cross_attn.image`,
      await ops.read(mixed),
      await golden.floats(`tap.${name}.blocks.0.cross_attn.image`),
    )
    ops.release(mixed, made.tokens, made.x, made.y, q, keys.k, keys.v)
    for (const tree of [made.embedding, made.weights, made.block]) releaseTree(ops, tree)
  })
})

describe.each(gpuCases())('the further channels on $name', (gpuCase) => {
  it.each([
    { name: 'i2v', last: false },
    { name: 'flf', last: true },
  ])('are the official ones: $name', async ({ name, last }) => {
    const { ops } = await testGpu(gpuCase)
    const golden = await openGolden('i2v_pipeline_tiny.golden')
    const vae = goldenMetadata(golden, 'vae')
    const config = vaeConfig({ ...golden, metadata: { config: JSON.stringify(vae) } })
    const weights = formulaFile('vae', vaeShapes(config), String(vae['salt']))
    const encoder = await loadEncoder(fileLoader(ops, weights), config)
    const numFrames = Number(goldenMetadata(golden)['num_frames'])
    const [, count = 0, height = 0, width = 0] = golden.tensors.get(`${name}.condition_video`)!.shape
    const video = await golden.floats(`${name}.condition_video`) // [3, 1 or 2, H, W]
    const pixels = height * width
    const frame = (f: number) => (): Float32Array<ArrayBuffer> =>
      Float32Array.from(
        { length: 3 * pixels },
        (_, i) => video[((i % 3) * count + f) * pixels + Math.floor(i / 3)]!,
      )
    const given = new Map([[0, frame(0)], ...(last ? [[numFrames - 1, frame(1)] as const] : [])])
    const clip = sparseClip(ops, numFrames, { height, width }, given)
    const latents = await encode(ops, encoder, clip, numFrames)
    const further = imageChannels(ops, latents, new Set(given.keys()))
    check(gpuCase, `${name} y`, await ops.read(further), await golden.floats(`${name}.y`))

    const noise = ops.upload(
      await golden.floats(`${name}.noise`),
      golden.tensors.get(`${name}.noise`)!.shape,
      'f32',
      'noise',
    )
    const both = withImageChannels(ops, noise, further)
    expect(both.shape[0]).toBe(36)
    expect(await ops.read(both)).toEqual(
      Float32Array.from([...(await ops.read(noise)), ...(await ops.read(further))]),
    )
    ops.release(latents, further, noise, both)
    releaseTree(ops, encoder)
  })
})

describe('the mask of given frames', () => {
  it('has the first frame in all four channels, the last in one', () => {
    // [4, T = 3, 1]
    expect([...givenMask(new Set([0]), 9, 1)]).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0])
    expect([...givenMask(new Set([0, 8]), 9, 1)]).toEqual([1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 1])
    expect([...givenMask(new Set([1, 6]), 9, 2)]).toEqual([
      0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ])
  })
})

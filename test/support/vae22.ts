import { expect } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { vae22Shapes } from '../../src/cli/synthesize/vae22-shapes'
import type { Ops } from '../../src/gpu/ops'
import { dim, type Tensor } from '../../src/gpu/tensor'
import { releaseTree } from '../../src/models/blocks/tensor-tree'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import type { Decoder } from '../../src/models/family'
import { WAN22_VAE, type Vae22Config } from '../../src/models/wan22-vae/config'
import { encode } from '../../src/models/wan22-vae/encoder'
import { vae22Decoder } from '../../src/models/wan22-vae/stream'
import { loadDecoder, loadEncoder } from '../../src/models/wan22-vae/weights'
import type { WeightFile } from '../../src/weights/weight-file'
import { compare, goldenMetadata, openGolden, printComparison } from './golden'
import type { GpuCase } from './gpu-cases'
import { clipShape, interleave, uploadFrames, uploadLatents } from './official-clips'

/** DESIGN's bound for one model: f32 rounding through the blocks; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

/** The official config's names as ours, with the statistics that the file holds, or else the published ones. */
export async function vae22Config(file: WeightFile, key = 'config'): Promise<Vae22Config> {
  const hasStatistics = file.tensors.has('latents_mean')
  const config = goldenMetadata(file, key)
  return {
    dim: Number(config['dim']),
    decoderDim: Number(config['dec_dim']),
    zDim: Number(config['z_dim']),
    dimMult: config['dim_mult'] as number[],
    numResBlocks: Number(config['num_res_blocks']),
    temporalDownsample: config['temperal_downsample'] as boolean[], // spelled so in the official code
    patchSize: Number(config['patch_size'] ?? 2),
    mean: hasStatistics ? [...(await file.floats('latents_mean'))] : WAN22_VAE.mean,
    std: hasStatistics ? [...(await file.floats('latents_std'))] : WAN22_VAE.std,
  }
}

export interface Vae22Golden {
  readonly golden: WeightFile
  readonly weights: WeightFile
  readonly config: Vae22Config
}

/** A golden of the VAE, and the formula with its salt as weights. */
export async function openVae22(name: string): Promise<Vae22Golden> {
  const golden = await openGolden(`${name}.golden`)
  const config = await vae22Config(golden)
  return { golden, config, weights: formulaFile(name, vae22Shapes(config), golden.metadata['salt'] ?? '') }
}

/** The frames [H, W, 3] of latents [C, T, h, w]. */
export async function decodeClip<State>(
  ops: Ops,
  decoder: Decoder<State>,
  latents: Tensor,
): Promise<Float32Array[]> {
  const video: Float32Array[] = []
  let state = decoder.start
  for (let t = 0; t < dim(latents, 1); t++) {
    const [frames, next] = decoder.decode(latents, t, state)
    state = next
    video.push(...(await Promise.all(frames.map((frame) => ops.read(frame)))))
    ops.release(...frames)
  }
  releaseTree(ops, state)
  return video
}

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

export async function checkDecoded(gpuCase: GpuCase, ops: Ops, name: string): Promise<void> {
  const { golden, weights, config } = await openVae22(name)
  const before = ops.pool.mark().size
  const decoder = vae22Decoder(ops, await loadDecoder(fileLoader(ops, weights), config))
  for (const [input, output] of [
    ['latents', 'video'],
    ['image_latents', 'image'],
  ] as const) {
    if (!golden.tensors.has(input)) continue
    const latents = await uploadLatents(ops, golden, input)
    const video = await decodeClip(ops, decoder, latents)
    ops.release(latents)
    expect(video).toHaveLength(clipShape(golden, output)[1])
    check(gpuCase, `${name} ${output}`, interleave(video, 3), await golden.floats(output))
  }
  decoder.release()
  expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
}

export async function checkEncoded(gpuCase: GpuCase, ops: Ops, name: string): Promise<void> {
  const { golden, weights, config } = await openVae22(name)
  const before = ops.pool.mark().size
  const encoder = await loadEncoder(fileLoader(ops, weights), config)
  for (const [input, output] of [
    ['encode_video', 'encode_latents'],
    ['encode_image', 'encode_image_latents'],
  ] as const) {
    if (!golden.tensors.has(input)) continue
    const numFrames = clipShape(golden, input)[1]
    const latents = await encode(ops, encoder, uploadFrames(ops, golden, input), numFrames)
    check(gpuCase, `${name} ${output}`, await ops.read(latents), await golden.floats(output))
    ops.release(latents)
  }
  releaseTree(ops, encoder)
  expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
}

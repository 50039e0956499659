import { describe, expect, it } from 'vitest'
import { vaeShapes } from '../../src/cli/synthesize/shapes'
import { WAN_VAE } from '../../src/models/wan-vae/config'
import { decode, decodeFrame, DECODER_START } from '../../src/models/wan-vae/decoder'
import { encode } from '../../src/models/wan-vae/encoder'
import { releaseTree, treeBytes } from '../../src/models/blocks/tensor-tree'
import {
  loadDecoder,
  loadEncoder,
  releaseDecoder,
  type DecoderWeights,
} from '../../src/models/wan-vae/weights'
import { fileLoader, planLoader } from '../../src/models/blocks/weight-loader'
import { latentsToFrame } from '../../src/gpu/kernels/latents_to_frame'
import { openOps, dryOps, type Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import { formulaFile } from '../../src/cli/synthesize/formula'
import type { VaeConfig } from '../../src/models/wan-vae/config'
import type { WeightFile } from '../../src/weights/weight-file'
import { compare, openGolden, printComparison } from '../support/golden'
import { gpuCases, gpuVariantCases, testGpu, withVariants } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { clipShape, interleave, readAll, uploadFrames, uploadLatents } from '../support/official-clips'
import { randomFloats } from '../support/random'
import { spread } from '../support/spread'
import { vaeConfig } from '../support/vae'

/** DESIGN's bound for one model: f32 rounding through the blocks; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

interface Golden {
  readonly golden: WeightFile
  readonly weights: WeightFile
  readonly config: VaeConfig
}

/** A golden, and its weights: a file beside it, or the formula with the golden's salt. */
async function openVae(name: string): Promise<Golden> {
  const golden = await openGolden(`${name}.golden`)
  const config = vaeConfig(golden)
  const isFormula = golden.metadata['weights'] === 'formula'
  const weights = isFormula
    ? formulaFile(name, vaeShapes(config), golden.metadata['salt'] ?? '')
    : await openGolden(`${name}.weights`)
  return { golden, weights, config }
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

async function checkDecoded(gpuCase: GpuCase, ops: Ops, name: string): Promise<void> {
  const { golden, weights, config } = await openVae(name)
  const before = ops.pool.mark().size
  const decoder = await loadDecoder(fileLoader(ops, weights), config)
  for (const [input, output] of [
    ['latents', 'video'],
    ['image_latents', 'image'],
  ] as const) {
    if (!golden.tensors.has(input)) continue
    const latents = await uploadLatents(ops, golden, input)
    const chunks = await readAll(ops, decode(ops, decoder, latents))
    ops.release(latents)
    expect(chunks[0]).toHaveLength(1)
    expect(chunks.flat()).toHaveLength(clipShape(golden, output)[1])
    check(gpuCase, `${name} ${output}`, interleave(chunks.flat(), 3), await golden.floats(output))
  }
  releaseDecoder(ops, decoder)
  expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
}

describe.each(await gpuVariantCases(quickCases()))(
  'VAE in the loops for GPUs on $name',
  ({ gpuCase, name, variants, onMatrixUnits }) => {
    it.each(onMatrixUnits ? ['vae_tiny', 'vae_full_width'] : ['vae_tiny'])(
      'decodes as the official %s',
      async (golden) =>
        checkDecoded({ ...gpuCase, name }, withVariants((await testGpu(gpuCase)).ops, variants), golden),
      600_000,
    )
  },
)

describe.each(gpuCases())('VAE on $name', (gpuCase) => {
  it.each(spread(gpuCase, ['vae_tiny', 'vae_full_width']))(
    'decodes as the official %s',
    async (name) => checkDecoded(gpuCase, (await testGpu(gpuCase)).ops, name),
    600_000,
  )

  it('encodes as the official vae_tiny', async () => {
    const { ops } = await testGpu(gpuCase)
    const { golden, weights, config } = await openVae('vae_tiny')
    const before = ops.pool.mark().size
    const encoder = await loadEncoder(fileLoader(ops, weights), config)
    const [, numFrames] = clipShape(golden, 'encode_video')
    const latents = await encode(ops, encoder, uploadFrames(ops, golden, 'encode_video'), numFrames)
    check(gpuCase, 'vae_tiny encode_latents', await ops.read(latents), await golden.floats('encode_latents'))
    releaseTree(ops, encoder)
    ops.release(latents)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})

/** A decoder of an odd shape: widths that fill no tile, one temporal upsampler. */
const SMALL: VaeConfig = {
  dim: 4,
  zDim: 5,
  dimMult: [1, 3],
  numResBlocks: 1,
  temporalDownsample: [true],
  mean: WAN_VAE.mean.slice(0, 5),
  std: WAN_VAE.std.slice(0, 5),
}
const SMALL_FILE = formulaFile('small', vaeShapes(SMALL), 'small')

async function loadSmall(ops: Ops): Promise<DecoderWeights> {
  return loadDecoder(fileLoader(ops, SMALL_FILE), SMALL)
}

function smallLatents(ops: Ops, T: number): Tensor {
  const frame = 3 * 7
  const whole = randomFloats(SMALL.zDim * 4 * frame, 1)
  const data = Float32Array.from(
    { length: SMALL.zDim * T * frame },
    (_, i) => whole[Math.floor(i / (T * frame)) * 4 * frame + (i % (T * frame))]!,
  )
  return ops.upload(data, [SMALL.zDim, T, 3, 7], 'f32', 'latents')
}

describe.each(quickCases())('the stream of the decoder on $name', (gpuCase) => {
  it('does not depend on how much of the clip there is', async () => {
    const { ops } = await testGpu(gpuCase)
    const decoder = await loadSmall(ops)
    const decoded = []
    for (const T of [1, 2, 3, 4]) {
      const latents = smallLatents(ops, T)
      decoded.push(await readAll(ops, decode(ops, decoder, latents)))
      ops.release(latents)
    }
    const whole = decoded.at(-1)!
    expect(whole.map(({ length }) => length)).toEqual([1, 2, 2, 2])
    for (const [i, part] of decoded.entries()) expect(part).toEqual(whole.slice(0, i + 1))
    releaseDecoder(ops, decoder)
  })

  it('is carried by a value', async () => {
    const { ops } = await testGpu(gpuCase)
    const decoder = await loadSmall(ops)
    const latents = smallLatents(ops, 3)
    const whole = await readAll(ops, decode(ops, decoder, latents))
    const before = ops.pool.mark().size
    let state = DECODER_START
    const bytes = []
    for (let t = 0; t < 3; t++) {
      const [frames, next] = decodeFrame(
        ops,
        decoder,
        latentsToFrame(ops, latents, decoder.statistics, t, 'z'),
        state,
      )
      state = next
      bytes.push(treeBytes(state))
      expect(await Promise.all(frames.map((frame) => ops.read(frame)))).toEqual(whole[t])
      ops.release(...frames)
    }
    expect(bytes[0]).toBeGreaterThan(0)
    expect(bytes[2]).toBeGreaterThan(bytes[0]!)
    releaseTree(ops, state)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
    ops.release(latents)
    releaseDecoder(ops, decoder)
  })

  it('leaves nothing behind when it is cancelled or dropped', async () => {
    const { ops } = await testGpu(gpuCase)
    const decoder = await loadSmall(ops)
    const latents = smallLatents(ops, 3)
    const before = ops.pool.mark().size
    const cancel = new AbortController()
    const stream = decode(ops, decoder, latents, cancel.signal)
    ops.release(...(await stream.next()).value!)
    cancel.abort()
    await expect(stream.next()).rejects.toThrow(/abort/i)
    for await (const frames of decode(ops, decoder, latents)) {
      ops.release(...frames)
      break
    }
    expect(ops.pool.mark().size).toBe(before)
    ops.release(latents)
    releaseDecoder(ops, decoder)
  })

  it('takes the memory that its plan says', async () => {
    const { gpu } = await testGpu(gpuCase)
    const run = async (ops: Ops, weights: DecoderWeights): Promise<number> => {
      const latents = smallLatents(ops, 3)
      for await (const frames of decode(ops, weights, latents)) ops.release(...frames)
      return ops.pool.highWater
    }
    const ops = openOps(gpu)
    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    const actual = await run(ops, await loadSmall(ops))
    expect(await run(planned, await loadDecoder(planLoader(planned, SMALL_FILE), SMALL))).toBe(actual)
    ops.pool.releaseSince(new Set())
    ops.pool.trim()
  })
})

describe('the memory of the decoder', () => {
  const highWater = async (T: number): Promise<number> => {
    const ops = dryOps('f16', Infinity)
    const weights = await loadDecoder(planLoader(ops, formulaFile('wan', vaeShapes(WAN_VAE), '')), WAN_VAE)
    const latents = ops.create([WAN_VAE.zDim, T, 60, 104], 'f32', 'latents')
    const fixed = ops.pool.bytes
    for await (const frames of decode(ops, weights, latents)) ops.release(...frames)
    return ops.pool.highWater - fixed
  }

  it('does not grow with the length of the clip, and stays under 2.7 GB for Wan at 832×480', async () => {
    const [short, long] = [await highWater(4), await highWater(21)]
    expect(long).toBe(short)
    expect(long).toBeLessThan(2.7e9)
  })
})

// Wan 2.2's decoder in tiles: the same bits, in less memory.
import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { vae22Shapes } from '../../src/cli/synthesize/vae22-shapes'
import { latentsToFrame } from '../../src/gpu/kernels/latents_to_frame'
import { dryOps, openOps, type Ops } from '../../src/gpu/ops'
import { releaseTree } from '../../src/models/blocks/tensor-tree'
import { fileLoader, planLoader } from '../../src/models/blocks/weight-loader'
import { WAN22_VAE, type Vae22Config } from '../../src/models/wan22-vae/config'
import { decodeFrame, DECODER_START } from '../../src/models/wan22-vae/decoder'
import { vae22Decoder, type PassingDecoder } from '../../src/models/wan22-vae/stream'
import { spans, tiledDecoder, tileGrid, tilesOf } from '../../src/models/wan22-vae/tiles'
import { loadDecoder, type DecoderWeights } from '../../src/models/wan22-vae/weights'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { randomFloats } from '../support/random'

/** Three groups, of which tiles go through two by themselves: one doubles in space and time, one keeps its size. */
const SMALL: Vae22Config = {
  dim: 4,
  decoderDim: 4,
  zDim: 5,
  dimMult: [1, 2, 2],
  numResBlocks: 1,
  temporalDownsample: [true, false],
  patchSize: 2,
  mean: WAN22_VAE.mean.slice(0, 5),
  std: WAN22_VAE.std.slice(0, 5),
}
const SMALL_FILE = formulaFile('small', vae22Shapes(SMALL), 'small')
const [T, H, W] = [3, 6, 10]

const loadSmall = (ops: Ops): Promise<DecoderWeights> => loadDecoder(fileLoader(ops, SMALL_FILE), SMALL)

/** All video frames of the clip, in order. */
async function decodeAll<State extends object>(
  ops: Ops,
  decoder: PassingDecoder<State>,
  [t, h, w]: readonly [number, number, number],
): Promise<Float32Array[]> {
  const latents = ops.upload(() => randomFloats(5 * t * h * w, 1), [5, t, h, w], 'f32', 'latents')
  const video: Float32Array[] = []
  let state = decoder.start
  for (let step = 0; step < t * decoder.passes; step++) {
    const [frames, next] = decoder.decode(latents, step, state)
    state = next
    for (const frame of frames) video.push(await ops.read(frame))
    ops.release(...frames)
  }
  releaseTree(ops, state)
  ops.release(latents)
  return video
}

describe.each(quickCases())('VAE 2.2 in tiles on $name', (gpuCase) => {
  it.each([
    { rows: 1, columns: 2 },
    { rows: 2, columns: 1 },
    { rows: 2, columns: 2 },
    { rows: 1, columns: 3 },
  ])('gives the bits of whole frames, in $rows × $columns', async (grid) => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const weights = await loadSmall(ops)
    const whole = await decodeAll(ops, vae22Decoder(ops, weights), [T, H, W])
    expect(whole).toHaveLength(5)
    expect(await decodeAll(ops, tiledDecoder(ops, weights, grid), [T, H, W])).toEqual(whole)
    releaseTree(ops, weights)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })

  it('needs all of its halo', async () => {
    const { ops } = await testGpu(gpuCase)
    const weights = await loadSmall(ops)
    const whole = await decodeAll(ops, vae22Decoder(ops, weights), [T, H, W])
    const [first] = tilesOf(weights, { rows: 1, columns: 2 }, H, W)
    const narrow = first!.crops.map((crop, i) =>
      crop && i === 1 ? { ...crop, width: crop.width - 1 } : crop,
    )
    expect(narrow[1]!.width).toBeLessThan(2 * W)
    // The head's crop ends where the tile's own pixels do; the group's input lacks the outermost column of its halo.
    const latents = ops.upload(randomFloats(5 * T * H * W, 1), [5, T, H, W], 'f32', 'latents')
    const z = latentsToFrame(ops, latents, weights.statistics, 0, 'z')
    const crops = narrow.map((crop, i) => (crop && i === 2 ? { ...crop, width: crop.width - 2 } : crop))
    const [[part], state] = decodeFrame(ops, weights, z, DECODER_START, crops)
    const { width } = first!.video
    const read = await ops.read(part!)
    const expected = Float32Array.from(
      { length: read.length },
      (_, i) => whole[0]![Math.floor(i / (3 * width)) * 3 * 8 * W + (i % (3 * width))]!,
    )
    expect(read).not.toEqual(expected)
    releaseTree(ops, state)
    ops.release(part!, latents)
    releaseTree(ops, weights)
  })

  it('takes the memory that its plan says', async () => {
    const { gpu } = await testGpu(gpuCase)
    const run = async (ops: Ops, weights: DecoderWeights): Promise<number> => {
      await decodeAll(ops, tiledDecoder(ops, weights, { rows: 1, columns: 2 }), [T, H, W])
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

describe('tiles', () => {
  it('cover an axis, as long as each other with their halos', () => {
    expect(spans(160, 3, 12)).toEqual([
      { first: 0, count: 57 },
      { first: 57, count: 46 },
      { first: 103, count: 57 },
    ])
    expect(spans(5, 1, 12)).toEqual([{ first: 0, count: 5 }])
    expect(() => spans(5, 3, 4)).toThrow(/5 pixels cannot be cut into 3 tiles with halos of 4/)
  })

  it('are cut where that costs the least halo', () => {
    expect(tileGrid(2, 44, 80)).toEqual({ rows: 1, columns: 2 })
    expect(tileGrid(2, 80, 44)).toEqual({ rows: 2, columns: 1 })
    expect(tileGrid(4, 44, 80)).toEqual({ rows: 2, columns: 2 })
  })
})

describe("the memory of Wan 2.2's decoder", () => {
  const file = formulaFile('wan2.2', vae22Shapes(WAN22_VAE), '')
  const highWater = async (latentFrames: number, tiles: number): Promise<number> => {
    const ops = dryOps('f16', 128 * 2 ** 20)
    const weights = await loadDecoder(planLoader(ops, file), WAN22_VAE)
    const latents = ops.create([48, latentFrames, 44, 80], 'f32', 'latents')
    const decoder = tiledDecoder(ops, weights, tiles)
    let state = decoder.start
    for (let step = 0; step < latentFrames * decoder.passes; step++) {
      const [frames, next] = decoder.decode(latents, step, state)
      ops.release(...frames)
      state = next
    }
    return ops.pool.highWater
  }

  it('stays under 4 GB at 1280×704 in four tiles, for 49 frames as for 121', async () => {
    expect(await highWater(13, 4)).toBeLessThan(4e9)
    expect(await highWater(31, 4)).toBeLessThan(4e9)
  })

  it('is over 5 GB there without tiles', async () => {
    expect(await highWater(4, 1)).toBeGreaterThan(5e9)
  })
})

import { describe, expect, it } from 'vitest'
import { taehvShapes } from '../../src/cli/synthesize/shapes'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { latentsToFrame } from '../../src/gpu/kernels/latents_to_frame'
import { dryOps, openOps, type Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { Frame } from '../../src/models/blocks/causal-conv'
import { releaseTree } from '../../src/models/blocks/tensor-tree'
import { fileLoader, planLoader, type WeightLoader } from '../../src/models/blocks/weight-loader'
import { LAYERS, type TaehvConfig } from '../../src/models/taehv/config'
import {
  decodeFrame,
  DECODER_START,
  openTinyDecoder,
  type DecoderState,
} from '../../src/models/taehv/decoder'
import { encode, encodeFrame, ENCODER_START } from '../../src/models/taehv/encoder'
import { taehvConfigOf } from '../../src/models/taehv/keys'
import { loadDecoder, loadEncoder } from '../../src/models/taehv/weights'
import type { TinyDecoder } from '../../src/models/family'
import type { WeightFile } from '../../src/weights/weight-file'
import { compare, printComparison } from '../support/golden'
import { gpuCases, gpuVariantCases, testGpu, withVariants } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { randomFloats } from '../support/random'
import { spread } from '../support/spread'
import { openTaehv, taehvGoldens } from '../support/taehv'
import { uploadStorage } from '../support/tensors'

/** The bound for one model: f32 rounding through the layers; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

type ClipShape = readonly [T: number, C: number, H: number, W: number]

/** Sizes of an official clip [1, T, C, H, W]. */
function clipShape(golden: WeightFile, name: string): ClipShape {
  return golden.tensors.get(name)!.shape.slice(1) as unknown as ClipShape
}

/** Latents [1, T, C, H, W] as ours, [C, T, H, W]. */
async function uploadLatents(ops: Ops, golden: WeightFile): Promise<Tensor> {
  const [T, C, H, W] = clipShape(golden, 'latents')
  const values = await golden.floats('latents')
  const ours = Float32Array.from(values, (_, i) => {
    const [p, t, c] = [i % (H * W), Math.floor(i / H / W) % T, Math.floor(i / H / W / T)]
    return values[(t * C + c) * H * W + p]!
  })
  return ops.upload(ours, [C, T, H, W], 'f32', 'latents')
}

/** Frames [H, W, C] one after another as [T, C, H, W], enlarged by `factor`. */
function channelsFirst(
  frames: readonly Float32Array[],
  [H, W, C]: readonly [number, number, number],
  factor = 1,
): Float32Array {
  const plane = H * W * factor ** 2
  return Float32Array.from({ length: frames.length * C * plane }, (_, i) => {
    const [x, y] = [i % (W * factor), Math.floor(i / W / factor) % (H * factor)]
    const [c, t] = [Math.floor(i / plane) % C, Math.floor(i / plane / C)]
    return frames[t]![(Math.floor(y / factor) * W + Math.floor(x / factor)) * C + c]!
  })
}

const toUnit = (values: Float32Array): Float32Array => values.map((value) => (value + 1) / 2)
const clamped = (values: Float32Array): Float32Array => values.map((value) => Math.min(1, Math.max(0, value)))

/** Collects what the layers give, frame by frame. */
class Taps {
  private readonly seen = new Map<number, { shape: readonly number[]; frames: Promise<Float32Array>[] }>()

  constructor(private readonly ops: Ops) {}

  readonly tap = (layer: number, frame: Frame): void => {
    const own = this.seen.get(layer) ?? { shape: frame.shape, frames: [] }
    own.frames.push(this.ops.read(frame))
    this.seen.set(layer, own)
  }

  /** The layers, from the first on: each as the official [T, C, H, W], enlarged where the official one is. */
  async *layers(factorOf: (layer: number) => number): AsyncGenerator<[layer: number, values: Float32Array]> {
    for (const [layer, { shape, frames }] of [...this.seen].sort(([a], [b]) => a - b))
      yield [
        layer,
        channelsFirst(await Promise.all(frames), shape as [number, number, number], factorOf(layer)),
      ]
  }
}

/** Compares by the golden's samples of a layer; where a ReLU follows, that layer's. */
async function checkLayers(
  gpuCase: GpuCase,
  name: string,
  { golden, sampleStride }: { golden: WeightFile; sampleStride: number },
  taps: Taps,
  {
    officialOf,
    factorOf = () => 1,
    valuesOf = (_layer, values) => values,
  }: {
    officialOf: (layer: number) => number
    factorOf?: (layer: number) => number
    valuesOf?: (layer: number, values: Float32Array) => Float32Array
  },
): Promise<void> {
  let compared = 0
  for await (const [layer, values] of taps.layers(factorOf)) {
    const stored = `tap.${name.split(' ')[1]}.${officialOf(layer)}`
    const samples = valuesOf(layer, values).filter((_, i) => i % sampleStride === 0)
    check(gpuCase, `${name}.${officialOf(layer)}`, samples, await golden.floats(stored))
    compared += 1
  }
  expect(compared).toBeGreaterThan(15)
}

function check(
  { name: gpu, storage }: GpuCase,
  name: string,
  actual: Float32Array,
  expected: Float32Array,
): void {
  const comparison = compare(name, actual, expected)
  printComparison(gpu, comparison)
  expect(comparison.relError, name).toBeLessThanOrEqual(TOLERANCE[storage])
}

async function readClip(
  ops: Ops,
  decoder: TinyDecoder<DecoderState>,
  latents: Tensor,
  T: number,
): Promise<Float32Array> {
  let state = decoder.start
  const frames: Float32Array[] = []
  let shape: readonly number[] = []
  for (let t = 0; t < T; t++) {
    const [made, next] = decoder.decode(latents, t, state)
    state = next
    shape = made[0]!.shape
    for (const frame of made) frames.push(await ops.read(frame))
    ops.release(...made)
  }
  releaseTree(ops, state)
  return channelsFirst(frames, shape as [number, number, number])
}

describe.each(gpuCases())('TAEHV on $name', (gpuCase) => {
  it.each(spread(gpuCase, taehvGoldens(), ['taew2_1', 'taew2_2_super']))(
    '%s decodes as the official one',
    async (name) => {
      const { ops } = await testGpu(gpuCase)
      const own = await openTaehv(name)
      const { golden, weights, config } = own
      const before = ops.pool.mark().size
      const latents = await uploadLatents(ops, golden)
      const [T] = clipShape(golden, 'latents')
      const loader = fileLoader(ops, weights)

      // Layer by layer, with the frames that are left out of a clip.
      const taps = new Taps(ops)
      const w = await loadDecoder(loader, config)
      const pass = { ops, w, config, everyFrame: true, fullSize: true, tap: taps.tap }
      let state = DECODER_START
      const raw: Float32Array[] = []
      for (let t = 0; t < T; t++) {
        const [frames, next] = decodeFrame(pass, latentsToFrame(ops, latents, w.statistics, t, 'z'), state, 0)
        state = next
        for (const frame of frames) raw.push(await ops.read(frame))
        ops.release(...frames)
      }
      releaseTree(ops, state)
      releaseTree(ops, w)
      const layers = LAYERS[config.variant]
      const [stem, last] = [layers.stem, layers.level(2).conv]
      const grows = [0, 1, 2].map((i) => layers.level(i).grow)
      const convs = [0, 1, 2].map((i) => layers.level(i).conv)
      const isBase = config.variant === 'base'
      await checkLayers(gpuCase, `${name} decoder`, own, taps, {
        // Where our convolutions end with the ReLU that is the layer behind.
        officialOf: (layer) => {
          const hasRelu = isBase ? layer === stem || layer === last : convs.includes(layer)
          return hasRelu ? layer + 1 : layer
        },
        factorOf: (layer) => (isBase && grows.includes(layer) ? 2 : 1), // ours are enlarged afterwards
        valuesOf: (layer, values) => (layer === layers.head ? toUnit(values) : values),
      })
      const [, , H, W] = clipShape(golden, 'raw')
      check(gpuCase, `${name} raw`, toUnit(channelsFirst(raw, [H, W, 3])), await golden.floats('raw'))

      const decoder = await openTinyDecoder(loader, config)
      const variants: readonly [string, TinyDecoder<DecoderState>][] = [
        ['frames', decoder],
        ['frames.no_time_upscale', decoder.with({ everyFrame: false })],
        ['frames.no_upscale', decoder.with({ everyFrame: false, fullSize: false })],
      ]
      for (const [tensor, each] of variants) {
        if (!golden.tensors.has(tensor)) continue
        const clip = clamped(toUnit(await readClip(ops, each, latents, T)))
        check(gpuCase, `${name} ${tensor}`, clip, await golden.floats(tensor))
      }
      decoder.release()
      ops.release(latents)
      expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
    },
  )

  it.each(spread(gpuCase, taehvGoldens(), ['taew2_1']))('%s encodes as the official one', async (name) => {
    const { ops } = await testGpu(gpuCase)
    const own = await openTaehv(name)
    const { golden, weights, config } = own
    const before = ops.pool.mark().size
    const [F, , H, W] = clipShape(golden, 'encode_frames')
    const clip = await golden.floats('encode_frames')
    const video = (f: number): Frame => {
      const values = Float32Array.from({ length: H * W * 3 }, (_, i) => {
        return 2 * clip[(f * 3 + (i % 3)) * H * W + Math.floor(i / 3)]! - 1
      })
      return uploadStorage(ops, values, [H, W, 3], 'video').tensor
    }
    const w = await loadEncoder(fileLoader(ops, weights), config)
    const taps = new Taps(ops)
    const stride = config.encoder!.timeDownscale.reduce((product, factor) => product * factor, 1)
    let state = ENCODER_START
    for (let f = 0; f < Math.ceil(F / stride) * stride; f++) {
      const frame = video(Math.min(f, F - 1))
      const [z, next] = encodeFrame(ops, w, config.patch, frame, state, taps.tap)
      state = next
      ops.release(frame, ...(z ? [z] : []))
    }
    releaseTree(ops, state)
    await checkLayers(gpuCase, `${name} encoder`, own, taps, {
      officialOf: (layer) => (layer === LAYERS.encoder.stem ? layer + 1 : layer),
    })

    const latents = await encode(
      ops,
      w,
      config,
      Array.from({ length: F }, (_, f) => video(f)),
      F,
    )
    const [C, T, h, width] = latents.shape as [number, number, number, number]
    const values = await ops.read(latents)
    const official = Float32Array.from(values, (_, i) => {
      const [p, c, t] = [i % (h * width), Math.floor(i / h / width) % C, Math.floor(i / h / width / C)]
      return values[(c * T + t) * h * width + p]!
    })
    check(gpuCase, `${name} encode_latents`, official, await golden.floats('encode_latents'))
    ops.release(latents)
    releaseTree(ops, w)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})

// The loops of GPUs, which the adapters of this machine do not take by themselves.
describe.each(await gpuVariantCases(quickCases()))('TAEHV on $name', ({ gpuCase, variants }) => {
  it.each(taehvGoldens().slice(0, 1))('%s decodes as the official one', async (name) => {
    const ops = withVariants((await testGpu(gpuCase)).ops, variants)
    const { golden, weights, config } = await openTaehv(name)
    const latents = await uploadLatents(ops, golden)
    const decoder = await openTinyDecoder(fileLoader(ops, weights), config)
    const clip = await readClip(ops, decoder, latents, clipShape(golden, 'latents')[0])
    check(gpuCase, `${name} frames, in tiles`, clamped(toUnit(clip)), await golden.floats('frames'))
    decoder.release()
    ops.release(latents)
  })
})

/** Small ones of both variants, every number another. */
const SMALL: readonly TaehvConfig[] = [
  {
    variant: 'base',
    latentChannels: 5,
    patch: 2,
    channels: [24, 20, 12, 8],
    timeUpscale: [2, 1, 2],
    encoder: { channels: 12, timeDownscale: [1, 2, 2] },
  },
  { variant: 'super', latentChannels: 6, patch: 1, channels: [32, 24, 16, 8], timeUpscale: [1, 2, 2] },
]

const smallFile = (config: TaehvConfig): WeightFile => formulaFile('small', taehvShapes(config), 'small/')

describe.each(SMALL)('a small tiny autoencoder, $variant', (config) => {
  it('has the numbers that its shapes give', () => {
    expect(taehvConfigOf(smallFile(config))).toEqual(config)
  })

  it.each(quickCases())('carries its state by a value on $name', async (gpuCase) => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const decoder = await openTinyDecoder(fileLoader(ops, smallFile(config)), config)
    const C = config.latentChannels
    const noise = randomFloats(C * 3 * 4 * 2, 5)
    /** The first T latent frames of one clip. */
    const clipOf = (T: number): Tensor =>
      ops.upload(
        Float32Array.from(
          { length: C * T * 8 },
          (_, i) => noise[Math.floor(i / T / 8) * 24 + (i % (T * 8))]!,
        ),
        [C, T, 4, 2],
        'f32',
        'latents',
      )
    const [two, three] = [clipOf(2), clipOf(3)]
    const [short, whole] = [await readClip(ops, decoder, two, 2), await readClip(ops, decoder, three, 3)]
    const pixels = whole.length / 9
    expect(short.length).toBe(5 * pixels)
    expect(short).toEqual(whole.subarray(0, 5 * pixels))
    decoder.release()
    ops.release(two, three)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })

  it.each(quickCases())('takes the memory of its plan on $name', async (gpuCase) => {
    const { gpu } = await testGpu(gpuCase)
    const run = async (ops: Ops, loader: WeightLoader): Promise<number> => {
      const T = 3
      const latents = ops.upload(
        randomFloats(config.latentChannels * T * 4 * 6, 1),
        [config.latentChannels, T, 4, 6],
        'f32',
        'latents',
      )
      const decoder = await openTinyDecoder(loader, config)
      const videos: Frame[] = []
      let state = decoder.start
      for (let t = 0; t < T; t++) {
        const [frames, next] = decoder.decode(latents, t, state)
        state = next
        videos.push(...frames)
        await ops.drain()
      }
      expect(videos).toHaveLength(4 * T - 3)
      expect(videos[0]!.shape).toEqual([4 * 8 * config.patch, 6 * 8 * config.patch, 3])
      releaseTree(ops, state)
      decoder.release()
      ops.release(latents)
      if (config.encoder) {
        const w = await loadEncoder(loader, config)
        ops.release(await encode(ops, w, config, videos, videos.length))
        releaseTree(ops, w)
      } else ops.release(...videos)
      return ops.pool.highWater
    }
    const ops = openOps(gpu)
    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    const file = smallFile(config)
    expect(await run(planned, planLoader(planned, file))).toBe(await run(ops, fileLoader(ops, file)))
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })
})

it('takes no more memory for a longer clip, and little of it, at 832×480', async () => {
  const config: TaehvConfig = {
    variant: 'base',
    latentChannels: 16,
    patch: 1,
    channels: [256, 128, 64, 64],
    timeUpscale: [1, 2, 2],
  }
  const highWater = async (T: number): Promise<number> => {
    const ops = dryOps('f16', 128 * 1024 * 1024)
    const decoder = await openTinyDecoder(
      planLoader(ops, formulaFile('tiny', taehvShapes(config), '')),
      config,
    )
    const latents = ops.create([16, T, 60, 104], 'f32', 'latents')
    const fixed = ops.pool.bytes
    let state = decoder.start
    for (let t = 0; t < T; t++) {
      const [frames, next] = decoder.decode(latents, t, state)
      state = next
      ops.release(...frames)
    }
    return ops.pool.highWater - fixed
  }
  const [short, long] = [await highWater(4), await highWater(21)]
  expect(long).toBe(short)
  expect(long).toBeLessThan(0.4e9)
})

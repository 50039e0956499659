import { describe, expect, it } from 'vitest'
import { srvggShapes } from '../../src/cli/synthesize/shapes'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { dryOps, openOps, type Ops } from '../../src/gpu/ops'
import type { Frame } from '../../src/models/blocks/causal-conv'
import { fileLoader, planLoader, type WeightLoader } from '../../src/models/blocks/weight-loader'
import { srvggConfigOf } from '../../src/models/srvgg/keys'
import { openUpscaler } from '../../src/models/srvgg/upscaler'
import type { WeightFile } from '../../src/weights/weight-file'
import { compare, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { spread } from '../support/spread'
import { openSrvgg, srvggGoldens } from '../support/srvgg'
import { uploadStorage } from '../support/tensors'

/** The bound for one model: f32 rounding through the layers; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

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

/** A frame [H, W, C] as [C, H, W]. */
function channelsFirst(values: Float32Array, C: number): Float32Array {
  const plane = values.length / C
  return Float32Array.from(values, (_, i) => values[(i % plane) * C + Math.floor(i / plane)]!)
}

/** An image [3, H, W] in [0, 1] as a frame [H, W, 3] in [-1, 1]. */
async function uploadImage(ops: Ops, golden: WeightFile): Promise<Frame> {
  const [, H, W] = golden.tensors.get('image')!.shape as [number, number, number]
  const image = await golden.floats('image')
  const values = Float32Array.from(image, (_, i) => 2 * image[(i % 3) * H * W + Math.floor(i / 3)]! - 1)
  return uploadStorage(ops, values, [H, W, 3], 'image').tensor
}

describe.each(gpuCases())('upscalers on $name', (gpuCase) => {
  it.each(spread(gpuCase, srvggGoldens()))('%s is as in PyTorch', async (name) => {
    const { ops } = await testGpu(gpuCase)
    const { golden, weights, config, sampleStride } = await openSrvgg(name)
    expect(srvggConfigOf(weights)).toEqual(config)
    const before = ops.pool.mark().size
    const frame = await uploadImage(ops, golden)
    const loader = fileLoader(ops, weights)
    const taps: [layer: number, C: number, values: Promise<Float32Array>][] = []
    const upscaler = await openUpscaler(loader, config, (layer, features) => {
      taps.push([layer, features.shape[2]!, ops.read(features)])
    })
    const large = upscaler.upscale(frame, config.factor)
    for (const [layer, C, values] of taps) {
      const isLast = layer === config.convs - 1
      const stored = isLast ? 2 * layer : 2 * layer + 1 // behind the slopes
      const samples = channelsFirst(await values, C).filter((_, i) => i % sampleStride === 0)
      check(
        gpuCase,
        `${name} body.${stored}`,
        isLast ? samples.map((value) => value / 2) : samples,
        await golden.floats(`tap.body.${stored}`),
      )
    }
    expect(taps).toHaveLength(config.convs)
    const toUnit = (values: Float32Array): Float32Array =>
      channelsFirst(values, 3).map((value) => (value + 1) / 2)
    check(gpuCase, `${name} upscaled`, toUnit(await ops.read(large)), await golden.floats('upscaled'))
    ops.release(large)
    if (golden.tensors.has('upscaled_2')) {
      const smaller = upscaler.upscale(frame, 2)
      check(gpuCase, `${name} upscaled_2`, toUnit(await ops.read(smaller)), await golden.floats('upscaled_2'))
      ops.release(smaller)
    }
    upscaler.release()
    ops.release(frame)
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})

describe('an upscaler', () => {
  const config = { features: 12, convs: 4, factor: 4 }
  const file = formulaFile('small', srvggShapes(config), 'small/')

  it.each(quickCases())('takes the memory of its plan on $name', async (gpuCase) => {
    const { gpu } = await testGpu(gpuCase)
    const run = async (ops: Ops, loader: WeightLoader): Promise<number> => {
      const upscaler = await openUpscaler(loader, config)
      for (let i = 0; i < 3; i++) {
        const frame = ops.create([6, 8, 3], ops.storage, 'frame')
        const large = upscaler.upscale(frame, 4)
        expect(large.shape).toEqual([24, 32, 3])
        ops.release(frame, large)
        await ops.drain()
      }
      upscaler.release()
      return ops.pool.highWater
    }
    const ops = openOps(gpu)
    const planned = dryOps(gpu.storage, gpu.maxBindingBytes)
    expect(await run(planned, planLoader(planned, file))).toBe(await run(ops, fileLoader(ops, file)))
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })

  it('of one size cannot make another', async () => {
    const ops = dryOps('f32', Infinity)
    const small = { ...config, factor: 2 }
    const loader = planLoader(ops, formulaFile('small', srvggShapes(small), ''))
    const upscaler = await openUpscaler(loader, small)
    const frame = ops.create([2, 2, 3], 'f32', 'frame')
    expect(() => upscaler.upscale(frame, 4)).toThrow('×4 cannot be had of it. Choose ×2.')
  })
})

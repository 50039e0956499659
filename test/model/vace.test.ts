// VACE's side blocks against the official code, resident, streamed and quantised.
import { describe, expect, it } from 'vitest'
import { dryOps, openOps, type Ops } from '../../src/gpu/ops'
import { openWanDenoiser } from '../../src/models/wan-dit/denoiser'
import { dequantised } from '../support/dequantised'
import { ditConfig } from '../support/config'
import { ditWeights, runDit } from '../support/dit'
import { compare, goldenFamily, openGolden, printComparison } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { spread } from '../support/spread'

/** DESIGN's bound for one model: f32 rounding through the blocks; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const
const NAMES = goldenFamily(/^vace_(?!context|pipeline)/)

async function check(
  { name: gpu, storage }: GpuCase,
  ops: Ops,
  name: string,
  run: Parameters<typeof runDit>[3],
): Promise<void> {
  const golden = await openGolden(`${name}.golden`)
  const before = ops.pool.mark().size
  const { comparisons } = await runDit(ops, golden, await ditWeights(name, golden), run)
  for (const comparison of comparisons)
    printComparison(gpu, { ...comparison, name: `${name} ${comparison.name}` })
  for (const { name: tensor, relError } of comparisons)
    expect(relError, tensor).toBeLessThanOrEqual(TOLERANCE[storage])
  expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
}

describe.each(gpuCases())('VACE on $name', (gpuCase) => {
  it.each(spread(gpuCase, NAMES))('agrees with the official %s', async (name) => {
    const { ops } = await testGpu(gpuCase)
    await check(gpuCase, ops, name, { strength: 1 })
    const golden = await openGolden(`${name}.golden`)
    if (!golden.tensors.has('velocity_scaled')) return
    const [strength = 0] = await golden.floats('vace_scale')
    await check(gpuCase, ops, name, { strength, expected: 'velocity_scaled' })
    await check(gpuCase, ops, name, { strength: 0, expected: 'velocity_scale_0' })
    await check(gpuCase, ops, name, { expected: 'velocity_scale_0' })
  })
})

describe.each(quickCases())('VACE in other formats on $name', (gpuCase) => {
  it.each(['f16', 'q4'] as const)('is the same to the bit with streamed blocks of %s', async (format) => {
    const { gpu } = await testGpu(gpuCase)
    const golden = await openGolden('vace_dit_tiny.golden')
    const file = await ditWeights('vace_dit_tiny', golden)
    const result = async (streamed: boolean, strength?: number) => {
      const ops = openOps(gpu)
      const given = strength === undefined ? {} : { strength }
      const { velocity } = await runDit(ops, golden, file, { format, streamed, taps: false, ...given })
      const bytes = ops.pool.highWater
      ops.pool.trim()
      expect(ops.pool.bytes, 'bytes left behind').toBe(0)
      return { velocity, bytes }
    }
    const [resident, streamed] = [await result(false, 1), await result(true, 1)]
    expect(streamed.velocity).toEqual(resident.velocity)
    expect(streamed.bytes).toBeLessThan(resident.bytes)
    expect((await result(true)).velocity).toEqual((await result(false)).velocity)
  })

  it.each(['q8', 'q4'] as const)(
    '%s agrees with the same model on the dequantised weights',
    async (format) => {
      const { ops } = await testGpu(gpuCase)
      const golden = await openGolden('vace_dit_tiny.golden')
      const file = await ditWeights('vace_dit_tiny', golden)
      const run = { strength: 1, taps: false }
      const quantised = await runDit(ops, golden, file, { format, ...run })
      const expanded = await runDit(ops, golden, await dequantised(file, format), run)
      expect(compare('velocity', quantised.velocity, expanded.velocity).relError).toBeLessThanOrEqual(5e-3)
    },
  )

  it('takes no more memory than its dry run', async () => {
    const { gpu } = await testGpu(gpuCase)
    const golden = await openGolden('vace_dit_tiny.golden')
    const file = await ditWeights('vace_dit_tiny', golden)
    const config = ditConfig(golden)
    const bytes = async (ops: Ops, dry: boolean): Promise<number> => {
      const denoiser = await openWanDenoiser(loadingOf(ops, { dit: file }, { dry }), config)
      const upload = async (name: string) =>
        ops.upload(await golden.floats(name), golden.tensors.get(name)!.shape, 'f32', name)
      const [x, context] = [await upload('latents'), await upload('vace_context')]
      const text = await golden.floats('context')
      const prepared = await denoiser.prepare({ text, control: { context, strength: 1 } })
      const velocity = await denoiser.velocity(x, { values: [500] }, prepared)
      await ops.drain()
      prepared.release()
      await denoiser.release()
      ops.release(x, context, velocity)
      const { highWater } = ops.pool
      ops.pool.trim()
      expect(ops.pool.bytes, 'bytes left behind').toBe(0)
      return highWater
    }
    const counted = await bytes(dryOps(gpu.storage, gpu.maxBindingBytes), true)
    expect(await bytes(openOps(gpu), false)).toBe(counted)
  })

  it('refuses a control of other channels, and any where there are no side blocks', async () => {
    const { ops } = await testGpu(gpuCase)
    const golden = await openGolden('vace_dit_tiny.golden')
    const file = await ditWeights('vace_dit_tiny', golden)
    const config = ditConfig(golden)
    const text = await golden.floats('context')
    const context = ops.create([95, 3, 6, 8], 'f32', 'control')
    const denoiser = await openWanDenoiser(loadingOf(ops, { dit: file }), config)
    await expect(denoiser.prepare({ text, control: { context, strength: 1 } })).rejects.toThrow(
      'The control has 95 channels; the model reads 96.',
    )
    await denoiser.release()
    const { vace: _vace, ...plain } = config
    const other = await openWanDenoiser(loadingOf(ops, { dit: file }), plain)
    await expect(other.prepare({ text, control: { context, strength: 1 } })).rejects.toThrow(
      'A control was given to a model that takes none.',
    )
    await other.release()
    ops.release(context)
  })
})

import { describe, expect, it } from 'vitest'
import { openOps, type Ops } from '../../src/gpu/ops'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { dequantised } from '../support/dequantised'
import { ditWeights, runDit } from '../support/dit'
import { compare, openGolden, printComparison } from '../support/golden'
import { gpuCases, gpuVariantCases, testGpu, withVariants } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { inInt8 } from '../support/int8'
import { spread } from '../support/spread'

/** DESIGN's bound for one model: f32 rounding through the blocks; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const

async function checkForward({ name: gpu, storage }: GpuCase, ops: Ops, name: string): Promise<void> {
  const golden = await openGolden(`${name}.golden`)
  const before = ops.pool.mark().size
  const { comparisons } = await runDit(ops, golden, await ditWeights(name, golden))
  for (const comparison of comparisons)
    printComparison(gpu, { ...comparison, name: `${name} ${comparison.name}` })
  for (const { name: tensor, relError } of comparisons)
    expect(relError, tensor).toBeLessThanOrEqual(TOLERANCE[storage])
  expect(comparisons.at(-1)?.name).toBe('velocity')
  expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
}

describe.each(gpuCases())('DiT on $name', (gpuCase) => {
  it.each(spread(gpuCase, ['dit_tiny', 'dit_1.3b_width']))('agrees with the official %s', async (name) =>
    checkForward(gpuCase, (await testGpu(gpuCase)).ops, name),
  )
})

describe.each(await gpuVariantCases(quickCases()))(
  'DiT in the loops for GPUs on $name',
  ({ gpuCase, name, variants, onMatrixUnits }) => {
    it.each(onMatrixUnits ? ['dit_tiny', 'dit_1.3b_width'] : ['dit_tiny'])(
      'agrees with the official %s',
      async (golden) =>
        checkForward({ ...gpuCase, name }, withVariants((await testGpu(gpuCase)).ops, variants), golden),
    )
  },
)

describe.each(quickCases())('a DiT on a GPU that binds little at once on $name', (gpuCase) => {
  it('projects the time by parts, to the same bits', async () => {
    const { gpu } = await testGpu(gpuCase)
    const golden = await openGolden('dit_tiny.golden')
    const file = await ditWeights('dit_tiny', golden)
    const velocity = async (maxBindingBytes: number): Promise<Float32Array> => {
      const ops = openOps({ ...gpu, maxBindingBytes })
      const result = await runDit(ops, golden, file)
      ops.pool.trim()
      expect(ops.pool.bytes, 'bytes left behind').toBe(0)
      return result.velocity
    }
    const { dim } = ditConfig(file)
    const whole = 6 * dim * dim * 2
    expect(await velocity(whole - 1)).toEqual(await velocity(whole))
  })
})

describe.each(quickCases())('a DiT whose blocks are streamed on $name', (gpuCase) => {
  it.each(['f16', 'q4'] as const)(
    'gives what the resident one gives, bit for bit, with two blocks of %s on the GPU',
    async (format) => {
      const { gpu } = await testGpu(gpuCase)
      const golden = await openGolden('dit_tiny.golden')
      const file = await ditWeights('dit_tiny', golden)
      const read: string[] = []
      const watched: WeightFile = {
        ...file,
        bytes: (name, ...part) => (read.push(name), file.bytes(name, ...part)),
        rows: (name, first, count) => (read.push(name), file.rows(name, first, count)),
      }
      const result = async (
        streamed: boolean,
        weights: WeightFile,
      ): Promise<{ velocity: Float32Array; bytes: number }> => {
        const ops = openOps(gpu)
        const { velocity } = await runDit(ops, golden, weights, { format, streamed })
        const bytes = ops.pool.highWater
        ops.pool.trim()
        expect(ops.pool.bytes, 'bytes left behind').toBe(0)
        return { velocity, bytes }
      }
      const [resident, streamed] = [await result(false, file), await result(true, watched)]
      expect(streamed.velocity).toEqual(resident.velocity)
      // Once for the prompt's keys, once for the pass; the block read ahead at the end is given up.
      const ups = read.filter((name) => name === 'blocks.1.ffn.0.weight')
      expect(ups.length).toBeGreaterThanOrEqual(2)
      if (ditConfig(file).numLayers > 2) expect(streamed.bytes).toBeLessThan(resident.bytes)
    },
  )
})

describe.each(quickCases())('a DiT multiplied in int8 on $name', (gpuCase) => {
  // Rounding to int8 costs an activation about 5e-3, in every product with a quantised matrix; errors of products that
  // are added up are independent, and the residual stream and the attention stay in floats.
  it.each(['q8', 'q4'] as const)(
    'with %s weights agrees with the same one multiplied in floats, and with the official one',
    async (format) => {
      const { ops } = await testGpu(gpuCase)
      const golden = await openGolden('dit_tiny.golden')
      const weights = await ditWeights('dit_tiny', golden)
      const floats = await runDit(ops, golden, weights, { format })
      const rounded = await runDit(inInt8(ops), golden, weights, { format })
      const { relError } = compare('velocity', rounded.velocity, floats.velocity)
      expect(relError).toBeLessThanOrEqual(1e-2)
      expect(relError).toBeGreaterThan(1e-4) // or nothing was rounded
      if (format === 'q4') return // whose own error is a tenth
      const original = {
        ...compare('velocity', rounded.velocity, await golden.floats('velocity')),
        name: 'dit_tiny velocity, q8 × int8',
      }
      printComparison(gpuCase.name, original)
      expect(original.relError).toBeLessThanOrEqual(1e-2)
    },
  )
})

describe.each(gpuCases())('quantised DiT on $name', (gpuCase) => {
  it.each(spread(gpuCase, ['q8', 'q4'], ['q4']))(
    '%s agrees with the same model on the dequantised weights',
    async (format) => {
      const { ops } = await testGpu(gpuCase)
      const golden = await openGolden('dit_tiny.golden')
      const file = await ditWeights('dit_tiny', golden)
      const quantised = await runDit(ops, golden, file, { format })
      const expanded = await runDit(ops, golden, await dequantised(file, format))
      // The expanded weights are rounded to f16 for the GPU, the quantised ones are not.
      expect(compare('velocity', quantised.velocity, expanded.velocity).relError).toBeLessThanOrEqual(5e-3)
      // And the formats themselves: 8 bits keep about 3 digits, 4 bits about 1.
      const original = compare('velocity', quantised.velocity, await golden.floats('velocity'))
      expect(original.relError).toBeLessThan(format === 'q8' ? 2e-2 : 2e-1)
      expect(original.relError).toBeGreaterThan(1e-5)
    },
  )
})

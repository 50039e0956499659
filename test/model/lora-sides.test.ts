// LoRAs beside the matrices, as the engine runs them: against the reference, and against the dequantised model.
import { describe, expect, it } from 'vitest'
import { dryOps, openOps } from '../../src/gpu/ops'
import { adaptedLoader } from '../../src/models/blocks/adapted-loader'
import { planLoader } from '../../src/models/blocks/weight-loader'
import { loadDit } from '../../src/models/wan-dit/weights'
import { adaptFile } from '../../src/weights/adapters/adapted-file'
import type { Adapter } from '../../src/weights/adapters/adapter'
import { ditConfig } from '../support/config'
import { dequantised } from '../support/dequantised'
import { ditWeights, runDit } from '../support/dit'
import { compare, openGolden, printComparison } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { appliedLoras, inF16, loraCases, mergeAdapters } from '../support/lora'

const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const
/**
 * The halves of a LoRA, and deltas that are whole, are stored in f16, as the model's matrices are. Where a file has
 * more bits, the f16 of its numbers is up to 1e-4 away; fused into f16 matrices the same files are 4e-4 away.
 */
const ROUNDED = 1e-4
/** DESIGN's bound for quantised weights against the dequantised model. */
const QUANTISED = 5e-3

const golden = await openGolden('lora.golden')
const base = await ditWeights('lora', golden)
const CASES = loraCases(golden)

function isExactInF16({ file, deltas }: Adapter): boolean {
  return (
    [...file.tensors.values()].every(({ dtype }) => dtype !== 'F32') &&
    [...deltas.values()].flat().every(({ kind }) => kind === 'lora' || kind === 'diff')
  )
}

describe.each(quickCases())('a DiT with LoRAs beside its f16 matrices on $name', (gpuCase) => {
  it.each(CASES)('agrees with the reference on $key', async ({ key, loras }) => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const expected = `velocity.${key}`
    const applied = await appliedLoras(base, loras)
    const { comparisons } = await runDit(ops, golden, base, { loras: applied, expected })
    const { relError, maxError } = comparisons.at(-1)!
    printComparison(gpuCase.name, { name: `lora beside, ${expected}`, relError, maxError })
    const isExact = applied.every(({ adapter }) => isExactInF16(adapter))
    expect(relError).toBeLessThanOrEqual(
      gpuCase.storage === 'f16' ? TOLERANCE.f16 : isExact ? TOLERANCE.f32 : ROUNDED,
    )
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})

describe.each(quickCases())('a DiT with LoRAs beside its q8 matrices on $name', (gpuCase) => {
  it.each(CASES)('agrees with the dequantised model on $key', async ({ key, loras }) => {
    const { ops } = await testGpu(gpuCase)
    const applied = await appliedLoras(base, loras)
    const expected = `velocity.${key}`
    const { velocity } = await runDit(ops, golden, base, { loras: applied, format: 'q8', expected })
    const file = mergeAdapters(await dequantised(base, 'q8'), applied)
    const reference = await runDit(ops, golden, inF16(file), { expected })
    const comparison = compare(`lora beside q8, ${key}`, velocity, reference.velocity)
    printComparison(gpuCase.name, comparison)
    expect(comparison.relError).toBeLessThanOrEqual(QUANTISED)
  })
})

describe.each(quickCases())('LoRAs on $name', (gpuCase) => {
  const all = CASES.filter(({ key }) => /^pair|lora_(dora|lokr|diff|loha)\.0/.test(key))

  it.each(all)(
    '$key gives the same bits with streamed blocks, in the memory that was planned',
    async ({ key, loras }) => {
      const { gpu } = await testGpu(gpuCase)
      const applied = await appliedLoras(base, loras)
      const config = ditConfig(golden)
      const results: Float32Array[] = []
      for (const streamed of [false, true]) {
        const ops = openOps(gpu)
        const { velocity } = await runDit(ops, golden, base, {
          loras: applied,
          format: 'q4',
          streamed,
          expected: `velocity.${key}`,
        })
        results.push(velocity)
        const measured = openOps(gpu)
        const adapted = adaptFile(base, applied)
        const dry = dryOps(measured.storage, measured.maxBindingBytes)
        const loader = adaptedLoader(planLoader(dry, adapted.file, 'q4'), adapted, { isDry: true })
        await loadDit(loader, config, { streamed })
        const plain = dryOps(measured.storage, measured.maxBindingBytes)
        await loadDit(planLoader(plain, base, 'q4'), config, { streamed })
        expect(dry.pool.bytes).toBeGreaterThan(plain.pool.bytes)
        expect(ops.pool.highWater).toBeGreaterThanOrEqual(dry.pool.bytes)
        ops.pool.trim()
        expect(ops.pool.bytes, 'bytes left behind').toBe(0)
      }
      expect(results[1]).toEqual(results[0])
    },
  )

  it('at strength 0 give what the model gives without, bit for bit, and take no memory', async () => {
    const { ops } = await testGpu(gpuCase)
    const run = async (strength: number): Promise<Float32Array> => {
      const loras = await appliedLoras(base, [
        ['lora_diff', strength],
        ['lora_dora', strength],
      ])
      const { changes, file } = adaptFile(base, loras)
      expect([changes.size > 0, file !== base]).toEqual([strength !== 0, strength !== 0])
      return (await runDit(ops, golden, base, { loras, format: 'q8', expected: 'velocity.base' })).velocity
    }
    const without = (await runDit(ops, golden, base, { format: 'q8', expected: 'velocity.base' })).velocity
    expect(await run(0)).toEqual(without)
    expect(await run(0.5)).not.toEqual(without)
  })
})

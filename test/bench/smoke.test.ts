import { expect, it } from 'vitest'
import { openGpu } from '../../src/gpu/device'
import { runRow } from '../../bench/bench'
import { openBench } from '../../bench/device'
import { DEFAULTS } from '../../bench/options'
import { TINY_LINEAR } from '../../bench/rows/linear'
import { nodeGpu } from '../support/adapter'
import { quickCases } from '../support/gpu-cases'
import { fitForOrt } from '../support/ort-in-node'

it("runs a row against onnxruntime-web's on one device, and both are right", async () => {
  const { adapter } = quickCases()[0]!
  const gpu = await openGpu(await nodeGpu(adapter), { storage: 'f32' })
  fitForOrt(gpu.device)
  const bench = await openBench(gpu, { ...DEFAULTS, size: 'small', quick: true })
  expect(bench.isCpu).toBe(true)
  const notes: string[] = []
  const result = await runRow(bench, TINY_LINEAR, undefined, (note) => notes.push(note))
  expect(notes).toEqual([])
  expect(result.relError).toBeLessThan(2e-6)
  expect(result.ort?.op).toMatch(/^MatMulNBits/)
  expect(result.ort?.relError).toBeLessThan(2e-2)
  expect(result.ms).toBeGreaterThan(0)
  expect(bench.ops.pool.mark().size, 'tensors left behind').toBe(0)
})

it('says which kernels the time of a row goes to', async () => {
  const gpu = await openGpu(await nodeGpu(quickCases()[0]!.adapter), { storage: 'f32' })
  const bench = await openBench(gpu, { ...DEFAULTS, size: 'small', quick: true, alone: true, profile: true })
  const notes: string[] = []
  await runRow(bench, TINY_LINEAR, undefined, (note) => notes.push(note))
  expect(notes).toEqual([expect.stringMatching(/linear: [\d.]+ ms in 1 dispatch, [\d.]+ GFLOP\/s$/)])
})

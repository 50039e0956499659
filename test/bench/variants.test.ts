// How a GPU is treated, on adapters that are none.
import { expect, it } from 'vitest'
import { openGpu, type Gpu } from '../../src/gpu/device'
import { linear } from '../../src/gpu/kernels/linear'
import { silu } from '../../src/gpu/kernels/silu'
import { uploadLinear } from '../../src/gpu/matrix'
import { GPU_VARIANTS, runnableVariants } from '../../src/gpu/variants'
import { randomWeight } from '../../bench/data'
import { Heat } from '../../bench/heat'
import { RowVariants } from '../../bench/variants'
import { nodeGpu } from '../support/adapter'
import { quickCases } from '../support/gpu-cases'

const open = async (): Promise<Gpu> => openGpu(await nodeGpu(quickCases()[0]!.adapter), { storage: 'f32' })

/** A product of 20 tokens, and what follows it. */
function tinyRow({ ops }: RowVariants): () => void {
  const x = ops.upload(new Float32Array(20 * 64), [20, 64], 'f32', 'x')
  const w = uploadLinear(ops, randomWeight(40, 64, 'q8', 1), new Float32Array(40), 'w')
  return () => {
    const y = linear(ops, x, w, 'y')
    ops.release(silu(ops, y, 'z'), y)
  }
}

it('uses the variants that were asked for, those to begin with where none was, and names those of the row', async () => {
  const gpu = await open()
  const variants = new RowVariants(gpu, { linear: '128' })
  expect(await variants.choose(tinyRow(variants), () => {})).toBe('128')
  expect(variants.ops.variants).toEqual({ ...gpu.variants, linear: '128' })
  expect({ ...variants.ops }.variants.linear).toBe('128')
  expect(
    await variants.choose(
      () => {},
      () => {},
    ),
  ).toBeNull()
  expect(() => new RowVariants(gpu, { linear: '65' })).toThrow(
    `The variant of linear is "65"; with f32 storage this GPU runs 64, 128`,
  )
})

it("asks the engine's tuner where the adapter leaves a choice, once for each layer", async () => {
  const gpu = { ...(await open()), adapter: 'a GPU', variants: GPU_VARIANTS }
  const variants = new RowVariants(gpu, 'auto')
  const chosen = await variants.choose(tinyRow(variants), () => {})
  expect(runnableVariants('linear', { features: gpu.device.features, storage: 'f32' })).toContain(chosen)
  expect(variants.ops.variants.linear).toBe(chosen)
  expect(await variants.choose(tinyRow(variants), () => {})).toBe(chosen)
})

it('raises the clocks after a pause, and else only bridges it', async () => {
  const { device } = await open()
  const heat = await Heat.open(device, 16)
  let submits = 0
  const { queue } = device
  const submit = queue.submit.bind(queue)
  Object.defineProperty(queue, 'submit', {
    value: (buffers: GPUCommandBuffer[]) => (submits++, submit(buffers)),
    configurable: true,
  })
  await heat.apply()
  expect(submits).toBeGreaterThan(2)
  await queue.onSubmittedWorkDone()
  heat.worked()
  submits = 0
  await heat.apply()
  expect(submits).toBe(1)
  await queue.onSubmittedWorkDone()
})

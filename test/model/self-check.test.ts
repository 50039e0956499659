// The self-check of the page, on the GPUs here: everything is right, and a kernel that is not is named.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkKernel, kernelTrials } from '../../src/engine/check/check-kernels'
import { miniParts } from '../../src/engine/check/check-mini'
import { KERNEL_CASES } from '../../src/engine/check/kernel-cases'
import type { CheckLine } from '../../src/protocol/check'
import { openSafetensors } from '../../src/weights/formats/safetensors'
import { bufferSource } from '../../src/weights/sources/byte-source'
import type { WeightFile } from '../../src/weights/weight-file'
import { CHECK_FILE, checkGoldens } from '../../tools/make-check'
import { gpuCases, testGpu } from '../support/gpu'
import { openModelFolder } from '../support/model-folder'
import { fitForOrt } from '../support/ort-in-node'

const MOST_BYTES = 150_000
const MINI = join(import.meta.dirname, '..', '..', 'public/models/mini')

const goldens = (): Promise<WeightFile> =>
  openSafetensors(bufferSource('goldens', new Uint8Array(readFileSync(CHECK_FILE))))
const summary = ({ name, isRight, problem }: CheckLine): object => ({ name, isRight, problem })

it('has references that follow from the tests, and are small', async () => {
  const file = readFileSync(CHECK_FILE)
  expect(Buffer.compare(file, await checkGoldens())).toBe(0)
  expect(file.length).toBeLessThan(MOST_BYTES)
})

describe.each(gpuCases())('the self-check on $name', (gpuCase) => {
  it('finds every kernel right, in every variant that the GPU may use', async () => {
    const { gpu, ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const trials = kernelTrials(gpu, ops)
    expect(trials.length).toBeGreaterThanOrEqual(KERNEL_CASES.length)
    for (const trial of trials) {
      const line = await checkKernel(trial, await goldens())
      expect(summary(line)).toEqual({ name: trial.name, isRight: true, problem: undefined })
      expect(line.relError).toBeGreaterThanOrEqual(0)
    }
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })

  it('finds every part of the bundled model right', async () => {
    const { gpu, ops } = await testGpu(gpuCase)
    const device = fitForOrt(gpu.device)
    const before = ops.pool.mark().size
    const parts = miniParts({ ops, gpu: { ...gpu, device } }, await openModelFolder(MINI), await goldens())
    const lines: object[] = []
    for (const { check } of parts) lines.push(summary(await check()))
    expect(lines).toEqual(['umT5', 'DiT', 'VAE'].map((name) => ({ name, isRight: true, problem: undefined })))
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })

  it('names a kernel that is wrong, and one whose result is not a number', async () => {
    const { gpu, ops } = await testGpu(gpuCase)
    const [patchify, combination] = ['patchify', 'linear_combination'].map((name) =>
      KERNEL_CASES.find((each) => each.name === name)!,
    )
    const broken = [
      { ...patchify!, run: () => ops.upload(new Float32Array(1536).fill(0.1), [1536], 'f32', 'wrong') },
      { ...combination!, run: () => ops.upload(new Float32Array(37).fill(NaN), [37], 'f32', 'nan') },
    ]
    for (const trial of kernelTrials(gpu, ops, broken)) {
      const line = await checkKernel(trial, await goldens())
      expect(summary(line)).toEqual({ name: trial.name, isRight: false, problem: undefined })
    }
  })
})

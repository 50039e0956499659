// Every text that a wrapper asks for is compiled by the compilers at hand.
import { describe, expect, it } from 'vitest'
import { MATRIX_SHAPES, MATRIX_UNITS } from '../../src/gpu/matrix-units'
import { composeShader, shaderStems } from '../../src/gpu/shader-source'
import { kernelCalls, type KernelCall } from '../../tools/kernel-calls'
import { nullGpu } from '../support/adapter'
import { gpuCases, testGpu } from '../support/gpu'

const CALLS = kernelCalls()

function onMatrixUnits({ slots }: KernelCall): boolean {
  return slots['loop'] === 'subgroup_matrix'
}

/** Whether the text needs shader-f16. */
function isHalf({ stem, slots, given }: KernelCall): boolean {
  return composeShader(stem, slots, given).includes('enable f16;')
}

async function messages(device: GPUDevice, calls: readonly KernelCall[]): Promise<string[]> {
  const found: string[] = []
  for (const { stem, slots, given } of calls) {
    const info = await device
      .createShaderModule({ code: composeShader(stem, slots, given) })
      .getCompilationInfo()
    found.push(...info.messages.map(({ message, lineNum }) => `${lineNum}: ${message}`))
  }
  return found
}

describe.each(gpuCases())('on $name', ({ storage, ...gpuCase }) => {
  it.each(shaderStems())('%s compiles without a warning', async (stem) => {
    const { gpu } = await testGpu({ ...gpuCase, storage })
    const calls = CALLS.filter(
      (call) => call.stem === stem && !onMatrixUnits(call) && (storage === 'f16' || !isHalf(call)),
    )
    expect(calls.length).toBeGreaterThan(0)
    expect(await messages(gpu.device, calls)).toEqual([])
  })
})

describe('for matrix units', () => {
  // No software adapter has them: a GPU that runs nothing checks the text.
  it.each(['linear', 'linear_qkv', 'linear_residual', 'attention', 'causal_conv3d'])(
    '%s compiles without a warning',
    async (stem) => {
      const adapter = await (await nullGpu()).requestAdapter()
      const device = await adapter!.requestDevice({
        requiredFeatures: ['shader-f16', 'subgroups', MATRIX_UNITS as GPUFeatureName],
      })
      const calls = CALLS.filter((call) => call.stem === stem && onMatrixUnits(call))
      expect(new Set(calls.map(({ slots }) => slots['matrix']))).toEqual(new Set(MATRIX_SHAPES))
      expect(await messages(device, calls)).toEqual([])
    },
  )
})

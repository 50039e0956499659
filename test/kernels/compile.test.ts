import { describe, expect, it } from 'vitest'
import { composeShader, shaderFile, shaderStems, sharedShaders } from '../../src/gpu/shader-source'
import { MATRIX_UNITS } from '../../src/gpu/matrix-units'
import { nullGpu } from '../support/adapter'
import { gpuCases, testGpu } from '../support/gpu'

/** Files that come with f16 storage only, or import such a file. */
function needsF16(file: string): boolean {
  return (
    file.endsWith('scalar_f16') ||
    /^enable f16;$/m.test(shaderFile(file)) ||
    importsOf(file).some((name) => sharedShaders().includes(name) && needsF16(name))
  )
}

/** The files that an import may stand for: itself, or for an alias all of `<name>_…` that fit the storage type. */
function candidates(name: string, storage: string): string[] {
  const shared = sharedShaders()
  if (shared.includes(name)) return [name]
  const files = shared.filter((file) => file.startsWith(`${name}_`))
  if (name === 'scalar') return [`scalar_${storage}`]
  return files.filter((file) => storage === 'f16' || !needsF16(file))
}

function importsOf(file: string): string[] {
  return [...shaderFile(file).matchAll(/^#import (\w+)$/gm)].map(([, name]) => name!)
}

type Aliases = Readonly<Record<string, string>>

function onMatrixUnits(aliases: Aliases): boolean {
  return Object.values(aliases).some((file) => file.endsWith('_matrix'))
}

/** Products of int8 have no weights in f16; matrix units take f16, and wide loads, as do loops that multiply straight from the bindings. */
function fits(aliases: Aliases): boolean {
  const { weight, linear_tile, x_load, x_scalar, attention_loop, keys } = aliases
  if (weight === 'weight_f16' && linear_tile === 'linear_tile_int8') return false
  if (/_(matrix|quads|octs)$/.test(linear_tile ?? '') && x_load !== 'x_load_4') return false
  if (linear_tile === 'linear_tile_matrix' && x_scalar !== 'x_scalar_f16') return false
  return (attention_loop === 'attention_loop_matrix') === (keys?.endsWith('_8') ?? false)
}

/** All combinations of the aliases in `names`, and of those in the files that they may stand for. */
function variants([name, ...rest]: readonly string[], storage: string, chosen: Aliases = {}): Aliases[] {
  if (name === undefined) return [chosen]
  if (name in chosen) return variants(rest, storage, chosen)
  return candidates(name, storage).flatMap((file) =>
    variants([...rest, ...importsOf(file)], storage, { ...chosen, [name]: file }),
  )
}

async function messages(device: GPUDevice, stem: string, all: readonly Aliases[]): Promise<string[]> {
  const found: string[] = []
  for (const aliases of all) {
    const info = await device.createShaderModule({ code: composeShader(stem, aliases) }).getCompilationInfo()
    found.push(...info.messages.map(({ message, lineNum }) => `${lineNum}: ${message}`))
  }
  return found
}

describe.each(gpuCases())('on $name', (gpuCase) => {
  it.each(shaderStems())('%s compiles without a warning', async (stem) => {
    const { gpu } = await testGpu(gpuCase)
    const all = variants(importsOf(stem), gpuCase.storage).filter(
      (aliases) => fits(aliases) && !onMatrixUnits(aliases),
    )
    expect(all.length).toBeGreaterThan(0)
    expect(await messages(gpu.device, stem, all)).toEqual([])
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
      const all = variants(importsOf(stem), 'f16').filter(
        (aliases) => fits(aliases) && onMatrixUnits(aliases),
      )
      expect(all.length).toBeGreaterThan(0)
      expect(await messages(device, stem, all)).toEqual([])
    },
  )
})

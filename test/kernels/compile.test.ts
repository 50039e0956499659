import { describe, expect, it } from 'vitest'
import { composeShader, shaderFile, shaderStems, sharedShaders } from '../../src/gpu/shader-source'
import { gpuCases, testGpu } from '../support/gpu'

/** The files that an import may stand for: itself, or for an alias all of `<name>_…` that fit the storage type. */
function candidates(name: string, storage: string): string[] {
  const shared = sharedShaders()
  if (shared.includes(name)) return [name]
  const files = shared.filter((file) => file.startsWith(`${name}_`))
  if (name === 'scalar') return [`scalar_${storage}`]
  return files.filter((file) => storage === 'f16' || !(file.endsWith('scalar_f16') || shaderFile(file).startsWith('enable f16;')))
}

function importsOf(file: string): string[] {
  return [...shaderFile(file).matchAll(/^#import (\w+)$/gm)].map(([, name]) => name!)
}

/** All combinations of the aliases in `names`, and of those in the files that they may stand for. */
function variants([name, ...rest]: readonly string[], storage: string, chosen: Readonly<Record<string, string>> = {}): Readonly<Record<string, string>>[] {
  if (name === undefined) return [chosen]
  if (name in chosen) return variants(rest, storage, chosen)
  return candidates(name, storage).flatMap((file) => variants([...rest, ...importsOf(file)], storage, { ...chosen, [name]: file }))
}

describe.each(gpuCases())('on $name', (gpuCase) => {
  it.each(shaderStems())('%s compiles without a warning', async (stem) => {
    const { gpu } = await testGpu(gpuCase)
    const all = variants(importsOf(stem), gpuCase.storage)
    expect(all.length).toBeGreaterThan(0)
    for (const aliases of all) {
      const info = await gpu.device.createShaderModule({ code: composeShader(stem, aliases) }).getCompilationInfo()
      expect(info.messages.map(({ message, lineNum }) => `${lineNum}: ${message}`)).toEqual([])
    }
  })
})

// VACE's files in the layouts of the published ones.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArguments } from '../../../../src/cli/synthesize/arguments'
import { writePlanned } from '../../../../src/cli/synthesize/fill'
import { formulaTensor } from '../../../../src/cli/synthesize/formula'
import { ditGguf, safetensorsFile } from '../../../../src/cli/synthesize/layouts'
import { ditName } from '../../../../src/cli/synthesize/names'
import type { PlannedFile } from '../../../../src/cli/synthesize/planned-file'
import { ditShapes } from '../../../../src/cli/synthesize/shapes'
import { MODELS, scaledSizes } from '../../../../src/cli/synthesize/sizes'
import { mixedVaceFile, vaceModuleFiles } from '../../../../src/cli/synthesize/vace-files'
import { asWan, modelsOf } from '../../../../src/engine/model/key-maps'
import { ditConfigOf } from '../../../../src/models/wan-dit/config'
import { openWeights } from '../../../../src/weights/formats/open'
import { elementCount, type WeightFile } from '../../../../src/weights/weight-file'
import { relativeError } from '../../../support/error'
import { fileSource } from '../../../support/golden'

const FULL = MODELS['vace-1.3b']
const TINY = scaledSizes(FULL, 15)
const SHAPES = ditShapes(TINY.dit)
const same = (original: string): string => original

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-vace-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function written(file: PlannedFile): Promise<WeightFile> {
  const path = join(folder, file.name)
  await writePlanned(new Map([[path, file]]), 0, () => {})
  return (await openWeights(fileSource(path))).file
}

describe('a synthesised VACE', () => {
  it('has the parameters of the published one', () => {
    const count = (pick: (name: string) => boolean): number =>
      [...ditShapes(FULL.dit)].reduce((sum, [name, shape]) => sum + (pick(name) ? elementCount(shape) : 0), 0)
    expect(count(() => true)).toBe(2_153_972_032)
    expect(count((name) => name.startsWith('vace_'))).toBe(734_975_232)
  })

  it.each(['original', 'comfyui', 'diffusers'] as const)('opens in %s names', async (naming) => {
    const file = await written(
      safetensorsFile(`${naming}.safetensors`, SHAPES, (original) => ditName(original, naming)),
    )
    expect(modelsOf(file)).toEqual(['dit'])
    const wan = asWan(file, 'dit')
    expect([wan.unexpected, wan.dropped]).toEqual([[], []])
    expect(new Set(wan.file.tensors.keys())).toEqual(new Set(SHAPES.keys()))
    expect(ditConfigOf(wan.file).vace).toEqual(TINY.dit.vace)
  })

  it('opens as GGUF, with the side blocks as small as the others', async () => {
    const wan = asWan(await written(ditGguf('vace.gguf', SHAPES, 'q4_k_m')), 'dit')
    expect(wan.file.tensors.get('vace_blocks.0.ffn.0.weight')?.dtype).toBe('Q4_K')
    expect(ditConfigOf(wan.file)).toMatchObject({ dim: TINY.dit.dim, vace: TINY.dit.vace })
  })

  it('opens as the official file of two types', async () => {
    const { file } = asWan(await written(mixedVaceFile('mixed.safetensors', SHAPES, same)), 'dit')
    for (const [name, dtype, most] of [
      ['blocks.0.ffn.0.weight', 'F32', 0],
      ['vace_blocks.0.after_proj.weight', 'BF16', 0.003],
    ] as const) {
      expect(file.tensors.get(name)?.dtype).toBe(dtype)
      const expected = formulaTensor(name, SHAPES.get(name)!, '')
      expect(relativeError(await file.floats(name), expected)).toBeLessThanOrEqual(most)
    }
  })

  it.each(['original', 'diffusers'] as const)('opens as a module in %s names', async (naming) => {
    const names = { base: 'base.safetensors', module: `module-${naming}.safetensors` }
    const [base, module] = vaceModuleFiles(names, SHAPES, (original) => ditName(original, naming))
    expect(modelsOf(await written(base!))).toEqual(['dit'])
    const file = await written(module!)
    expect(modelsOf(file)).toEqual(['vaceModule'])
    expect([...asWan(file).file.tensors.keys()].every((name) => name.startsWith('vace_'))).toBe(true)
  })

  it('takes its own formats, and other models do not', () => {
    const args = (model: string): string[] => ['--model', model, '--out', 'x', '--dit', 'module-bf16']
    expect(readArguments(args('vace-1.3b')).dit).toEqual(['module-bf16'])
    expect(() => readArguments(args('wan2.1-t2v-1.3b'))).toThrow('"module-bf16" is none of them')
  })
})

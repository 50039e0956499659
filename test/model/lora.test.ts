import { describe, expect, it } from 'vitest'
import { WeightsError } from '../../src/weights/error'
import { adapterNote } from '../../src/weights/adapters/report'
import { elementCount, type WeightFile } from '../../src/weights/weight-file'
import { ditWeights, runDit } from '../support/dit'
import { compare, goldenDir, goldenMetadata, openGolden, printComparison } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { inF16, loraCases, openLora, withLoras, mergeAdapters } from '../support/lora'

/** DESIGN's bound for one model: f32 rounding through the blocks; f16 stores 11 bits of every activation. */
const TOLERANCE = { f32: 5e-5, f16: 1e-2 } as const
/** The sums are the reference's in another order. */
const FUSED = 1e-6

const golden = await openGolden('lora.golden')
const base = await ditWeights('lora', golden)
const metadata = <T>(key: string): T => goldenMetadata(golden, key) as unknown as T
const files = metadata<readonly string[]>('files')
const pairs = metadata<readonly (readonly [string, number, string, number])[]>('pairs')
const refused = Object.keys(metadata<Record<string, string>>('refused'))
const unused = metadata<Record<string, readonly string[]>>('unused')

const CASES = loraCases(golden)

/** The golden has every few rows of a matrix. */
function everyRow(values: Float32Array, shape: readonly number[], stride: number): Float32Array {
  const cols = elementCount(shape.slice(1))
  return values.filter((_, i) => Math.floor(i / cols) % stride === 0)
}

describe('weights with adapters in them', () => {
  const stride = Number(golden.metadata['rowStride'])
  const fused = CASES.flatMap((each) =>
    [...golden.tensors.keys()]
      .filter((name) => name.startsWith(`fused.${each.key}.`))
      .map((name) => ({ ...each, name, tensor: name.slice(`fused.${each.key}.`.length) })),
  )

  it('are all in the golden', () => {
    expect(fused.length).toBe([...golden.tensors.keys()].filter((name) => name.startsWith('fused.')).length)
    expect(new Set(fused.map(({ key }) => key)).size).toBeGreaterThanOrEqual(files.length + pairs.length)
  })

  it.each(fused)('$name is as defined', async ({ name, tensor, loras }) => {
    const merged = await withLoras(base, ...loras)
    const { shape } = base.tensors.get(tensor)!
    const values = await merged.floats(tensor)
    const isWhole = shape.length === 1 || tensor.endsWith('modulation')
    const rows = isWhole ? values : everyRow(values, shape, stride)
    const expected = await golden.floats(name)
    expect(compare(name, rows, expected).relError).toBeLessThanOrEqual(FUSED)
    const [first = 1, ...rest] = shape
    const middle = Math.floor(first / 2)
    expect([...(await merged.rows(tensor, middle, 1))]).toEqual([
      ...values.subarray(middle * elementCount(rest), (middle + 1) * elementCount(rest)),
    ])
  })

  it('take every key of every file but those that belong to other models', async () => {
    const found = await Promise.all(
      files.map(async (name) => [name, [...(await openLora(name, base)).unused].sort()] as const),
    )
    expect(Object.fromEntries(found.filter(([, names]) => names.length > 0))).toEqual(
      Object.fromEntries(Object.entries(unused).map(([name, names]) => [name, [...names].sort()])),
    )
  })

  it('are the very same tensors of the very same file at strength 0', async () => {
    const adapter = await openLora('lora_diff', base)
    expect(mergeAdapters(base, [{ adapter, strength: 0 }])).toBe(base)
  })

  it.each([2.5, -2.01, NaN, Infinity])('refuse the strength %s', async (strength) => {
    const adapter = await openLora('lora_diff', base)
    expect(() => mergeAdapters(base, [{ adapter, strength }])).toThrow(
      `The strength of lora_diff.safetensors is ${strength} and must be a number from −2 to 2.`,
    )
  })
})

describe('reports', () => {
  it.each(files)('count the layers of %s, and name what is left out', async (name) => {
    const sentence = adapterNote(await openLora(name, base), -0.5)
    const [, done, of, left] =
      /^.*: (\d+) of (\d+) layers applied, at strength -0\.5\.(.*)$/.exec(sentence) ?? []
    expect(Number(done)).toBeGreaterThan(0)
    const [first] = unused[name] ?? []
    if (first === undefined) expect([done, left]).toEqual([of, ''])
    else {
      expect(Number(done)).toBeLessThan(Number(of))
      expect(left).toMatch(/^ Left out, as the model has no place for them: /)
      expect(left).toContain(`and ${unused[name]!.length - 4} more.`)
    }
  })
})

describe('files that are refused', () => {
  const SENTENCES: Readonly<Record<string, string>> = {
    lora_wrong_base:
      'lora_wrong_base.safetensors was trained for a Wan model of 14B parameters: it changes blocks.0.self_attn.q as [5120, 5120], which is [128, 128] in this model. Choose a LoRA of this model, or the model that it was trained for.',
    lora_unknown:
      'lora_unknown.safetensors is an adapter of the kind OFT (it has diffusion_model.blocks.0.self_attn.q.oft_blocks), which Zoetrope does not apply. Choose a LoRA, DoRA, LoHa or LoKr.',
    lora_broken:
      'lora_broken.safetensors: its blocks.0.self_attn.q has diffusion_model.blocks.0.self_attn.q.lora_down.weight and lacks the other half, up. The file is damaged or incomplete: load it again, or choose another.',
  }

  it.each(refused)('%s is, in a sentence', async (name) => {
    const error = await openLora(name, base).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(WeightsError)
    if (goldenDir().endsWith('test/golden')) expect((error as WeightsError).message).toBe(SENTENCES[name])
  })
})

// The weights are changed on the CPU, so one adapter is enough.
describe.each(quickCases())('a DiT with adapters on $name', ({ name: gpu, storage, ...rest }) => {
  it.each(CASES)('agrees with the reference on $key', async ({ key, loras }) => {
    const { ops } = await testGpu({ name: gpu, storage, ...rest })
    const merged = inF16(await withLoras(base, ...loras))
    const expected = `velocity_f16.${key}`
    const { comparisons } = await runDit(ops, golden, merged, { expected })
    const { relError, maxError } = comparisons.at(-1)!
    printComparison(gpu, { name: `lora ${expected}`, relError, maxError })
    expect(relError).toBeLessThanOrEqual(TOLERANCE[storage])
  })
})

describe.each(quickCases())('a DiT with an adapter of strength 0 on $name', (gpuCase) => {
  it('gives what it gives without, bit for bit', async () => {
    const { ops } = await testGpu(gpuCase)
    const run = async (file: WeightFile): Promise<Float32Array> =>
      (await runDit(ops, golden, file, { expected: 'velocity.base' })).velocity
    const without = await run(base)
    expect(await run(await withLoras(base, ['lora_diff', 0], ['lora_dora', 0]))).toEqual(without)
    expect(await run(await withLoras(base, ['lora_diff', 1]))).not.toEqual(without)
  })
})

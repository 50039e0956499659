// Wan 2.2 A14B: two experts with a switch, a pair of guidances, with pictures and without, against the official
// pipeline.
import { beforeAll, describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { ditShapes, vaeShapes } from '../../src/cli/synthesize/shapes'
import type { Denoiser } from '../../src/models/family'
import { openExperts } from '../../src/models/two-experts'
import { a14bNetworks } from '../../src/models/wan22-a14b'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { goldenMetadata, openGolden } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { loadingOf } from '../support/loading'
import { makePictureClip } from '../support/picture-clips'
import { FORMULA_CONFIG } from '../support/umt5'
import { vaeConfig } from '../support/vae'

const NAME = 'moe_tiny'

let golden: WeightFile
beforeAll(async () => {
  golden = await openGolden(`${NAME}.golden`)
})

describe.each(gpuCases())('two experts on $name', (gpuCase) => {
  it.each([
    ['t2v', false],
    ['i2v', false],
    ['flf', true],
  ] as const)('make the official clip: %s, streamed %s', async (name, streamed) => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const cases = goldenMetadata(golden)['cases'] as Record<string, Record<string, unknown>>
    const facts = cases[name]!
    const model = String(facts['model'])
    const dit = (goldenMetadata(golden, 'dit') as Record<string, Record<string, unknown>>)[model]!
    const vae = goldenMetadata(golden, 'vae')
    const config = ditConfig({ ...golden, metadata: { config: JSON.stringify(dit) } })
    const vaeNumbers = vaeConfig({ ...golden, metadata: { config: JSON.stringify(vae) } })
    const networks = a14bNetworks({
      textEncoder: FORMULA_CONFIG, // The prompts are given encoded.
      dit: config,
      vae: vaeNumbers,
      boundary: Number(facts['boundary']),
    })
    const file = (end: string): WeightFile =>
      formulaFile(`dit.${end}`, ditShapes(config), String(dit[`salt_${end}`]))
    const at = loadingOf(
      ops,
      {
        dit: file('high'),
        ditLow: file('low'),
        vae: formulaFile('vae', vaeShapes(vaeNumbers), String(vae['salt'])),
      },
      { streamed },
    )
    await makePictureClip(
      gpuCase,
      { ops, golden, title: NAME, name, networks, at },
      {
        steps: Number(facts['steps']),
        shift: Number(facts['shift']),
        guidance: {
          guidanceScale: Number(facts['guidance_high']),
          guidanceScale2: Number(facts['guidance_low']),
        },
      },
    )
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})

describe('two experts', () => {
  it('are on the GPU one after the other, and prepare for themselves', async () => {
    const events: string[] = []
    const expert = (noise: string): Denoiser => ({
      prepare: async ({ text }) => {
        events.push(`${noise} prepares ${text.length}`)
        return { release: () => void events.push(`${noise} forgets`) }
      },
      async velocity(x) {
        events.push(`${noise} predicts`)
        return x
      },
      release: async () => void events.push(`${noise} leaves`),
    })
    const experts = await openExperts(async (noise) => {
      events.push(`${noise} comes`)
      return expert(noise)
    }, 900)
    const { ops } = await testGpu(gpuCases()[0]!)
    const x = ops.create([1], 'f32', 'x')
    const one = await experts.prepare({ text: new Float32Array(1) })
    const two = await experts.prepare({ text: new Float32Array(2) })
    await experts.velocity(x, { values: [900] }, one)
    await experts.velocity(x, { values: [0, 899], rowOf: 'frame' }, one)
    await experts.velocity(x, { values: [100] }, two)
    one.release()
    two.release()
    await experts.release()
    ops.release(x)
    expect(events).toEqual([
      'high comes',
      'high prepares 1',
      'high prepares 2',
      'high predicts',
      'high forgets',
      'high forgets',
      'high leaves',
      'low comes',
      'low prepares 1',
      'low predicts',
      'low prepares 2',
      'low predicts',
      'low forgets',
      'low forgets',
      'low leaves',
    ])
  })
})

// Wan 2.2 A14B: two experts with a switch, a pair of guidances, with pictures and without, against the official
// pipeline.
import { beforeAll, describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { ditShapes, vaeShapes } from '../../src/cli/synthesize/shapes'
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

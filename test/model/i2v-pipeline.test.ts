// Wan 2.1's image to video: a first picture, a first and a last one, in models with CLIP and without positions for it,
// against the official pipeline.
import { beforeAll, describe, expect, it } from 'vitest'
import { formulaFile, formulaTensor } from '../../src/cli/synthesize/formula'
import { imageDitShapes } from '../../src/cli/synthesize/image-shapes'
import { vaeShapes } from '../../src/cli/synthesize/shapes'
import { CLIP_VIT_H } from '../../src/models/clip-vision/config'
import { wan21I2vNetworks } from '../../src/models/wan21-i2v'
import type { WeightFile } from '../../src/weights/weight-file'
import { ditConfig } from '../support/config'
import { makePictureClip } from '../support/picture-clips'
import { goldenMetadata, openGolden } from '../support/golden'
import { gpuCases, testGpu } from '../support/gpu'
import { loadingOf } from '../support/loading'
import { FORMULA_CONFIG } from '../support/umt5'
import { vaeConfig } from '../support/vae'

const NAME = 'i2v_pipeline_tiny'
const [FEATURES, IMAGE_DIM] = [257, 1280]

let golden: WeightFile
beforeAll(async () => {
  golden = await openGolden(`${NAME}.golden`)
})

describe.each(gpuCases())('image to video on $name', (gpuCase) => {
  it.each(['i2v', 'flf', 'fun_flf'] as const)('makes the official clip: %s', async (name) => {
    const { ops } = await testGpu(gpuCase)
    const before = ops.pool.mark().size
    const cases = goldenMetadata(golden)['cases'] as Record<string, Record<string, unknown>>
    const facts = cases[name]!
    const model = facts['model'] as 'i2v' | 'flf'
    const dit = (goldenMetadata(golden, 'dit') as Record<string, Record<string, unknown>>)[model]!
    const vae = goldenMetadata(golden, 'vae')
    const pictures = Number(facts['clip_images'])
    const image = {
      imageDim: IMAGE_DIM,
      ...(model === 'flf' && { imagePositions: 2 * FEATURES }),
    }
    const networks = wan21I2vNetworks({
      textEncoder: FORMULA_CONFIG, // The prompts are given encoded.
      dit: { ...ditConfig({ ...golden, metadata: { config: JSON.stringify(dit) } }), ...image },
      vae: vaeConfig({ ...golden, metadata: { config: JSON.stringify(vae) } }),
      clip: CLIP_VIT_H, // So are the features.
      inpaints: name === 'fun_flf',
    })
    const salt = String(dit['salt'])
    const config = ditConfig({ ...golden, metadata: { config: JSON.stringify(dit) } })
    const at = loadingOf(ops, {
      dit: formulaFile('dit', imageDitShapes(config, image), salt),
      vae: formulaFile(
        'vae',
        vaeShapes(vaeConfig({ ...golden, metadata: { config: JSON.stringify(vae) } })),
        String(vae['salt']),
      ),
    })
    await makePictureClip(
      gpuCase,
      { ops, golden, title: NAME, name, networks, at },
      {
        steps: Number(facts['steps']),
        shift: Number(facts['shift']),
        guidance: { guidanceScale: Number(facts['guidance']) },
        features: formulaTensor('clip_fea.token_embedding', [pictures, FEATURES, IMAGE_DIM], salt),
      },
    )
    expect(ops.pool.mark().size, 'tensors left behind').toBe(before)
  })
})

// What the catalogue says of memory is what the plan comes to at full size: shapes alone, no weights and no GPU.
import { expect, it } from 'vitest'
import { decodeStage, denoiseStage, latentShape } from '../../src/engine/stages'
import { planLoader } from '../../src/models/blocks/weight-loader'
import { dryOps } from '../../src/gpu/ops'
import { ditShapes, vaeShapes, type Shapes } from '../../src/cli/synthesize/shapes'
import { MODELS } from '../../src/cli/synthesize/sizes'
import { CATALOGUE } from '../../src/catalogue/catalogue'
import type { ModelManifest } from '../../src/engine/model/manifest'
import type { WeightFile } from '../../src/weights/weight-file'

const BINDING_BYTES = 128 * 2 ** 20
const TOKENS = 128
const WAN = MODELS['wan2.1-t2v-1.3b']!

/** A file of which only the directory can be read. */
function directory(shapes: Shapes): WeightFile {
  const none = () => Promise.reject(new Error('A plan reads no weights.'))
  const entries = [...shapes].map(
    ([name, shape]) =>
      [
        name,
        { name, dtype: 'F16', shape, offset: 0, byteLength: 2 * shape.reduce((a, b) => a * b, 1) },
      ] as const,
  )
  return { name: 'shapes', metadata: {}, tensors: new Map(entries), bytes: none, floats: none, rows: none }
}

// One entry for each recipe: the other files of Wan are the same shapes in 8 bits.
it.each(
  CATALOGUE.filter(({ id }) =>
    ['wan2.1-t2v-1.3b', 'fastwan2.1-t2v-1.3b', 'rcm-wan2.1-t2v-1.3b'].includes(id),
  ),
)(
  '$id',
  async ({ id, title, licence, defaults, sizes, memoryBytes }) => {
    const vae = {
      ...WAN.vae,
      mean: Array.from({ length: 16 }, () => 0),
      std: Array.from({ length: 16 }, () => 1),
    }
    const manifest: ModelManifest = {
      format: 1,
      id,
      name: title,
      version: '0',
      licence,
      files: [],
      defaults,
      config: { dit: WAN.dit, textEncoder: WAN.textEncoder, vae },
      sizes: sizes.map(({ width, height }) => [width, height] as const),
      latentPreview: { factors: [], bias: [0, 0, 0] },
    }
    // Three steps hold as much as fifty but for the sampler's last results, a few MB.
    const settings = {
      prompt: '',
      seed: 0,
      ...defaults,
      numInferenceSteps: Math.min(defaults.numInferenceSteps, 3),
    }
    const context = new Float32Array(TOKENS * WAN.dit.textDim)
    const denoising = dryOps('f16', BINDING_BYTES)
    await denoiseStage(planLoader(denoising, directory(ditShapes(WAN.dit)), 'q8'), manifest, settings, {
      positive: context,
      ...(defaults.guidanceScale > 1 && { negative: context }),
    })
    const decoding = dryOps('f16', BINDING_BYTES)
    const latents = decoding.create(latentShape(manifest, settings), 'f32', 'latents')
    await decodeStage(planLoader(decoding, directory(vaeShapes(vae))), manifest, latents, async () => {})

    const peak = Math.max(denoising.pool.highWater, decoding.pool.highWater)
    console.log(
      `${id}: denoising ${(denoising.pool.highWater / 1e9).toFixed(2)} GB, decoding ${(decoding.pool.highWater / 1e9).toFixed(2)} GB`,
    )
    expect(peak).toBeLessThanOrEqual(memoryBytes)
    expect(peak).toBeGreaterThan(0.9 * memoryBytes)
  },
  120_000,
)

// What the catalogue says of memory is what the plan comes to at full size: shapes alone, no weights and no GPU.
import { expect, it } from 'vitest'
import { denoiseClip } from '../../src/engine/clip'
import { decodeFrames } from '../../src/engine/decode-frames'
import { latentShape } from '../../src/models/family'
import { wan21Networks } from '../../src/models/wan21'
import { SAMPLER_FACTORIES } from '../../src/sampling/samplers'
import { loadingOf } from '../support/loading'
import { dryOps } from '../../src/gpu/ops'
import { ditShapes, vaeShapes, type Shapes } from '../../src/cli/synthesize/shapes'
import { MODELS } from '../../src/cli/synthesize/sizes'
import { CATALOGUE } from '../../src/catalogue/catalogue'
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
  async ({ id, defaults, memoryBytes }) => {
    const vae = {
      ...WAN.vae,
      mean: Array.from({ length: 16 }, () => 0),
      std: Array.from({ length: 16 }, () => 1),
    }
    const { dit, textEncoder } = WAN
    const networks = wan21Networks({ textEncoder, dit, vae })
    const weights = { dit: directory(ditShapes(dit)), vae: directory(vaeShapes(vae)) }
    // Three steps hold as much as fifty but for the sampler's last results, a few MB.
    const settings = {
      prompt: '',
      seed: 0,
      ...defaults,
      numInferenceSteps: Math.min(defaults.numInferenceSteps, 3),
    }
    const text = new Float32Array(TOKENS * dit.textDim)
    const denoising = dryOps('f16', BINDING_BYTES)
    const denoiser = await networks.openDenoiser(loadingOf(denoising, weights, { dry: true, weights: 'q8' }))
    await denoiseClip(
      denoising,
      denoiser,
      networks,
      { settings, samplers: SAMPLER_FACTORIES },
      {
        positive: text,
        ...(defaults.guidanceScale > 1 && { negative: text }),
      },
    )
    const decoding = dryOps('f16', BINDING_BYTES)
    const decoder = await networks.openDecoder(loadingOf(decoding, weights, { dry: true }))
    const latents = decoding.create(latentShape(networks.geometry, settings), 'f32', 'latents')
    await decodeFrames(decoding, decoder, latents, async () => {})

    const peak = Math.max(denoising.pool.highWater, decoding.pool.highWater)
    console.log(
      `${id}: denoising ${(denoising.pool.highWater / 1e9).toFixed(2)} GB, decoding ${(decoding.pool.highWater / 1e9).toFixed(2)} GB`,
    )
    expect(peak).toBeLessThanOrEqual(memoryBytes)
    expect(peak).toBeGreaterThan(0.9 * memoryBytes)
  },
  120_000,
)

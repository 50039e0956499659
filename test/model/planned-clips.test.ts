// Clips by the engine's phases, planned to the byte: one whose picture is held, and one of two experts.
import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { ditShapes, taehvShapes } from '../../src/cli/synthesize/shapes'
import { vae22Shapes } from '../../src/cli/synthesize/vae22-shapes'
import { clipPhases, type Clip, type ClipEvents } from '../../src/engine/clip'
import { withCompanion } from '../../src/engine/model/companions'
import type { ModelFiles } from '../../src/engine/model/opened'
import { previewDecoder } from '../../src/engine/preview'
import { openOps, type Ops } from '../../src/gpu/ops'
import { uploadFrame } from '../../src/models/blocks/clip-frames'
import { a14bNetworks } from '../../src/models/wan22-a14b'
import { ti2vNetworks } from '../../src/models/wan22-ti2v'
import type { PreviewImage } from '../../src/protocol/progress'
import { ditConfig } from '../support/config'
import { clipOf, fullSizeModel, settingsOf } from '../support/full-size'
import { openGolden } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { runAsPlanned } from '../support/as-planned'
import { loadingOf } from '../support/loading'
import { randomFloats } from '../support/random'
import { TINY_TAEHV } from '../support/tiny-wan21'
import { textEncoderConfig } from '../support/umt5'
import { vaeConfig } from '../support/vae'
import { vae22Config } from '../support/vae22'

const SIZE = { width: 64, height: 32, numFrames: 9 }
const SALT = 'planned-clips/'

/** Of the 5B's kind, with a tiny decoder. */
async function tinyTi2v(): Promise<ModelFiles> {
  const [text, golden] = [
    await openGolden('umt5_tiny.weights'),
    await openGolden('ti2v_pipeline_tiny.golden'),
  ]
  const textEncoder = textEncoderConfig(text)
  const dit = { ...ditConfig(golden, 'dit'), textDim: textEncoder.dim }
  const vae = await vae22Config(golden, 'vae')
  const tiny = { ...TINY_TAEHV, latentChannels: 48, patch: 2 }
  const equipped = withCompanion(
    {
      networks: ti2vNetworks({ textEncoder, dit, vae }),
      weights: {
        textEncoder: text,
        dit: formulaFile('dit', ditShapes(dit), SALT),
        vae: formulaFile('vae', vae22Shapes(vae), SALT),
      },
    },
    'tinyDecoder',
    formulaFile('taehv', taehvShapes(tiny), SALT),
    'taew2_2.safetensors',
  )
  return { ...fullSizeModel(), ...equipped }
}

/** Of text, with the switch at timestep 900. */
async function tinyExperts(): Promise<ModelFiles> {
  const [textEncoder, dit, vae] = await Promise.all(
    ['umt5_tiny', 'dit_tiny', 'vae_tiny'].map((name) => openGolden(`${name}.weights`)),
  )
  const config = ditConfig(dit!)
  return {
    ...fullSizeModel(),
    networks: a14bNetworks({
      textEncoder: textEncoderConfig(textEncoder!),
      dit: config,
      vae: vaeConfig(vae!),
      boundary: 0.9,
    }),
    weights: {
      textEncoder: textEncoder!,
      dit: dit!,
      ditLow: formulaFile('ditLow', ditShapes(config), SALT),
      vae: vae!,
    },
  }
}

/** Makes the clip on a pool of its own, which has the planned bytes in every phase. */
async function make(
  gpuCase: GpuCase,
  files: ModelFiles,
  clip: Clip,
  eventsOn: (ops: Ops) => ClipEvents,
): Promise<string[]> {
  const { gpu } = await testGpu(gpuCase)
  const ops = openOps(gpu)
  return runAsPlanned(gpu, ops, { files, clip, phases: clipPhases(files.networks, ops, clip, eventsOn(ops)) })
}

describe.each(quickCases())('a clip on $name', (gpuCase) => {
  it('that begins with a picture has it as its first latent frame, to the bit, and in every preview', async () => {
    const files = await tinyTi2v()
    const pixels = randomFloats(SIZE.width * SIZE.height * 3, 5)
    const first = { frame: () => pixels, square: () => new Float32Array(), sha256: '' }
    const settings = { ...settingsOf(SIZE), numInferenceSteps: 3 }
    const previews: Promise<PreviewImage>[] = []
    let latents = new Float32Array()
    let frames = 0
    const stages = await make(
      gpuCase,
      files,
      { ...clipOf(settings, [3, 4]), pictures: { first } },
      (ops) => ({
        onStep: (_done, predicted, preview) => void previews.push(previewDecoder(ops, preview!, predicted)),
        onDenoised: async (tensor) => void (latents = await ops.read(tensor)),
        onFrame: async () => void (frames += 1),
      }),
    )
    expect(stages).toEqual(['encode', 'condition', 'denoise', 'decode'])
    expect(frames).toBe(SIZE.numFrames)

    const { ops } = await testGpu(gpuCase)
    const encoder = await files.networks.openEncoder!(loadingOf(ops, files.weights))
    const encoded = await encoder.encode([uploadFrame(ops, first.frame, SIZE)], 1)
    const picture = await ops.read(encoded)
    encoder.release()
    ops.release(encoded)
    const [C, , H, W] = encoded.shape as [number, number, number, number]
    const T = latents.length / picture.length
    expect(T).toBe(3)
    for (let c = 0; c < C; c++)
      expect(latents.subarray(c * T * H * W, (c * T + 1) * H * W), `channel ${c}`).toEqual(
        picture.subarray(c * H * W, (c + 1) * H * W),
      )
    const shown = await Promise.all(previews)
    expect(shown).toHaveLength(3)
    for (const { rgba } of shown) expect(rgba[0]).toEqual(shown[0]!.rgba[0])
    expect(shown[0]!.rgba[2]).not.toEqual(shown[2]!.rgba[2])
  })

  it('of two experts frees the first one for the second, each with its own guidance', async () => {
    const settings = {
      ...settingsOf(SIZE),
      numInferenceSteps: 5,
      guidanceScale: 1,
      guidanceScale2: 3.5,
      cache: 'easy',
    } as const
    const stages = await make(gpuCase, await tinyExperts(), clipOf(settings, [3, 4]), () => ({}))
    expect(stages).toEqual(['encode', 'denoise', 'decode'])
  })
})

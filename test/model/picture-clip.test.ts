// A clip from a picture by the engine's phases, with CLIP, a transformer of 36 channels and the VAE both ways; planned
// to the byte.
import { describe, expect, it } from 'vitest'
import { clipVisionShapes } from '../../src/cli/synthesize/clip-shapes'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { imageDitShapes } from '../../src/cli/synthesize/image-shapes'
import { clipPhases } from '../../src/engine/clip'
import type { ClipPictures } from '../../src/engine/condition'
import type { ModelFiles } from '../../src/engine/model/opened'
import { openOps } from '../../src/gpu/ops'
import type { ClipVisionConfig } from '../../src/models/clip-vision/config'
import { asClipVision } from '../../src/models/clip-vision/keys'
import { wan21I2vNetworks } from '../../src/models/wan21-i2v'
import type { Weights } from '../../src/models/family'
import { ditConfig } from '../support/config'
import { clipOf, fullSizeModel, settingsOf } from '../support/full-size'
import { openGolden } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { runAsPlanned } from '../support/as-planned'
import { textEncoderConfig } from '../support/umt5'
import { vaeConfig } from '../support/vae'

const CLIP: ClipVisionConfig = {
  dim: 64,
  mlpDim: 128,
  numHeads: 2,
  numLayers: 3,
  patchSize: 7,
  imageSize: 28,
  eps: 1e-5,
  joinedQkv: false,
}
const SIZE = { width: 64, height: 48, numFrames: 9 }

async function tinyModel(): Promise<ModelFiles> {
  const [textEncoder, t2v, vae] = await Promise.all(
    ['umt5_tiny', 'dit_tiny', 'vae_tiny'].map((name) => openGolden(`${name}.weights`)),
  )
  const dit = { ...ditConfig(t2v!), inDim: 36, imageDim: CLIP.dim }
  const weights: Weights = {
    textEncoder: textEncoder!,
    dit: formulaFile('dit', imageDitShapes(dit, { imageDim: CLIP.dim }), 'picture-clip/'),
    vae: vae!,
    clip: asClipVision(formulaFile('clip', clipVisionShapes(CLIP), 'picture-clip/')),
  }
  const networks = wan21I2vNetworks({
    textEncoder: textEncoderConfig(textEncoder!),
    dit,
    vae: vaeConfig(vae!),
    clip: CLIP,
    inpaints: true,
  })
  return { ...fullSizeModel(), networks, weights }
}

/** A picture of one colour. */
function picture(level: number) {
  const plain = (length: number) => new Float32Array(length).fill(level)
  return {
    frame: () => plain(SIZE.width * SIZE.height * 3),
    square: (side: number) => plain(side * side * 3),
    sha256: `level ${level}`,
  }
}

async function make(gpuCase: GpuCase, pictures: ClipPictures | undefined) {
  const { gpu } = await testGpu(gpuCase)
  const files = await tinyModel()
  const settings = { ...settingsOf(SIZE), numInferenceSteps: 2, guidanceScale: 5 }
  const clip = { ...clipOf(settings, [3, 4]), ...(pictures && { pictures }) }
  const ops = openOps(gpu)
  const frames: Uint8Array[] = []
  const steps: number[] = []
  const remembered: string[] = []
  const phases = clipPhases(files.networks, ops, clip, {
    onFrame: async (i420) => void frames.push(i420),
    onConditioned: (done) => steps.push(done),
    rememberFeatures: (sha256, encode) => {
      remembered.push(sha256)
      return encode()
    },
  })
  const stages = await runAsPlanned(gpu, ops, { files, clip, phases })
  expect(frames).toHaveLength(SIZE.numFrames)
  return { frames, steps, remembered, stages }
}

describe.each(quickCases())('a clip from pictures on $name', (gpuCase) => {
  it('is another for another picture, for a last one, and for none', async () => {
    const text = await make(gpuCase, undefined)
    expect(text.stages).toEqual(['encode', 'denoise', 'decode'])
    expect(text.remembered).toEqual([])

    const first = await make(gpuCase, { first: picture(0.5) })
    expect(first.stages).toEqual(['encode', 'condition', 'denoise', 'decode'])
    expect(first.remembered).toEqual(['level 0.5'])
    expect(first.steps).toEqual(Array.from({ length: 1 + SIZE.numFrames }, (_, i) => i + 1))

    const other = await make(gpuCase, { first: picture(-0.5) })
    const both = await make(gpuCase, { first: picture(0.5), last: picture(-0.5) })
    expect(both.remembered).toEqual(['level 0.5']) // the features are the first picture's
    const clips = [text, first, other, both].map(({ frames }) => Buffer.concat(frames).toString('base64'))
    expect(new Set(clips).size).toBe(4)
  })
})

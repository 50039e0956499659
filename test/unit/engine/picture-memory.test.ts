// Plans of the full-size models for pictures from shapes alone: Fun InP 1.3B with CLIP, and Wan 2.2 I2V A14B.
import { describe, expect, it } from 'vitest'
import { clipVisionShapes } from '../../../src/cli/synthesize/clip-shapes'
import { formulaFile } from '../../../src/cli/synthesize/formula'
import { imageDitShapes } from '../../../src/cli/synthesize/image-shapes'
import { ditShapes } from '../../../src/cli/synthesize/shapes'
import type { Clip } from '../../../src/engine/clip'
import { checkWeights, planStages, stageBytes, type PlannedDevice } from '../../../src/engine/memory/dry-run'
import { planClip, stepDown } from '../../../src/engine/memory/fit-memory'
import type { ModelFiles } from '../../../src/engine/model/opened'
import { CLIP_VIT_H } from '../../../src/models/clip-vision/config'
import { asClipVision } from '../../../src/models/clip-vision/keys'
import { wan21I2vNetworks } from '../../../src/models/wan21-i2v'
import { a14bNetworks } from '../../../src/models/wan22-a14b'
import { WAN_VAE } from '../../../src/models/wan-vae/config'
import { clipOf, fullSizeModel, settingsOf, UMT5_XXL, WAN_DIT } from '../../support/full-size'

/** What every WebGPU device allows to bind at once; a residual stream of 1280×720 needs a larger buffer. */
const DEVICE: PlannedDevice = { storage: 'f16', maxBindingBytes: 128 * 2 ** 20, maxBufferBytes: 2 ** 30 }
/** As most GPUs of laptops allow. */
const LAPTOP: PlannedDevice = { ...DEVICE, maxBindingBytes: 2 ** 31, maxBufferBytes: 2 ** 31 }
const NUMBERS = { textEncoder: UMT5_XXL, vae: WAN_VAE }

function funInP(): ModelFiles {
  const dit = { ...WAN_DIT, inDim: 36, imageDim: CLIP_VIT_H.dim }
  const { weights, ...model } = fullSizeModel()
  return {
    ...model,
    networks: wan21I2vNetworks({ ...NUMBERS, dit, clip: CLIP_VIT_H, inpaints: true }),
    weights: {
      ...weights,
      dit: formulaFile('dit', imageDitShapes(dit, { imageDim: CLIP_VIT_H.dim }), ''),
      clip: asClipVision(formulaFile('clip', clipVisionShapes(CLIP_VIT_H), '')),
    },
  }
}

function i2vA14B(): ModelFiles {
  const dit = { ...WAN_DIT, inDim: 36, dim: 5120, ffnDim: 13824, numHeads: 40, numLayers: 40 }
  const { weights, ...model } = fullSizeModel()
  const half = (name: string) => formulaFile(name, ditShapes(dit), '')
  return {
    ...model,
    networks: a14bNetworks({ ...NUMBERS, dit, boundary: 0.9 }),
    weights: { ...weights, dit: half('high'), ditLow: half('low') },
  }
}

function clip(width: number, height: number, numFrames: number): Clip {
  const first = { frame: () => new Float32Array(), square: () => new Float32Array(), sha256: '' }
  return { ...clipOf(settingsOf({ width, height, numFrames }), [40, 126]), pictures: { first } }
}

/** With such bindings the keys of larger clips are too many for the 14B. */
const SMALL = clip(480, 256, 33)

async function stagesOf(files: ModelFiles, of: Clip, memoryBytes: number, device = DEVICE) {
  await checkWeights(files)
  const { plan, residency } = await planClip(files, of, device, {
    weightFormat: 'auto',
    memoryBytes,
  })
  const stages = Object.fromEntries(plan.stages.map((stage) => [stage.stage, stageBytes(stage)]))
  console.log(`in ${memoryBytes} bytes:`, residency, stages, plan.notes)
  expect(plan.peakBytes).toBeLessThanOrEqual(memoryBytes)
  return { stages, residency, notes: plan.notes }
}

describe('a plan for a picture', () => {
  it('of Fun InP 1.3B has its features, encoder and channels', async () => {
    const { stages, residency } = await stagesOf(funInP(), clip(832, 480, 81), 4e9)
    expect(Object.keys(stages)).toEqual(['encode', 'condition', 'denoise', 'decode'])
    expect(residency).toMatchObject({ weights: 'q8', streamed: false })
  })

  it('of Wan 2.2 A14B streams the blocks of one transformer, whose matrices in f16 are too large to bind', async () => {
    const { residency } = await stagesOf(i2vA14B(), SMALL, 6e9)
    expect(residency).toMatchObject({ weights: 'q4', streamed: true })
    const roomy = await stagesOf(i2vA14B(), SMALL, 24e9)
    expect(roomy.residency).toMatchObject({ weights: 'q8', streamed: false })
    expect(roomy.notes).toEqual([
      "The transformer's weights are stored as q8: in a finer format one matrix is larger than this GPU can bind.",
    ])
  })

  it('of Wan 2.2 A14B counts the weights of one transformer, and checks both', async () => {
    const files = i2vA14B()
    const residency = { text: 'q4', weights: 'q4', streamed: false } as const
    const stages = await planStages(files, SMALL, LAPTOP, residency)
    const { weightBytes, activationBytes } = stages.find(({ stage }) => stage === 'denoise')!
    expect(weightBytes).toBeGreaterThan(7.5e9)
    expect(weightBytes + activationBytes).toBeLessThan(10e9)

    const { ditLow } = files.weights
    const tensors = new Map(ditLow!.tensors)
    tensors.delete('blocks.39.ffn.2.weight')
    const cut = { ...files, weights: { ...files.weights, ditLow: { ...ditLow!, tensors } } }
    await expect(checkWeights(cut)).rejects.toThrow(/^low .*blocks\.39\.ffn\.2\.weight/)
  })

  it('of Wan 2.2 A14B whose memory runs out steps over the formats that cannot be bound', async () => {
    const files = i2vA14B()
    const request = { weightFormat: 'auto', memoryBytes: 24e9 } as const
    const planned = await planClip(files, SMALL, DEVICE, request)
    expect(planned.residency).toMatchObject({ weights: 'q8', streamed: false })
    const smaller = await stepDown(files, SMALL, DEVICE, request, planned, 'denoise')
    expect(smaller?.residency).toMatchObject({ weights: 'q4', streamed: false })
  })

  it('of Wan 2.2 A14B at 832×480 and 81 frames streams blocks in 8 GB, and has them all there in 12 GB', async () => {
    const small = await stagesOf(i2vA14B(), clip(832, 480, 81), 8e9, LAPTOP)
    expect(small.residency).toMatchObject({ weights: 'q4', streamed: true })
    expect(Math.max(...Object.values(small.stages))).toBeLessThanOrEqual(3.3e9)
    const roomy = await stagesOf(i2vA14B(), clip(832, 480, 81), 12e9, LAPTOP)
    expect(roomy.residency).toMatchObject({ weights: 'q4', streamed: false })
  })
})

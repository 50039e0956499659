// The phases of a clip with a tiny decoder beside the VAE, which makes the previews, and the frames where it is asked
// to; and with an upscaler.
import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { srvggShapes, taehvShapes } from '../../src/cli/synthesize/shapes'
import { clipPhases } from '../../src/engine/clip'
import { planStages, stageBytes } from '../../src/engine/memory/dry-run'
import { withCompanion } from '../../src/engine/model/companions'
import type { ModelFiles } from '../../src/engine/model/opened'
import { runPhases } from '../../src/engine/phases'
import { previewDecoder } from '../../src/engine/preview'
import { openOps } from '../../src/gpu/ops'
import type { PreviewImage } from '../../src/protocol/progress'
import type { DecoderId, Upscale } from '../../src/protocol/settings'
import { clipOf, fullSizeModel, settingsOf } from '../support/full-size'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { fitForOrt } from '../support/ort-in-node'
import { TINY_TAEHV, tinyWan21 } from '../support/tiny-wan21'

const SIZE = { width: 64, height: 48, numFrames: 9 }

async function tinyModel(): Promise<ModelFiles> {
  const { networks, weights } = await tinyWan21()
  const tiny = formulaFile('taehv', taehvShapes(TINY_TAEHV), 'clip-phases/')
  const withDecoder = withCompanion({ networks, weights }, 'tinyDecoder', tiny, 'taew2_1.safetensors')
  const upscaler = formulaFile('srvgg', srvggShapes({ features: 8, convs: 3, factor: 4 }), 'clip-phases/')
  return { ...fullSizeModel(), ...withCompanion(withDecoder, 'upscaler', upscaler, 'upscaler.pth') }
}

describe.each(quickCases())('a clip with a tiny decoder on $name', (gpuCase) => {
  it.each<[DecoderId, Upscale]>([
    ['tiny', 4],
    ['full', 1],
  ])('decodes by the %s one, ×%i, with previews, planned to the byte', async (decoder, upscale) => {
    const { gpu } = await testGpu(gpuCase)
    const files = await tinyModel()
    const { networks, weights } = files
    const settings = { ...settingsOf(SIZE), numInferenceSteps: 2, guidanceScale: 1, decoder, upscale }
    const clip = clipOf(settings, [3])
    const ops = openOps(gpu)
    const frames: Uint8Array[] = []
    const previews: Promise<PreviewImage>[] = []
    const measured: number[] = []
    const phases = clipPhases(networks, ops, clip, {
      onFrame: async (i420) => void frames.push(i420),
      onStep: (_done, predicted, preview) => void previews.push(previewDecoder(ops, preview!, predicted)),
    })
    const at = loadingOf(ops, weights, { device: fitForOrt(gpu.device) })
    await runPhases(phases, networks, at, {
      async around(_phase, body) {
        await body()
        measured.push(ops.pool.highWater)
      },
    })
    expect(frames).toHaveLength(9)
    expect(frames.every(({ length }) => length === 64 * 48 * 1.5 * upscale ** 2)).toBe(true)
    // A picture of the latents' size for each latent frame, after each step.
    expect(await Promise.all(previews)).toMatchObject([
      { width: 8, height: 6, frames: 3 },
      { width: 8, height: 6, frames: 3 },
    ])
    const residency = { text: 'f32', weights: 'f16', streamed: false } as const
    const planned = (await planStages(files, clip, gpu, residency)).map(stageBytes)
    expect(planned.slice(1)).toEqual(measured.slice(1)) // the text encoder has a pool of its own
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  })
})

// Plans of the full-size Wan 2.1 T2V 1.3B from shapes alone: no weight is read, no GPU is there.
import { describe, expect, it } from 'vitest'
import { defaultMemoryBytes } from '../../../src/engine/memory/budget'
import { denoiseClip } from '../../../src/engine/clip'
import { decodeFrames } from '../../../src/engine/decode-frames'
import { planStages, stageBytes, type PlannedDevice } from '../../../src/engine/memory/dry-run'
import { planClip, type FittedPlan } from '../../../src/engine/memory/fit-memory'
import { latentShape, type Residency } from '../../../src/models/family'
import { SAMPLER_FACTORIES } from '../../../src/sampling/samplers'
import { dryOps } from '../../../src/gpu/ops'
import type { WeightChoice } from '../../../src/protocol/model-source'
import type { GenerationSettings } from '../../../src/protocol/settings'
import { clipOf, fullSizeModel, settingsOf, withMatricesOf } from '../../support/full-size'
import { loadingOf } from '../../support/loading'

/** What every WebGPU device allows. */
const LEAST = { maxBindingBytes: 128 * 2 ** 20, maxBufferBytes: 256 * 2 ** 20 }
const F16: PlannedDevice = { storage: 'f16', ...LEAST }
const F32: PlannedDevice = { storage: 'f32', ...LEAST }
const TOKENS = [40, 126]

const SMALL = settingsOf({ width: 128, height: 128, numFrames: 5 })
const FULL = settingsOf({ width: 832, height: 480, numFrames: 81 })

async function stagesOf(
  settings: GenerationSettings,
  device: PlannedDevice,
  residency: Partial<Residency>,
): Promise<Record<'encode' | 'denoise' | 'decode', number>> {
  const stages = await planStages(fullSizeModel(), clipOf(settings, TOKENS), device, {
    text: 'q8',
    weights: 'q8',
    streamed: false,
    ...residency,
  })
  return Object.fromEntries(stages.map((stage) => [stage.stage, stageBytes(stage)])) as Record<
    'encode' | 'denoise' | 'decode',
    number
  >
}

describe('Wan 2.1 T2V 1.3B at 128×128, 5 frames', () => {
  it.each([F16, F32])('stays within its bars in $storage', async (device) => {
    const q8 = await stagesOf(SMALL, device, {})
    const q4 = await stagesOf(SMALL, device, { text: 'q4', weights: 'q4' })
    console.log(`128×128×5 in ${device.storage}, bytes:`, { q8, q4 })
    expect(q8.encode).toBeLessThanOrEqual(0.6e9)
    expect(q4.encode).toBeLessThanOrEqual(0.6e9)
    expect(q8.denoise).toBeLessThanOrEqual(1.9e9)
    expect(q4.denoise).toBeLessThanOrEqual(1.2e9)
    expect(q8.decode).toBeLessThanOrEqual(0.5e9)
    // The control: what the weights alone must take.
    expect(q8.denoise).toBeGreaterThan(1.4e9)
    expect(q4.encode).toBeGreaterThan(0.25e9)
  })

  it('needs a fraction with streamed blocks', async () => {
    const { denoise } = await stagesOf(SMALL, F16, { streamed: true })
    expect(denoise).toBeLessThan(0.25e9)
  })
})

describe('Wan 2.1 T2V 1.3B at 832×480, 81 frames', () => {
  it.each([F16, F32])(
    'needs no binding over 128 MiB and no buffer over 256 MiB in $storage',
    async (device) => {
      const stages = await stagesOf(FULL, device, {})
      console.log(`832×480×81 in ${device.storage}, bytes:`, stages)
      expect(stages.denoise).toBeGreaterThan(1.5e9)
    },
  )

  it('keeps the decoder below 2.8 GB, and below 0.95 GB at 480×272, for any length', async () => {
    const { networks, weights } = fullSizeModel()
    const decode = async (width: number, height: number, numFrames: number): Promise<number> => {
      const ops = dryOps('f16', LEAST.maxBindingBytes, LEAST.maxBufferBytes)
      const shape = latentShape(networks.geometry, settingsOf({ width, height, numFrames }))
      const latents = ops.create(shape, 'f32', 'latents')
      const decoder = await networks.openDecoder(loadingOf(ops, weights, { dry: true }))
      await decodeFrames(ops, decoder, latents, async () => {})
      return ops.pool.highWater
    }
    for (const numFrames of [5, 17, 81, 161]) {
      expect(await decode(832, 480, numFrames)).toBeLessThanOrEqual(2.8e9)
      expect(await decode(480, 272, numFrames)).toBeLessThanOrEqual(0.95e9)
    }
  })
})

describe('the number of steps beyond those planned', () => {
  it.each(['unipc', 'dpm++', 'euler'] as const)(
    'does not change the memory that %s needs',
    async (sampler) => {
      const planned = await stagesOf({ ...SMALL, sampler, numInferenceSteps: 50 }, F16, {})
      const ops = dryOps('f16', Infinity)
      const { networks, weights } = fullSizeModel()
      const contexts = { positive: new Float32Array(40 * 4096), negative: new Float32Array(126 * 4096) }
      const settings = { ...SMALL, sampler, numInferenceSteps: 20 }
      const denoiser = await networks.openDenoiser(loadingOf(ops, weights, { dry: true, weights: 'q8' }))
      await denoiseClip(ops, denoiser, networks, { settings, samplers: SAMPLER_FACTORIES }, contexts)
      expect(ops.pool.highWater).toBe(planned.denoise)
    },
  )
})

describe('the residency of a clip', () => {
  const plan = (
    memoryBytes: number,
    weightFormat: WeightChoice = 'auto',
    files = fullSizeModel(),
    settings = SMALL,
  ): Promise<FittedPlan> => planClip(files, clipOf(settings, TOKENS), F16, { weightFormat, memoryBytes })

  it.each([
    { gigabytes: 4, weights: 'f16', text: 'q8', streamed: false },
    { gigabytes: 2, weights: 'q8', text: 'q8', streamed: false },
    { gigabytes: 1.2, weights: 'q4', text: 'q4', streamed: false },
    { gigabytes: 0.5, weights: 'q4', text: 'q4', streamed: true },
  ] as const)('with $gigabytes GB is $weights, streamed $streamed', async ({ gigabytes, ...residency }) => {
    const { plan: found, residency: chosen } = await plan(gigabytes * 1e9)
    expect(chosen).toEqual(residency)
    expect(found).toMatchObject({
      weightFormat: residency.weights,
      streamed: residency.streamed,
      budgetBytes: gigabytes * 1e9,
    })
    expect(found.peakBytes).toBeLessThanOrEqual(gigabytes * 1e9)
    expect(found.notes).toHaveLength(residency.weights === 'f16' ? 0 : 1)
  })

  it('says what was chosen, and why', async () => {
    const {
      plan: { notes },
    } = await plan(2e9)
    expect(notes[0]).toMatch(
      /^The transformer's weights are stored as q8: in their best format the clip needs 2\.\d+ GB of GPU memory, and 2\.00 GB may be used\.$/,
    )
    const { plan: streamed } = await plan(0.5e9)
    expect(streamed.notes[0]).toMatch(
      /stored as q4, two blocks at a time, and read again for every step, which is slow/,
    )
  })

  it('keeps to the format that was asked for, and streams it where it must', async () => {
    expect((await plan(4e9, 'q4')).residency).toEqual({ weights: 'q4', text: 'q4', streamed: false })
    expect((await plan(4e9, 'q4')).plan.notes).toEqual([])
    expect((await plan(0.6e9, 'f16')).residency).toEqual({ weights: 'f16', text: 'q8', streamed: true })
  })

  it('leaves what the file holds quantised as it is', async () => {
    const { plan: found } = await plan(2e9, 'auto', withMatricesOf('Q8_0'))
    expect(found).toMatchObject({ weightFormat: 'q8', streamed: false, notes: [] }) // at its best already
    expect((await plan(2e9, 'auto', withMatricesOf('Q4_K'))).plan.weightFormat).toBe('q4')
  })

  it('names the largest size that fits', async () => {
    const refusal = plan(1.2e9, 'auto', fullSizeModel(), FULL)
    await expect(refusal).rejects.toMatchObject({ code: 'limit' })
    const message = await refusal.catch((error: Error) => error.message)
    expect(message).toMatch(
      /^A clip of 832×480 with 81 frames does not fit: it needs at least 2\.\d+ GB of GPU memory, and 1\.20 GB may be used\./,
    )
    const [, width, height] = /fits is (\d+)×(\d+)\./.exec(String(message))!.map(Number)
    const at = (w: number, h: number): Promise<FittedPlan> =>
      plan(1.2e9, 'auto', fullSizeModel(), { ...FULL, width: w, height: h })
    expect((await at(width!, height!)).plan.peakBytes).toBeLessThanOrEqual(1.2e9)
    await expect(at(width! + 32, height! + 16)).rejects.toMatchObject({ code: 'limit' })
  })

  it('says when no size fits', async () => {
    await expect(plan(0.1e9)).rejects.toThrow(/No smaller size fits with this many frames either/)
  })

  it('names a size where a buffer would be too large', async () => {
    const large = planClip(
      fullSizeModel(),
      clipOf(settingsOf({ width: 1280, height: 1280, numFrames: 5 }), TOKENS),
      F32,
      { weightFormat: 'auto', memoryBytes: 64e9 },
    )
    await expect(large).rejects.toThrow(
      /^A clip of 1280×1280 with 5 frames does not fit: .* needs a buffer of \d+ bytes; this GPU allows 268435456\..* fits is \d+×\d+/,
    )
  })
})

describe('the memory that may be used', () => {
  it.each([
    [8, 256 * 2 ** 20, 8 * 2 ** 29],
    [32, 2 ** 31, 8e9],
    [2, 2 ** 31, 2e9],
    [undefined, 2 ** 31, 4e9],
    [undefined, 256 * 2 ** 20, 2e9],
  ])(
    'of a machine of %s GiB whose buffers may have %i bytes is %i bytes',
    (gibibytes, maxBufferBytes, bytes) => {
      expect(defaultMemoryBytes(maxBufferBytes, gibibytes)).toBe(bytes)
    },
  )
})

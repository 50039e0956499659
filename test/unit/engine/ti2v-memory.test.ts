// Plans of the full-size Wan 2.2 TI2V 5B from shapes alone: no weight is read, no GPU is there.
import { describe, expect, it } from 'vitest'
import { peakOf, planStages, stageBytes, type PlannedDevice } from '../../../src/engine/memory/dry-run'
import { planClip, type FittedPlan } from '../../../src/engine/memory/fit-memory'
import type { Clip } from '../../../src/engine/clip'
import type { Residency } from '../../../src/models/family'
import { clipOf, settingsOf, ti2v5B, ti2v5BWithTinyDecoder } from '../../support/full-size'

/** As most GPUs of laptops allow. The residual stream of 1280×704×121 is 335 MB, over the least that WebGPU allows. */
const DEVICE: PlannedDevice = { storage: 'f16', maxBindingBytes: 2 ** 31, maxBufferBytes: 2 ** 31 }

function clip(width: number, height: number, numFrames: number): Clip {
  const first = { frame: () => new Float32Array(), square: () => new Float32Array(), sha256: '' }
  return { ...clipOf(settingsOf({ width, height, numFrames }), [40, 126]), pictures: { first } }
}

const plan = (of: Clip, memoryBytes: number): Promise<FittedPlan> =>
  planClip(ti2v5B(), of, DEVICE, { weightFormat: 'q8', memoryBytes })

describe('Wan 2.2 TI2V 5B', () => {
  it.each([
    { width: 480, height: 256, numFrames: 33 },
    { width: 832, height: 480, numFrames: 81 },
    { width: 1280, height: 704, numFrames: 121 },
  ])(
    'is planned for a picture at $width×$height, $numFrames frames',
    async ({ width, height, numFrames }) => {
      const stages = await planStages(ti2v5B(), clip(width, height, numFrames), DEVICE, {
        text: 'q8',
        weights: 'q8',
        streamed: false,
      })
      console.log(`${width}×${height}×${numFrames} in q8, whole frames, bytes:`, stages)
      expect(stages.map(({ stage }) => stage)).toEqual(['encode', 'condition', 'denoise', 'decode'])
      const denoise = stages.find(({ stage }) => stage === 'denoise')!
      expect(denoise.weightBytes).toBeGreaterThan(5e9)
      expect(denoise.weightBytes).toBeLessThan(6e9)
    },
  )

  it('stays within its bars at q4', async () => {
    const stagesOf = async (of: Clip, more: Partial<Residency> = {}): Promise<Map<string, number>> => {
      const residency = { text: 'q4', weights: 'q4', streamed: false, ...more } as const
      const stages = await planStages(ti2v5B(), of, DEVICE, residency)
      return new Map(stages.map((stage) => [stage.stage, stageBytes(stage)]))
    }
    const small = await stagesOf(clip(128, 128, 5))
    const streamed = await stagesOf(clip(128, 128, 5), { streamed: true })
    const middle = await stagesOf(clip(832, 480, 81))
    const wide = await stagesOf(clip(1280, 704, 49))
    const tiled = await stagesOf(clip(1280, 704, 121), { tiles: 4 })
    console.log('in q4, bytes:', { small, streamed, middle, wide, tiled })
    expect(small.get('denoise')).toBeLessThanOrEqual(3.6e9)
    expect(streamed.get('denoise')).toBeLessThanOrEqual(1.2e9)
    expect(Math.max(...middle.values())).toBeLessThanOrEqual(5e9)
    expect(wide.get('denoise')).toBeLessThanOrEqual(5.5e9)
    expect(tiled.get('decode')).toBeLessThanOrEqual(4e9)
  })

  it('stays within its bar at q4 with the tiny decoder, which makes previews too', async () => {
    const wide = clip(1280, 704, 49)
    const tiny = { ...wide, settings: { ...wide.settings, decoder: 'tiny' } } as const
    const residency = { text: 'q4', weights: 'q4', streamed: false } as const
    const stages = await planStages(ti2v5BWithTinyDecoder(), tiny, DEVICE, residency)
    console.log('1280×704×49 in q4 with the tiny decoder, bytes:', stages)
    expect(stages.map(({ stage }) => stage)).toEqual(['encode', 'condition', 'denoise', 'decode'])
    expect(peakOf(stages)).toBeLessThanOrEqual(5.5e9)
  })

  it('is decoded in tiles where the decoder does not fit otherwise, with the blocks streamed', async () => {
    const memoryBytes = 2.5e9
    const { residency, plan: fitted } = await plan(clip(832, 480, 81), memoryBytes)
    console.log(`832×480×81 in ${memoryBytes} bytes: ${residency.tiles} tiles`, fitted.stages)
    expect(fitted.peakBytes).toBeLessThanOrEqual(memoryBytes)
    expect(residency).toMatchObject({ streamed: true, tiles: 2 })
    expect(fitted.notes.at(-1)).toBe(
      `The video is decoded in ${residency.tiles} tiles, which takes less memory and more time.`,
    )
    const whole = await plan(clip(832, 480, 81), Infinity)
    expect(whole.residency.tiles).toBeUndefined()
    expect(peakOf(whole.plan.stages.filter(({ stage }) => stage === 'decode'))).toBeGreaterThan(memoryBytes)
  })
})

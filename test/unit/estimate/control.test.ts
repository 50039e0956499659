// The time of a clip with a control: its side blocks, its references and its encoding.
import { describe, expect, it } from 'vitest'
import { SHAPES } from '../../../src/catalogue/shapes'
import { controlWork, controlWorkOf } from '../../../src/estimate/control-work'
import { workOf } from '../../../src/estimate/work'
import type { ClipFacts } from '../../../src/protocol/gallery'
import { createEstimates } from '../../../src/ui/studio/estimates'
import { Memory } from '../ui/studio/memory'
import { resultOf, settings } from '../worker/fake-engine'

const FULL = { width: 832, height: 480, frames: 81, passes: 100 }
const file = new Blob(['x'])
const sha = '0'.repeat(64)

describe('the work of a control', () => {
  it.each([
    [{}, undefined],
    [{ control: { strength: 1 } }, undefined],
    [{ control: { video: file, references: [file], strength: 0 } }, undefined],
    [{ control: { references: [file, file] } }, { references: 2, encodedFrames: 83 }],
    [{ control: { video: file } }, { references: 0, encodedFrames: 162 }],
    [
      { image: file, lastImage: file },
      { references: 0, encodedFrames: 162 },
    ],
  ])('of %j is %j', (given, work) => expect(controlWork(given, 81)).toEqual(work))

  it.each([
    [{}, undefined],
    [{ imageSha256: sha }, undefined], // of a model that takes pictures and no control
    [{ control: { strength: 0, videoSha256: sha } }, undefined],
    [{ control: { strength: 1, referenceSha256: [sha] } }, { references: 1, encodedFrames: 82 }],
    [
      { control: { strength: 1 }, imageSha256: sha },
      { references: 0, encodedFrames: 162 },
    ],
  ])('in the recipe %j is %j', (facts, work) =>
    expect(controlWorkOf({ ...facts, numFrames: 81 })).toEqual(work),
  )

  it('is half as many blocks again on the 1.3B, a fifth on the 14B', () => {
    const share = (id: string): number => {
      const of = (control?: { references: number; encodedFrames: number }): number =>
        workOf(SHAPES[id]!, { ...FULL, ...(control && { control }) }).pass
      return of({ references: 0, encodedFrames: 162 }) / of()
    }
    expect([share('vace-1.3b'), share('vace-14b')]).toEqual([1.5, 1.2])
    const shape = SHAPES['vace-1.3b']!
    const references = workOf(shape, { ...FULL, control: { references: 2, encodedFrames: 83 } })
    expect(references.pass).toBeGreaterThan(1.5 * workOf(shape, FULL).pass)
    expect([workOf(shape, FULL).condition, references.condition > 0]).toEqual([0, true])
  })
})

describe('the estimate', () => {
  const clip = {
    ...settings,
    width: 832,
    height: 480,
    numFrames: 81,
    numInferenceSteps: 50,
    guidanceScale: 5,
  }
  const factsOf = (more: Partial<ClipFacts>): ClipFacts => {
    const { mp4: _mp4, latents: _latents, ...facts } = resultOf(clip)
    return { ...facts, model: 'vace-1.3b', ...more }
  }
  const plain = [
    { stage: 'denoise' as const, seconds: 100 },
    { stage: 'decode' as const, seconds: 40 },
  ]
  const control = { references: 1, encodedFrames: 82 }

  it('of the first clip with a control comes from those without', () => {
    const estimates = createEstimates(new Memory(), SHAPES)
    estimates.learn(factsOf({ stages: plain }), 1)
    const without = estimates.predict('vace-1.3b', 'fake', clip)
    const withOne = estimates.predict('vace-1.3b', 'fake', clip, control)
    expect(without?.stages).toEqual({ denoise: 100, decode: 40 })
    expect(withOne!.stages.denoise).toBeGreaterThan(145)
    expect(withOne!.stages.condition).toBeCloseTo((40 * 82) / 81 / 2, 3)
  })

  it('of the next is what it was, also after a reload, and the others stay as they were', () => {
    const storage = new Memory()
    const first = createEstimates(storage, SHAPES)
    const stages = [{ stage: 'condition' as const, seconds: 30 }, { ...plain[0]!, seconds: 170 }, plain[1]!]
    first.learn(factsOf({ stages: plain }), 1)
    first.learn(factsOf({ stages, control: { strength: 1, referenceSha256: [sha] } }), 2)
    const again = createEstimates(storage, SHAPES)
    expect(again.predict('vace-1.3b', 'fake', clip, control)?.stages).toEqual({
      condition: 30,
      denoise: 170,
      decode: 40,
    })
    expect(again.predict('vace-1.3b', 'fake', clip)?.stages).toEqual({ denoise: 100, decode: 40 })
  })

  it('divides the bar of a first run with it', () => {
    const estimates = createEstimates(undefined, SHAPES)
    expect(Object.keys(estimates.proportions('vace-1.3b', clip, control))).toContain('condition')
    expect(Object.keys(estimates.proportions('vace-1.3b', clip))).not.toContain('condition')
  })
})

// A control of strength 0 through the whole engine: left out, to the bit and to the byte.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openPipeline, type Pipeline } from '../../src/engine/pipeline'
import type { GenerationInput, GenerationResult } from '../../src/protocol/engine'
import type { MemoryPlan } from '../../src/protocol/progress'
import { halfMask } from '../e2e/support/tiny-vace'
import { lostAt } from '../faults/faulty-gpu'
import { countPoints } from '../faults/plan'
import { nodeGpu } from '../support/adapter'
import { fakeCodecs } from '../support/fake-codecs'
import { fakePictures } from '../support/fake-pictures'
import { quickCases } from '../support/gpu-cases'
import { asSafetensors, comfyTextEncoder, SHAPES, VACE_SHAPES } from '../support/raw-model'

const [CASE] = quickCases()
const SIZE = { width: 64, height: 48, numFrames: 5 }
const SETTINGS = { prompt: 'a boat', seed: 7, ...SIZE, numInferenceSteps: 2, guidanceScale: 1 }
const picture = (name: string, width = SIZE.width, height = SIZE.height): File =>
  new File([new Uint8Array(halfMask(width, height))], name)
const REFERENCES = [picture('fox.png'), picture('wood.png', 96, 64)]

beforeEach(() => {
  fakeCodecs({})
  fakePictures()
  return () => vi.unstubAllGlobals()
})

async function withVace<T>(work: (engine: Pipeline) => Promise<T>): Promise<T> {
  const { gpu, close } = lostAt(await nodeGpu(CASE!.adapter), countPoints(), () => '') // none is lost
  const files = {
    'vace.safetensors': asSafetensors(VACE_SHAPES),
    'umt5.safetensors': comfyTextEncoder(),
    'vae.safetensors': asSafetensors(SHAPES.vae),
  }
  const named = Object.entries(files).map(([name, bytes]) => ({ name, file: new Blob([bytes]) }))
  try {
    return await work(await openPipeline({ gpu, model: { kind: 'files', files: named }, memoryBytes: 1e9 }))
  } finally {
    close()
  }
}

/** Stages of the GPU, with the bytes that were planned and measured. A prompt is encoded once, and then remembered. */
const memoryOf = ({ stages }: GenerationResult) =>
  stages.flatMap(({ stage, plannedGpuBytes, peakGpuBytes }) =>
    plannedGpuBytes === undefined
      ? []
      : [{ stage, plannedGpuBytes, ...(stage !== 'encode' && { peakGpuBytes }) }],
  )

const denoisingOf = ({ stages }: MemoryPlan): number => {
  const { weightBytes, activationBytes } = stages.find(({ stage }) => stage === 'denoise')!
  return weightBytes + activationBytes
}

describe(`a control on ${CASE!.name}`, () => {
  it('of strength 0 is left out: same bits, same stages, same memory', async () => {
    await withVace(async (engine) => {
      const make = (given: GenerationInput = {}) => engine.generate({ ...SETTINGS, ...given })
      const none = await make()
      const video = picture('bay.png')
      const given: readonly GenerationInput[] = [
        { control: { references: REFERENCES, strength: 0 } },
        { control: { video, mask: picture('mask.png'), references: REFERENCES, strength: 0 } },
        { control: { strength: 0 }, image: video, lastImage: video },
      ]
      for (const each of given) {
        const left = await make(each)
        expect(left.latentsSha256).toBe(none.latentsSha256)
        expect(memoryOf(left)).toEqual(memoryOf(none))
        expect(left.notes).toContain('The strength of the control is 0: the clip is made without it.')
        expect((await engine.plan({ ...SETTINGS, ...each })).memory).toEqual(
          (await engine.plan(SETTINGS)).memory,
        )
      }
      expect(memoryOf(none).map(({ stage }) => stage)).toEqual(['encode', 'denoise', 'decode'])
      const recipe = await make({ control: { references: REFERENCES, strength: 0 } })
      expect(recipe.control).toMatchObject({
        strength: 0,
        referenceSha256: REFERENCES.map(() => expect.any(String) as string),
      })

      const shown = await make({ control: { references: REFERENCES } })
      expect(shown.latentsSha256).not.toBe(none.latentsSha256)
      expect(memoryOf(shown).map(({ stage }) => stage)).toEqual(['encode', 'condition', 'denoise', 'decode'])
    })
  })

  it('is planned as it runs, whatever it is made of', async () => {
    await withVace(async (engine) => {
      const video = picture('bay.png')
      const given: readonly GenerationInput[] = [
        { control: { references: REFERENCES } },
        { control: { video, mask: picture('mask.png') } },
        { control: { video, references: [REFERENCES[0]!], strength: 0.5 } },
        { image: video, lastImage: video },
      ]
      const none = await engine.plan(SETTINGS)
      for (const each of given) {
        const { memory } = await engine.plan({ ...SETTINGS, ...each })
        const made = await engine.generate({ ...SETTINGS, ...each })
        expect(made.plannedGpuBytes).toBe(memory.peakBytes)
        const planned = memory.stages.map(({ weightBytes, activationBytes }) => weightBytes + activationBytes)
        const seen = memoryOf(made)
        expect(seen.map(({ plannedGpuBytes }) => plannedGpuBytes)).toEqual(planned)
        // The text encoder has a pool of its own.
        expect(seen.slice(1).map(({ peakGpuBytes }) => peakGpuBytes)).toEqual(planned.slice(1))
        expect(denoisingOf(memory)).toBeGreaterThan(denoisingOf(none.memory))
      }
    })
  })
})

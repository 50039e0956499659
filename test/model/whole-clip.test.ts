// Clips of the whole engine: numbers that are none, notes, and the same file for the same seed.
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { openPipeline, type Pipeline } from '../../src/engine/pipeline'
import type { GenerationResult } from '../../src/protocol/engine'
import { toFailure, type Failure } from '../../src/protocol/errors'
import type { SettingsInput } from '../../src/protocol/settings'
import { lostAt } from '../faults/faulty-gpu'
import { countPoints } from '../faults/plan'
import { nodeGpu } from '../support/adapter'
import { tinyModel, type Change } from '../support/changed-model'
import { fakeCodecs } from '../support/fake-codecs'
import { quickCases } from '../support/gpu-cases'

const [CASE] = quickCases()
const SETTINGS = { prompt: 'a red ball', seed: 7, width: 32, height: 32, numFrames: 5, numInferenceSteps: 3 }

beforeEach(() => {
  fakeCodecs({})
  return () => vi.unstubAllGlobals()
})

async function withEngine<T>(changes: readonly Change[], work: (engine: Pipeline) => Promise<T>): Promise<T> {
  const { gpu, close } = lostAt(await nodeGpu(CASE!.adapter), countPoints(), () => '') // none is lost
  try {
    return await work(await openPipeline({ gpu, model: await tinyModel(changes), memoryBytes: 1e9 }))
  } finally {
    close()
  }
}

const make = (settings: SettingsInput = {}, changes: readonly Change[] = []): Promise<GenerationResult> =>
  withEngine(changes, (engine) => engine.generate({ ...SETTINGS, ...settings }))

const failureOf = (...changes: readonly Change[]): Promise<Failure> =>
  make({}, changes).then(
    () => {
      throw new Error('The clip was made.')
    },
    (error: unknown) => toFailure(error),
  )

describe(`the engine on ${CASE!.name}`, () => {
  it.each([
    ['a bias', { file: 'dit.safetensors', tensor: 'blocks.0.ffn.0.bias', value: NaN }],
    ['a norm', { file: 'dit.safetensors', tensor: 'blocks.0.norm3.weight', value: Infinity }],
    ['a matrix', { file: 'dit.safetensors', tensor: 'blocks.1.self_attn.q.weight', value: -Infinity }],
    ['the VAE', { file: 'vae.safetensors', tensor: 'decoder.conv1.bias', value: NaN }],
  ])(
    'refuses a model with one number in %s that is none, by the name of the tensor',
    async (_what, change) => {
      const { code, message } = await failureOf(change)
      expect(code).toBe('model-invalid')
      expect(message).toContain(change.file)
      expect(message).toContain(change.tensor)
    },
  )

  it('names the text that was too long: the prompt, the negative one, or both', async () => {
    const long = 'red ball '.repeat(300)
    const cutOf = async (settings: SettingsInput): Promise<readonly string[]> =>
      (await make({ guidanceScale: 2, numFrames: 1, numInferenceSteps: 1, ...settings })).notes.flatMap(
        (note) =>
          /^The (.*) was longer than the 24 tokens that Tiny reads; the rest was left out\.$/.exec(
            note,
          )?.[1] ?? [],
      )
    expect(await cutOf({ negativePrompt: long })).toEqual(['negative prompt'])
    expect(await cutOf({ prompt: long })).toEqual(['prompt'])
    expect(await cutOf({ prompt: long, negativePrompt: long })).toEqual(['prompt', 'negative prompt'])
    expect(await cutOf({ prompt: long, negativePrompt: long, guidanceScale: 1 })).toEqual(['prompt'])
  })

  it('makes the same file of the same seed, byte for byte, whenever it is made', async () => {
    const first = await make()
    vi.useFakeTimers({ toFake: ['Date'], now: 2e12 })
    try {
      const second = await make()
      expect(Buffer.compare(first.mp4, second.mp4)).toBe(0)
      expect(second.latentsSha256).toBe(first.latentsSha256)
      expect(Buffer.compare(first.mp4, (await make({ seed: 8 })).mp4)).not.toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })
})

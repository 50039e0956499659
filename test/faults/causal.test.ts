// A clip of a model that is causal itself: stopped and kept, or without its GPU, it is the undisturbed one as far as it
// goes.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { GenerationResult } from '../../src/protocol/engine'
import type { ModelSource } from '../../src/protocol/model-source'
import { writeTinyModel } from '../e2e/support/tiny-model'
import { nodeGpu } from '../support/adapter'
import { quickCases } from '../support/gpu-cases'
import { memoryFiles } from '../unit/storage/memory-files'
import { countedCodecs, fitGpu, openKept, storesOn } from './kept-run'

const [CASE] = quickCases()
const FRAMES = 97
const INPUT = { prompt: 'a red ball', seed: 7, width: 32, height: 32, numFrames: FRAMES }

interface Made {
  readonly clip: GenerationResult
  /** Hashes of all that the encoder got, its probes first. */
  readonly frames: readonly string[]
  readonly pieces: number
}

let folder: string
let model: ModelSource
let device: GPUDevice | undefined
let gpu: GPU

beforeAll(async () => {
  folder = await writeTinyModel({}, 'itself')
  const files = readdirSync(folder).map((name) => ({
    name,
    file: new Blob([readFileSync(join(folder, name))]),
  }))
  model = { kind: 'files', files }
  gpu = fitGpu(await nodeGpu(CASE!.adapter), (opened) => (device = opened))
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => void vi.unstubAllGlobals())

/** @param onSecond is called with each piece of the file, a second of it */
async function make(onSecond: (finish: AbortController) => void): Promise<Made> {
  const frames = countedCodecs()
  const finish = new AbortController()
  let pieces = 0
  const pipeline = await openKept(gpu, model, storesOn(memoryFiles()))
  try {
    const onPiece = (): void => {
      pieces += 1
      onSecond(finish)
    }
    const clip = await pipeline.generate(INPUT, { onPiece }, undefined, finish.signal)
    return { clip, frames: frames.slice(-clip.numFrames), pieces }
  } finally {
    pipeline.dispose()
  }
}

describe(`a causal clip on ${CASE!.name}`, () => {
  let whole: Made
  beforeAll(async () => {
    whole = await make(() => undefined)
  })

  it('is written down while it is made, and carries nothing of a film', () => {
    expect(whole.clip).toMatchObject({ numFrames: FRAMES })
    expect(whole.clip).not.toHaveProperty('film')
    expect(whole.frames).toHaveLength(FRAMES)
    expect(whole.pieces).toBeGreaterThan(1)
  })

  it('that is stopped and kept has the same frames up to there', async () => {
    const { clip, frames } = await make((finish) => finish.abort())
    expect(clip.numFrames).toBeGreaterThanOrEqual(16)
    expect(clip.numFrames).toBeLessThan(FRAMES)
    expect(clip.notes[0]).toBe(
      `Stopped after frame ${clip.numFrames} of ${FRAMES}, and kept as far as it was made.`,
    )
    expect(frames).toEqual(whole.frames.slice(0, clip.numFrames))
  })

  it('whose GPU is lost ends there, with the same frames up to there, and says so', async () => {
    const { clip, frames } = await make(() => device?.destroy())
    expect(clip.numFrames).toBeGreaterThanOrEqual(16)
    expect(clip.numFrames).toBeLessThan(FRAMES)
    expect(clip.notes[0]).toMatch(/^The film ends here: /)
    expect(frames).toEqual(whole.frames.slice(0, clip.numFrames))
  })
})

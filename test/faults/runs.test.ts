// A run that is killed at any write goes on from there, with the same latents, frames and file.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { GenerationInput } from '../../src/protocol/engine'
import type { ModelSource } from '../../src/protocol/model-source'
import type { StageProgress } from '../../src/protocol/progress'
import type { RunStores } from '../../src/engine/runs/run-record'
import { writeSafetensors } from '../../src/weights/formats/safetensors'
import type { InterruptedRun } from '../../src/protocol/runs'
import { writeTinyModel } from '../e2e/support/tiny-model'
import { nodeGpu } from '../support/adapter'
import { quickCases } from '../support/gpu-cases'
import { fitGpu, foundOn, makeKept, makeWatched, openKept, storesOn } from './kept-run'
import { memoryFiles, type MemoryFiles } from '../unit/storage/memory-files'
import { pointsEach } from './plan'

const [CASE] = quickCases()
const SIZE = { prompt: 'a red ball', seed: 7, width: 32, height: 32, numFrames: 9 }

/** Width of the tiny model. */
const DIM = 256
/** Factors of rank 1 of the tiny model's first matrix. */
const factor = (name: string, shape: [number, number]) => ({
  name: `diffusion_model.blocks.0.self_attn.q.${name}.weight`,
  dtype: 'F32' as const,
  shape,
  bytes: new Uint8Array(new Float32Array(DIM).fill(0.02).buffer),
})
const LORA = {
  file: {
    name: 'style.safetensors',
    file: new Blob([writeSafetensors([factor('lora_A', [1, DIM]), factor('lora_B', [DIM, 1])])]),
  },
  strength: [1, 0.5, 0.25],
}

const CLIPS: [name: string, input: GenerationInput][] = [
  ['with guidance', { ...SIZE, numInferenceSteps: 3, guidanceScale: 3, negativePrompt: 'a cat' }],
  ['with EasyCache', { ...SIZE, numInferenceSteps: 8, cache: 'easy' }],
  ['with a LoRA whose strength changes', { ...SIZE, numInferenceSteps: 3, loras: [LORA] }],
  ['of few steps', { ...SIZE, numInferenceSteps: 3, sampler: 'dmd', shift: 8 }],
]

let folder: string
let model: ModelSource
let gpu: GPU

beforeAll(async () => {
  folder = await writeTinyModel()
  const files = readdirSync(folder).map((name) => ({
    name,
    file: new Blob([readFileSync(join(folder, name))]),
  }))
  model = { kind: 'files', files }
  gpu = fitGpu(await nodeGpu(CASE!.adapter))
})
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => void vi.unstubAllGlobals())

/** Disks after a kill: of each stage so many, spread over it; and those from which nothing goes on. */
async function killsOf(
  disks: readonly MemoryFiles[],
  most: number,
): Promise<{ kills: Kill[]; lost: number }> {
  const found = await Promise.all(disks.map(async (disk) => ({ disk, ...(await foundOn(disk)) })))
  const kills = found.flatMap(({ disk, stores, run }): Kill[] => (run ? [{ disk, stores, run }] : []))
  const ofStage = (stage: string): Kill[] => kills.filter(({ run }) => run.stage === stage)
  const bucket = (i: number, of: number): number => Math.floor((i * most) / of)
  return {
    kills: ['encode', 'denoise', 'decode']
      .map(ofStage)
      .flatMap((list) => list.filter((_, i) => bucket(i, list.length) !== bucket(i - 1, list.length))),
    lost: found.length - kills.length,
  }
}

interface Kill {
  readonly disk: MemoryFiles
  readonly stores: RunStores
  readonly run: InterruptedRun
}

describe(`a run on ${CASE!.name}`, () => {
  it.each(CLIPS)('%s, killed at any write, goes on with the same bits', async (name, input) => {
    const { made, disks, left } = await makeWatched(gpu, model, input)
    expect(left, 'a finished run leaves nothing').toEqual([])
    expect(made.frames).toHaveLength(9)
    const stages = new Map<string, number>()
    const { kills, lost } = await killsOf(disks, pointsEach(name === 'with guidance' ? 3 : 1, disks.length))
    for (const { disk, stores, run } of kills) {
      const seen: StageProgress[] = []
      const pipeline = await openKept(gpu, model, stores)
      try {
        // Whoever goes on has the files still, which an early kill keeps from being kept.
        const wanted = { ...(input.loras && { loras: input.loras }), resume: { run: run.id } }
        const again = await makeKept(pipeline, wanted, (progress) => seen.push(progress))
        const at = `killed in ${run.stage} at ${run.step}`
        expect(again, at).toEqual(made)
        const first = seen.find(({ stage }) => stage === 'denoise')
        if (run.stage === 'denoise') expect(first?.step, at).toBe(run.step)
        if (run.stage === 'decode') expect(first, at).toBeUndefined()
        expect(await disk.names('runs'), at).toEqual([])
      } finally {
        pipeline.dispose()
      }
      stages.set(run.stage, (stages.get(run.stage) ?? 0) + 1)
    }
    console.log(
      `kills survived: ${[...stages].map(([stage, count]) => `${stage} ${count}`).join(', ')}; kills before the run's first or after its last write: ${lost}`,
    )
    for (const stage of ['denoise', 'decode']) expect(stages.get(stage) ?? 0, stage).toBeGreaterThan(0)
  })

  it('stays until its clip is kept, and makes the same clip from what is left', async () => {
    const files = memoryFiles()
    const first = await openKept(gpu, model, storesOn(files))
    const made = await makeKept(first, { ...SIZE, numInferenceSteps: 3, leavesRun: true })
    const disk = files.afterCut(() => 0)
    first.dispose()
    const { stores, run } = await foundOn(disk)
    expect(run).toMatchObject({ stage: 'decode', step: 9, steps: 9 })
    const seen = new Set<string>()
    const pipeline = await openKept(gpu, model, stores)
    try {
      const again = await makeKept(pipeline, { resume: { run: run!.id } }, ({ stage }) => seen.add(stage))
      expect(again).toEqual(made)
      expect([...seen].filter((stage) => /encode|denoise|decode/.test(stage))).toEqual([])
      expect(await disk.names('runs')).toEqual([])
    } finally {
      pipeline.dispose()
    }
  })

  it('whose frames are all there goes on to the same end, from a state of the decoder or from none', async () => {
    const files = memoryFiles()
    let atFinish: MemoryFiles | undefined
    const input = { ...SIZE, numInferenceSteps: 3, keepsEnd: true, leavesRun: true }
    const first = await openKept(gpu, model, storesOn(files))
    const made = await makeKept(first, input, ({ stage }) => {
      if (stage === 'finish') atFinish ??= files.afterCut(() => 0)
    })
    first.dispose()
    expect(made.end?.frame).toHaveLength(32 * 32 * 3)
    const firstSteps: number[] = []
    for (const disk of [atFinish!, files.afterCut(() => 0)]) {
      const { stores, run } = await foundOn(disk)
      expect(run).toMatchObject({ stage: 'decode', step: 9, steps: 9 })
      const steps: number[] = []
      const pipeline = await openKept(gpu, model, stores)
      try {
        const again = await makeKept(pipeline, { resume: { run: run!.id } }, ({ stage, step }) => {
          if (stage === 'decode') steps.push(step)
        })
        expect(again).toEqual(made)
      } finally {
        pipeline.dispose()
      }
      firstSteps.push(steps[0]!)
    }
    expect(firstSteps).toEqual([5, 0])
  })

  it('of other weights is refused, and of another GPU only goes on where that is agreed to', async () => {
    const input = { ...SIZE, numInferenceSteps: 3 }
    const { made, disks } = await makeWatched(gpu, model, input)
    const found = await Promise.all(disks.map(async (disk) => ({ disk, ...(await foundOn(disk)) })))
    const { disk, stores, run } = found.find(({ run }) => run?.stage === 'denoise' && run.step === 1)!
    const otherFolder = await writeTinyModel({ version: '2' })
    const files = readdirSync(otherFolder).map((name) => ({
      name,
      file: new Blob([readFileSync(join(otherFolder, name))]),
    }))
    rmSync(otherFolder, { recursive: true })
    const other = await openKept(gpu, { kind: 'files', files }, stores)
    await expect(makeKept(other, { resume: { run: run!.id } })).rejects.toMatchObject({
      code: 'model-missing',
    })
    other.dispose()

    const record = await stores.disk!.open(run!.id)
    const facts = record!.facts as { gpu: object }
    record!.revise({ ...facts, gpu: { ...facts.gpu, adapter: 'Another GPU' } })
    record!.close()
    const pipeline = await openKept(gpu, model, stores)
    await expect(makeKept(pipeline, { resume: { run: run!.id } })).rejects.toMatchObject({
      code: 'other-gpu',
      message: expect.stringContaining('began on Another GPU') as string,
    })
    const again = await makeKept(pipeline, { resume: { run: run!.id, onAnyGpu: true } })
    expect(again.latentsSha256).toBe(made.latentsSha256) // it is the same one after all
    expect(again.notes[0]).toMatch(/^This run began on Another GPU; .* with other bits\.$/)
    expect(await disk.names('runs')).toEqual([])
    await expect(makeKept(pipeline, { resume: { run: run!.id } })).rejects.toMatchObject({
      code: 'storage-failed',
    })
    pipeline.dispose()
  })
})

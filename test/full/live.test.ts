// A causal 1.3B at full size, from a checkpoint in its published form: opened by its name, two chunks at 128×128.
import { describe, expect, it } from 'vitest'
import { ditShapes } from '../../src/cli/synthesize/shapes'
import { torchFile } from '../../src/cli/synthesize/torch-writer'
import { livePhases, type FilmClip } from '../../src/engine/live/live-phases'
import { asWan } from '../../src/engine/model/key-maps'
import { knownLive } from '../../src/engine/model/live-facts'
import { planStages, stageBytes } from '../../src/engine/memory/dry-run'
import { runPhases } from '../../src/engine/phases'
import { openWeights } from '../../src/weights/formats/open'
import { causal1B, clipOf, settingsOf, WAN_DIT } from '../support/full-size'
import { testGpu } from '../support/gpu'
import { loadingOf } from '../support/loading'
import { fitForOrt } from '../support/ort-in-node'
import { randomFloats } from '../support/random'
import { fullCases } from './support/full-cases'
import { plannedSource } from './support/planned-source'

const PATH = 'causal-forcing++/framewise-1step.pt'
const TOKENS = 12

describe.each(fullCases())('a causal 1.3B on $name', (gpuCase) => {
  it('makes two chunks from a checkpoint of training', async () => {
    const { gpu, ops } = await testGpu(gpuCase)
    const planned = torchFile(PATH, ditShapes(WAN_DIT), (original) => `model.${original}`, {
      dtype: 'F16',
      inside: 'generator_ema',
    })
    const { file, layout } = asWan((await openWeights(plannedSource(planned))).file, 'dit')
    expect(layout.prefix).toBe('generator_ema.model.')
    const { facts, name } = knownLive({ path: PATH, prefix: layout.prefix, isTi2v: false })!
    expect(name).toBe('Causal-Forcing++ 1-step 1.3B')

    const files = causal1B(facts, file)
    const settings = {
      ...settingsOf({ width: 128, height: 128, numFrames: 5 }),
      guidanceScale: 1,
      decoder: 'tiny' as const,
    }
    const clip: FilmClip = {
      ...clipOf(settings, [TOKENS]),
      film: { facts, window: facts.window, frames: 2, prompts: [{ first: 0, prompt: 0 }] },
    }
    const frames: Uint8Array[] = []
    const measured: number[] = []
    const began = performance.now()
    const phases = livePhases(files.networks, ops, clip, {
      remember: async () => randomFloats(TOKENS * WAN_DIT.textDim, 1),
      onFrame: async (i420) => {
        frames.push(i420)
        console.log(`frame ${frames.length} after ${((performance.now() - began) / 1000).toFixed(0)} s`)
      },
      onChunk: (_first, _latents, bytes) => void bytes.catch(() => undefined),
    })
    const at = loadingOf(ops, files.weights, {
      device: fitForOrt(gpu.device),
      tokens: TOKENS,
      text: 'q4',
      weights: 'q8',
    })
    await runPhases(phases, files.networks, at, {
      async around(_phase, body) {
        await body()
        measured.push(ops.pool.highWater)
      },
    })
    expect(frames).toHaveLength(5)
    expect(frames.every((frame) => new Set(frame).size > 20)).toBe(true)
    const stages = await planStages(files, clip, gpu, { text: 'q4', weights: 'q8', streamed: false })
    expect(stages.map(stageBytes).at(-1)).toBe(measured.at(-1))
    console.log(`${gpuCase.name}: ${(measured.at(-1)! / 1e9).toFixed(2)} GB as planned`)
  })
})

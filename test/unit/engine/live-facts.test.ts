import { describe, expect, it } from 'vitest'
import { chunkSteps } from '../../../src/sampling/causal'
import { filmRecipe, knownLive, parseLive } from '../../../src/engine/model/live-facts'
import { CheckedJson } from '../../../src/weights/sources/checked-json'

const known = (path: string, prefix = 'generator_ema.model.', isTi2v = false) =>
  knownLive({ path, prefix, isTi2v })

describe('a causal model', () => {
  it.each([
    ['checkpoints/self_forcing_dmd.pt', 'self-forcing-1.3b', 3, [1000, 750, 500, 250]],
    ['chunkwise/causal_forcing.pt', 'causal-forcing-1.3b', 3, [1000, 750, 500, 250]],
    ['framewise/causal_forcing.pt', 'causal-forcing-framewise-1.3b', 1, [1000, 750, 500, 250]],
    ['causal-forcing++/framewise-2step.pt', 'causal-forcing-2step-1.3b', 1, [1000, 500]],
    ['causal-forcing++/framewise-1step.pt', 'causal-forcing-1step-1.3b', 1, [1000]],
    ['models/longlive_base.pt', 'longlive-1.3b', 3, [1000, 750, 500, 250]],
  ])('%s is known by its name', (path, id, chunk, steps) => {
    const found = known(path, 'model.')
    expect(found).toMatchObject({ id, facts: { role: 'dit', chunk, steps, shift: 5 } })
  })

  it('with few steps has the full list for its first chunk', () => {
    const { facts } = known('framewise-1step.pt')!
    const recipe = filmRecipe(facts, facts.window)
    expect(recipe.firstSteps).toEqual(chunkSteps([1000, 750, 500, 250], 5, true))
    expect(recipe.steps.timesteps).toEqual([1000])
  })

  it('of LongLive makes its cache anew for a new prompt, but for the sink', () => {
    const { facts } = known('longlive_base.pt')!
    expect(facts).toMatchObject({ recache: 'behind-sink', window: { frames: 12, sink: 3 } })
    expect(known('self_forcing_dmd.pt')!.facts.recache).toBeUndefined()
    expect(known('model_bf16.pt', 'generator.model.', true)).toMatchObject({
      id: 'longlive-2.0-5b',
      facts: { chunk: 8, window: { frames: 32, sink: 8 }, holdsPicture: true },
    })
  })

  it('without a telling name is one where its tensors stand under a generator', () => {
    expect(known('renamed.pt')?.id).toBe('self-forcing-1.3b')
    expect(known('renamed.pt', 'generator.')?.id).toBe('self-forcing-1.3b')
    expect(known('wan2.1_t2v_1.3B_fp16.safetensors', 'model.diffusion_model.')).toBeUndefined()
    expect(known('wan2.2_ti2v_5B_fp16.safetensors', '', true)).toBeUndefined()
  })
})

describe('the films of a manifest', () => {
  const parse = (live: unknown, roles = ['dit', 'causalDit']) =>
    parseLive(new CheckedJson({ ...(live !== undefined && { live }) }, 'manifest.json'), roles)

  it('are those of the student where they are not described, and none without one', () => {
    expect(parse(undefined)).toMatchObject({
      role: 'causalDit',
      chunk: 3,
      steps: 4,
      shift: 3,
      window: { frames: 9, sink: 3, isRelative: true },
    })
    expect(parse(undefined, ['dit'])).toBeUndefined()
    // Their grid begins below the first level of the published models' table.
    const { steps } = filmRecipe(parse(undefined)!, { frames: 9, sink: 3 })
    expect(steps.timesteps).toEqual([999, 899, 749, 499])
    expect(steps).toEqual(filmRecipe(parse({ steps: 4 })!, { frames: 9, sink: 3 }).steps)
  })

  it('are read, and refused where they do not go together', () => {
    expect(parse({ chunk: 1, steps: [1000, 500], windowFrames: 6, sinkFrames: 1 }, ['dit'])).toMatchObject({
      role: 'dit',
      chunk: 1,
      steps: [1000, 500],
      window: { frames: 6, sink: 1 },
    })
    expect(() => parse({ windowFrames: 4, sinkFrames: 3, chunk: 3 })).toThrow(
      'a window that holds its sink and a chunk',
    )
    expect(() => parse({ steps: [] })).toThrow('a list of one or more steps')
    expect(() => parse({ steps: 0 })).toThrow('a whole number from 1 to 1000')
    expect(() => parse({ steps: [2000] })).toThrow('a whole number from 1 to 1000')
  })
})

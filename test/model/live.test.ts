// Films that play while they are made, of the goldens' tiny networks: planned to the byte, deterministic, endless.
import { describe, expect, it } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { taehvShapes } from '../../src/cli/synthesize/shapes'
import { withCompanion } from '../../src/engine/model/companions'
import { filmRecipe, withFilms, type LiveFacts } from '../../src/engine/model/live-facts'
import { FilmTail, firstNew, type LiveClip } from '../../src/engine/live/live-clip'
import { livePhases, type FilmClip, type FilmEvents } from '../../src/engine/live/live-phases'
import { planFilm } from '../../src/engine/live/live-plan'
import { planStages, stageBytes } from '../../src/engine/memory/dry-run'
import type { ModelFiles } from '../../src/engine/model/opened'
import { runPhases } from '../../src/engine/phases'
import { floatsOf } from '../../src/gpu/ops'
import { dim } from '../../src/gpu/tensor'
import type { TaehvConfig } from '../../src/models/taehv/config'
import { wan21Networks } from '../../src/models/wan21'
import type { FilmLatents } from '../../src/protocol/live'
import type { DecoderId } from '../../src/protocol/settings'
import { ditConfig } from '../support/config'
import { relativeError } from '../support/error'
import { clipOf, fullSizeModel, settingsOf } from '../support/full-size'
import { openGolden } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases, type GpuCase } from '../support/gpu-cases'
import { loadingOf } from '../support/loading'
import { fitForOrt } from '../support/ort-in-node'
import { textEncoderConfig } from '../support/umt5'
import { vaeConfig } from '../support/vae'

const SIZE = { width: 32, height: 32, numFrames: 9 }
/** Latent frames of the long film; `LONG_FILM=1000` for the whole proof. */
const LONG = Number(process.env['LONG_FILM'] ?? 40)

const FACTS: LiveFacts = {
  role: 'dit',
  chunk: 2,
  isFirstAlone: true,
  steps: [1000, 500],
  shift: 5,
  isWarped: true,
  contextTimestep: 0,
  window: { frames: 6, sink: 1, isRelative: true },
}

const TAEHV: TaehvConfig = {
  variant: 'base',
  latentChannels: 16,
  patch: 1,
  channels: [8, 8, 8, 8],
  timeUpscale: [1, 2, 2],
}

let model: Promise<ModelFiles> | undefined
const tinyModel = (): Promise<ModelFiles> => (model ??= openTiny())

async function openTiny(): Promise<ModelFiles> {
  const [textEncoder, dit, vae] = await Promise.all(
    ['umt5_tiny', 'dit_tiny', 'vae_tiny'].map((name) => openGolden(`${name}.weights`)),
  )
  const networks = wan21Networks({
    textEncoder: textEncoderConfig(textEncoder!),
    dit: ditConfig(dit!),
    vae: vaeConfig(vae!),
  })
  const weights = { textEncoder: textEncoder!, dit: dit!, vae: vae! }
  const films = { networks: withFilms(networks, FACTS), weights }
  const tiny = formulaFile('taehv', taehvShapes(TAEHV), 'live/')
  return { ...fullSizeModel(), ...withCompanion(films, 'tinyDecoder', tiny, 'taew2_1.safetensors') }
}

const PROMPTS = [
  [5, 6, 1],
  [9, 2, 7, 1],
]

function filmClip(film: Partial<LiveClip>, decoder: DecoderId = 'tiny'): FilmClip {
  const settings = { ...settingsOf(SIZE), guidanceScale: 1, decoder }
  return {
    ...clipOf(settings, []),
    prompts: PROMPTS,
    film: { facts: FACTS, window: FACTS.window, prompts: [{ first: 0, prompt: 0 }], ...film },
  }
}

interface Made {
  readonly latents: readonly FilmLatents[]
  readonly frames: readonly string[]
  readonly measured: readonly number[]
  readonly tail: readonly FilmLatents[]
}

async function make(gpuCase: GpuCase, clip: FilmClip, events: FilmEvents = {}): Promise<Made> {
  const { gpu, ops } = await testGpu(gpuCase) // pipelines are compiled once
  const { networks, weights } = await tinyModel()
  const latents: FilmLatents[] = []
  const frames: string[] = []
  const measured: number[] = []
  const tail = new FilmTail(clip.film.window, clip.film.before)
  const reading: Promise<void>[] = []
  const before = ops.pool.mark()
  const phases = livePhases(networks, ops, clip, {
    onFrame: async (i420) => void frames.push(Buffer.from(i420).toString('base64')),
    onChunk(first, chunk, bytes) {
      const shape = [dim(chunk, 0), dim(chunk, 1), dim(chunk, 2), dim(chunk, 3)] as const
      reading.push(
        bytes.then((found) => {
          const part = { first, shape, values: floatsOf(chunk, found) }
          latents.push(part)
          tail.add(part)
        }),
      )
    },
    ...events,
  })
  const at = loadingOf(ops, weights, { device: fitForOrt(gpu.device), tokens: 4 })
  try {
    await runPhases(phases, networks, at, {
      async around(_phase, body) {
        await body()
        measured.push(ops.pool.highWater)
      },
    })
    await Promise.all(reading)
  } catch (error) {
    // As the engine does after a cancel.
    ops.recorder.discard()
    ops.pool.releaseSince(before)
    throw error
  } finally {
    ops.pool.trim()
    expect(ops.pool.bytes, 'bytes left behind').toBe(0)
  }
  return { latents, frames, measured, tail: tail.latents }
}

const bitsOf = (parts: readonly FilmLatents[]): string[] =>
  parts.map(({ first, values }) => `${first}: ${Buffer.from(values.buffer).toString('base64')}`)

describe.each(quickCases())('a film on $name', (gpuCase) => {
  it.each<DecoderId>(['full', 'tiny'])(
    'with the %s decoder is planned to the byte, and has all frames',
    async (decoder) => {
      const { gpu } = await testGpu(gpuCase)
      const clip = filmClip({ frames: 7 }, decoder)
      const { frames, measured, latents } = await make(gpuCase, clip)
      expect(latents.map(({ first }) => first)).toEqual([0, 1, 3, 5])
      expect(frames).toHaveLength(25)
      const residency = { text: 'f32', weights: 'f16', streamed: false } as const
      const planned = (await planStages(await tinyModel(), clip, gpu, residency)).map(stageBytes)
      expect(planned.slice(1)).toEqual(measured.slice(1)) // the text encoder has a pool of its own
    },
  )
})

// What does not depend on the adapter or its numbers.
describe.each(quickCases().slice(-1))('a film on $name', (gpuCase) => {
  it('has the same bits as far as it goes, wherever it is stopped', async () => {
    const whole = await make(gpuCase, filmClip({ frames: 9 }))
    const stopped = await make(gpuCase, filmClip({}), { isEnd: (next) => next >= 5 })
    expect(bitsOf(stopped.latents)).toEqual(bitsOf(whole.latents).slice(0, 3))
    expect(stopped.frames).toEqual(whole.frames.slice(0, 17))
  })

  it('has the same bits with a window as long as it is, and a longer one', async () => {
    const exact = { frames: 5, sink: 0 }
    const [tight, roomy] = [
      await make(gpuCase, filmClip({ frames: 5, window: exact })),
      await make(gpuCase, filmClip({ frames: 5, window: { frames: 21, sink: 3 } })),
    ]
    expect(bitsOf(tight.latents)).toEqual(bitsOf(roomy.latents))
    const shorter = await make(gpuCase, filmClip({ frames: 5, window: { frames: 3, sink: 0 } }))
    expect(bitsOf(shorter.latents).at(-1)).not.toBe(bitsOf(tight.latents).at(-1))
  })

  it('follows the prompts of its list, from their frames on', async () => {
    const one = await make(gpuCase, filmClip({ frames: 7 }))
    const list = [
      { first: 0, prompt: 0 },
      { first: 3, prompt: 1 },
    ]
    const two = await make(gpuCase, filmClip({ frames: 7, prompts: list }))
    expect(bitsOf(two.latents).slice(0, 2)).toEqual(bitsOf(one.latents).slice(0, 2))
    expect(bitsOf(two.latents)[2]).not.toBe(bitsOf(one.latents)[2])
    // The same prompt, asked for on the way.
    const typed = await make(gpuCase, filmClip({ frames: 7 }), {
      newPrompt: (first) => (first === 3 ? PROMPTS[1] : undefined),
    })
    expect(bitsOf(typed.latents)).toEqual(bitsOf(two.latents))
  })

  it('goes on from the latents of a film before it', async () => {
    const whole = await make(gpuCase, filmClip({ frames: 7, window: { frames: 9, sink: 1 } }))
    const start = await make(gpuCase, filmClip({ frames: 3, window: { frames: 9, sink: 1 } }))
    expect(firstNew({ before: start.tail })).toBe(3)
    const rest = await make(
      gpuCase,
      filmClip({ frames: 7, window: { frames: 9, sink: 1 }, before: start.tail }),
    )
    expect(bitsOf([...start.latents, ...rest.latents])).toEqual(bitsOf(whole.latents))
    expect([...start.frames, ...rest.frames]).toEqual(whole.frames)
  })

  it('is close to itself with keys and values in 8 bits', async () => {
    const window = { frames: 6, sink: 1 }
    const [float, int8] = [
      await make(gpuCase, filmClip({ frames: 5, window })),
      await make(gpuCase, filmClip({ frames: 5, window: { ...window, format: 'int8' } })),
    ]
    for (const [i, { values }] of int8.latents.entries())
      expect(relativeError(values, float.latents[i]!.values)).toBeLessThan(0.02)
    expect(bitsOf(int8.latents)).not.toEqual(bitsOf(float.latents))
  })

  it(`takes no more memory after ${LONG} latent frames than after ${LONG / 2}`, async () => {
    const [half, whole] = [
      await make(gpuCase, filmClip({ frames: LONG / 2 + 1 })),
      await make(gpuCase, filmClip({ frames: LONG + 1 })),
    ]
    expect(whole.measured).toEqual(half.measured)
    expect(bitsOf(half.latents)).toEqual(bitsOf(whole.latents).slice(0, half.latents.length))
  })

  it('leaves nothing behind when it is cancelled', async () => {
    const stop = new AbortController()
    const made = make(gpuCase, filmClip({}), {
      signal: stop.signal,
      isEnd(next) {
        if (next >= 3) stop.abort(new Error('enough'))
        return false
      },
    })
    await expect(made).rejects.toThrow('enough')
  })
})

describe('a plan of a film', () => {
  it('takes a smaller window where memory is short, and 8 bits where they are asked for', async () => {
    const files = await tinyModel()
    const device = { storage: 'f16', maxBindingBytes: 2 ** 27, maxBufferBytes: 2 ** 28 } as const
    const window = { frames: 400, sink: 1, isRelative: true }
    const facts = { ...FACTS, window }
    const clip = filmClip({ facts, window })
    const request = { weightFormat: 'f16', memoryBytes: 1e9, cache: 'auto' } as const
    const best = await planFilm(files, clip, device, request)
    expect(best.clip.film.window).toEqual(window)
    const less = await planFilm(files, clip, device, { ...request, memoryBytes: best.plan.peakBytes - 1 })
    // Of two layers, 8 bits alone save nothing: a layer's keys and values are restored as f16 while it is computed.
    expect(less.clip.film.window).toEqual({ ...window, frames: 12 })
    expect(less.plan.notes.at(-1)).toMatch(/12 latent frames/)
    expect(less.plan.peakBytes).toBeLessThan(best.plan.peakBytes)
    expect(filmRecipe(facts, less.clip.film.window).chunk).toBe(2)
    const asked = await planFilm(files, clip, device, { ...request, cache: 'int8' })
    expect(asked.clip.film.window).toEqual({ ...window, format: 'int8' })
  })
})

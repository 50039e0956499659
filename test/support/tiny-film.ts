// Films of the goldens' tiny networks, made as the engine makes them.
import { expect } from 'vitest'
import { formulaFile } from '../../src/cli/synthesize/formula'
import { srvggShapes, taehvShapes } from '../../src/cli/synthesize/shapes'
import { FilmTail, type LiveClip } from '../../src/engine/live/live-clip'
import { livePhases, type FilmClip, type FilmEvents } from '../../src/engine/live/live-phases'
import { withCompanion } from '../../src/engine/model/companions'
import { CAUSAL_ROLE, withFilms, type LiveFacts } from '../../src/engine/model/live-facts'
import { LoraOverlay } from '../../src/engine/model/loras'
import type { ModelFiles } from '../../src/engine/model/opened'
import { runPhases } from '../../src/engine/phases'
import { floatsOf } from '../../src/gpu/ops'
import { dim } from '../../src/gpu/tensor'
import { fileLoader } from '../../src/models/blocks/weight-loader'
import type { Residency } from '../../src/models/family'
import type { FilmLatents } from '../../src/protocol/live'
import type { DecoderId } from '../../src/protocol/settings'
import { clipOf, fullSizeModel, settingsOf } from './full-size'
import { testGpu } from './gpu'
import type { GpuCase } from './gpu-cases'
import { fitForOrt } from './ort-in-node'
import { TINY_TAEHV, tinyWan21 } from './tiny-wan21'

const SIZE = { width: 32, height: 32, numFrames: 9 }

export const FACTS: LiveFacts = {
  role: 'dit',
  chunk: 2,
  isFirstAlone: true,
  steps: [1000, 500],
  shift: 5,
  isWarped: true,
  contextTimestep: 0,
  window: { frames: 6, sink: 1, isRelative: true },
}

const models = new Map<LiveFacts['role'], Promise<ModelFiles>>()

/** @param role of the transformer that makes films: the model's own, or a causal student beside it */
export function tinyModel(role: LiveFacts['role'] = 'dit'): Promise<ModelFiles> {
  const model = models.get(role) ?? openTiny(role)
  models.set(role, model)
  return model
}

async function openTiny(role: LiveFacts['role']): Promise<ModelFiles> {
  const { networks, weights: own } = await tinyWan21()
  const weights = { ...own, ...(role === CAUSAL_ROLE && { [CAUSAL_ROLE]: own.dit }) }
  const films = { networks: withFilms(networks, { ...FACTS, role }), weights }
  const tiny = formulaFile('taehv', taehvShapes(TINY_TAEHV), 'live/')
  const upscaler = formulaFile('srvgg', srvggShapes({ features: 8, convs: 3, factor: 4 }), 'live/')
  const withDecoder = withCompanion(films, 'tinyDecoder', tiny, 'taew2_1.safetensors')
  return { ...fullSizeModel(), ...withCompanion(withDecoder, 'upscaler', upscaler, 'upscaler.pth') }
}

export const PROMPTS = [
  [5, 6, 1],
  [9, 2, 7, 1],
]

export function filmClip(film: Partial<LiveClip>, decoder: DecoderId = 'tiny'): FilmClip {
  const settings = { ...settingsOf(SIZE), guidanceScale: 1, decoder }
  return {
    ...clipOf(settings, []),
    prompts: PROMPTS,
    film: { facts: FACTS, window: FACTS.window, prompts: [{ first: 0, prompt: 0 }], ...film },
  }
}

export interface MadeFilm {
  readonly latents: readonly FilmLatents[]
  readonly frames: readonly string[]
  readonly measured: readonly number[]
  readonly tail: readonly FilmLatents[]
}

export const FILM_RESIDENCY: Residency = { text: 'f32', weights: 'f16', streamed: false }

/** Fails where the film leaves memory behind. */
export async function makeFilm(
  gpuCase: GpuCase,
  clip: FilmClip,
  events: FilmEvents = {},
  model = tinyModel(),
): Promise<MadeFilm> {
  const { gpu, ops } = await testGpu(gpuCase) // pipelines are compiled once
  const { networks, weights } = await model
  const latents: FilmLatents[] = []
  const frames: string[] = []
  const measured: number[] = []
  const tail = new FilmTail(clip.film.window, clip.film.before)
  const overlay = new LoraOverlay(clip.loras ?? [], 0)
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
  const at = {
    ops,
    device: fitForOrt(gpu.device),
    weights,
    residency: FILM_RESIDENCY,
    tokens: 4,
    loader: (role: string, format?: Residency['weights']) =>
      overlay.loader(role, weights[role]!, (file) => fileLoader(ops, file, format)),
  }
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

export const bitsOf = (parts: readonly FilmLatents[]): string[] =>
  parts.map(({ first, values }) => `${first}: ${Buffer.from(values.buffer).toString('base64')}`)

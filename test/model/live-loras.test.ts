// LoRAs in films: over the model's own transformer, or over the causal student that takes its place.
import { describe, expect, it } from 'vitest'
import type { FilmClip } from '../../src/engine/live/live-phases'
import { openLive } from '../../src/engine/live/open-live'
import { planStages, stageBytes } from '../../src/engine/memory/dry-run'
import { CAUSAL_ROLE, type LiveFacts } from '../../src/engine/model/live-facts'
import { LoraOpener, loraReport } from '../../src/engine/model/loras'
import type { Workshop } from '../../src/engine/workshop'
import type { EngineCard } from '../../src/protocol/engine'
import { ditConfig } from '../support/config'
import { openGolden } from '../support/golden'
import { testGpu } from '../support/gpu'
import { quickCases } from '../support/gpu-cases'
import { bitsOf, FACTS, FILM_RESIDENCY, filmClip, makeFilm, tinyModel } from '../support/tiny-film'
import { someLayers, tinyLora } from '../support/tiny-lora'

const LAYERS = someLayers(ditConfig(await openGolden('dit_tiny.weights')), 2)
const STYLE = { name: 'style.safetensors', file: new Blob([tinyLora({ layers: LAYERS, size: 0.5 })]) }

async function filmWith(role: LiveFacts['role'], strength?: number): Promise<FilmClip> {
  const opener = new LoraOpener(await tinyModel(role))
  const loras = strength === undefined ? [] : await opener.open([{ file: STYLE, strength }])
  return { ...filmClip({ frames: 3, facts: { ...FACTS, role } }), ...(loras.length > 0 && { loras }) }
}

describe.each(quickCases().slice(-1))('a film with a LoRA on $name', (gpuCase) => {
  it.each(['dit', CAUSAL_ROLE] as const)(
    'changes with its strength, of the file of role %s',
    async (role) => {
      const { gpu } = await testGpu(gpuCase)
      const model = tinyModel(role)
      const run = async (strength?: number) => makeFilm(gpuCase, await filmWith(role, strength), {}, model)
      const [none, zero, half, whole] = [await run(), await run(0), await run(0.5), await run(1)]
      expect(bitsOf(zero.latents)).toEqual(bitsOf(none.latents))
      expect(zero.measured).toEqual(none.measured)
      for (const i of none.latents.keys()) {
        const bits = [none, half, whole].map(({ latents }) => bitsOf(latents)[i])
        expect(new Set(bits).size, `chunk ${i}`).toBe(3)
      }
      const clip = await filmWith(role, 1)
      const planned = (await planStages(await model, clip, gpu, FILM_RESIDENCY)).map(stageBytes)
      expect(planned.slice(1)).toEqual(whole.measured.slice(1)) // the text encoder has a pool of its own
      expect(planned[1]).toBeGreaterThan(none.measured[1]!)
      expect(clip.loras!.map(loraReport)).toMatchObject([{ applied: 8, of: 8, strength: 1, leftOut: [] }])
    },
  )
})

it('are opened for the student as soon as the model has one, and not for others', async () => {
  const { weights, ...own } = await tinyModel(CAUSAL_ROLE)
  const { [CAUSAL_ROLE]: student, ...others } = weights
  const rolesOf = async (files: ConstructorParameters<typeof LoraOpener>[0]) =>
    (await new LoraOpener(files).open([{ file: STYLE }]))[0]!.roles
  const later = { [CAUSAL_ROLE]: async () => student! }
  expect(await rolesOf({ ...own, weights: others, later })).toEqual(['dit', CAUSAL_ROLE])
  expect(await rolesOf({ ...own, weights: others })).toEqual(['dit'])
})

it('have one strength for all steps of a film', async () => {
  const files = await tinyModel()
  const loras = await new LoraOpener(files).open([{ file: STYLE, strength: [1, 0.5] }])
  const { settings } = filmClip({})
  const card = { model: { title: 'Tiny', live: {}, limits: { promptCharacters: 100 } } } as EngineCard
  const materials = { files, loras, holdsColours: false, keepsEnd: false }
  const films = openLive({} as Workshop, card, async () => ({ settings, notes: [], materials }))
  await expect(films.plan({ prompt: 'a red ball' })).rejects.toThrow(
    'style.safetensors has 2 strengths, one for each step. In a film a LoRA has one strength for all steps',
  )
})

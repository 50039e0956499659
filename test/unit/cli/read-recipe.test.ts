import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readArguments, type GenerateArguments } from '../../../src/cli/arguments'
import type { RecipeReading } from '../../../src/protocol/recipe'
import { otherModel, readRecipe, recipeNotes, withRecipe } from '../../../src/cli/read-recipe'

const folder = mkdtempSync(join(tmpdir(), 'zoetrope-recipe-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, content: string): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

it('reads settings from JSON, and says what it leaves out', async () => {
  const reading = await readRecipe(
    file('r.json', '{"prompt":"a fox","seed":7,"lora":"x","model":"wan","imageSha256":"0"}'),
  )
  expect(reading.settings).toEqual({ prompt: 'a fox', seed: 7 })
  expect(recipeNotes(reading)).toEqual(['Of the recipe is left out: lora, the picture that it began with.'])
  expect(recipeNotes({ ...reading, leftOut: [] })).toEqual([])
})

it('says that another model is open', () => {
  const reading: RecipeReading = { origin: 'zoetrope', settings: {}, leftOut: [], model: 'wan' }
  expect(otherModel(reading, 'mini')).toBe(
    'The recipe was made with wan; this clip is made with mini, and will differ.',
  )
  expect(otherModel(reading, 'wan')).toBeUndefined()
  expect(otherModel({ ...reading, model: 'mini' }, 'zoetrope-mini-2')).toBe(
    'The recipe was made with the first Mini, which drew other pictures; this clip will differ.',
  )
})

describe('what is given beside the settings', () => {
  const given = (...more: string[]): GenerateArguments =>
    withRecipe(readArguments(['--recipe', 'r.mp4', '--out', 'x.mp4', ...more]), {
      control: { task: 'inpaint', strength: 0.5 },
      given: { holdsColours: true },
    })

  it('is taken from the recipe, where its files are given', () => {
    expect(given('--control', 'c.mp4').control).toEqual({
      control: 'c.mp4',
      references: [],
      task: 'inpaint',
      strength: 0.5,
    })
    expect(given('--continue', 'a.end').holdsColours).toBe(true)
    expect(given()).not.toHaveProperty('control')
    expect(given().holdsColours).toBe(false)
  })

  it('is overruled by the options', () => {
    expect(
      given('--control', 'c.mp4', '--control-task', 'outpaint', '--control-strength', '1').control,
    ).toMatchObject({ task: 'outpaint', strength: 1 })
  })
})

it('refuses a file that has none, and one that is not there', async () => {
  await expect(readRecipe(file('film.mp4', 'x'))).rejects.toThrow(
    'film.mp4 contains no settings that Zoetrope can read.',
  )
  await expect(readRecipe(join(folder, 'none'))).rejects.toThrow('There is no file at')
})

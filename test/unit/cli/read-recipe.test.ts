import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { readRecipe, recipeNotes } from '../../../src/cli/read-recipe'

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
  expect(recipeNotes(reading, 'mini')).toEqual([
    'The recipe was made with wan; this clip is made with mini, and will differ.',
    'Of the recipe is left out: lora, the picture that it began with.',
  ])
  expect(recipeNotes({ ...reading, leftOut: [] }, 'wan')).toEqual([])
  expect(recipeNotes({ ...reading, model: 'mini', leftOut: [] }, 'zoetrope-mini-2')).toEqual([
    'The recipe was made with the first Mini, which drew other pictures; this clip will differ.',
  ])
})

it('refuses a file that has none, and one that is not there', async () => {
  await expect(readRecipe(file('film.mp4', 'x'))).rejects.toThrow(
    'film.mp4 contains no settings that Zoetrope can read.',
  )
  await expect(readRecipe(join(folder, 'none'))).rejects.toThrow('There is no file at')
})

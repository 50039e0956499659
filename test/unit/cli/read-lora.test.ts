import { mkdirSync, mkdtempSync, openAsBlob, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readLora, recipeLoras } from '../../../src/cli/read-lora'
import { UsageError } from '../../../src/cli/usage-error'
import { fingerprintOf } from '../../../src/protocol/fingerprint'

let folder: string
const inFolder = (name: string): string => join(folder, name)

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-lora-'))
  mkdirSync(inFolder('folder'))
  writeFileSync(inFolder('style.safetensors'), 'one')
  writeFileSync(inFolder('a:b.pt'), 'two')
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('--lora', () => {
  it.each([
    ['style.safetensors', 'style.safetensors', 1],
    ['style.safetensors:0.8', 'style.safetensors', 0.8],
    ['style.safetensors:-2', 'style.safetensors', -2],
    ['style.safetensors:1,1,0', 'style.safetensors', [1, 1, 0]],
    ['a:b.pt', 'a:b.pt', 1],
    ['a:b.pt:.5', 'a:b.pt', 0.5],
  ])('%s is a file and a strength', (text, name, strength) => {
    expect(readLora(inFolder(text))).toEqual({ path: inFolder(name), strength })
  })

  it.each([
    ['absent.safetensors:1', 'There is no LoRA at'],
    ['folder', 'There is no LoRA at'],
    ['style.safetensors:x', 'There is no LoRA at'],
    ['style.safetensors:3', 'The strength of style.safetensors is 3 and must be a number from −2 to 2.'],
    ['style.safetensors:1,,1', 'The strength of style.safetensors is NaN'],
  ])('%s is refused', (text, sentence) => {
    expect(() => readLora(inFolder(text))).toThrow(UsageError)
    expect(() => readLora(inFolder(text))).toThrow(sentence)
  })
})

it('the LoRAs of a recipe lie beside it, are the same files, or are named', async () => {
  const fingerprint = await fingerprintOf(await openAsBlob(inFolder('style.safetensors')))
  const { loras, notes } = await recipeLoras(
    [
      { file: 'C:\\loras\\style.safetensors', strength: 0.8, fingerprint },
      { file: 'a:b.pt', strength: 1, fingerprint },
      { file: 'gone.safetensors', strength: [1, 0] },
    ],
    inFolder('clip.mp4'),
  )
  expect(loras).toEqual([{ path: inFolder('style.safetensors'), strength: 0.8 }])
  expect(notes).toEqual([
    'The LoRA a:b.pt of the recipe, at strength 1, is another file here: it is left out, and the clip will differ. Give it with --lora FILE:1.',
    'The LoRA gone.safetensors of the recipe, at strength 1, 0, is not here: it is left out, and the clip will differ. Give it with --lora FILE:1,0.',
  ])
})

// npm run generate with a picture, on a tiny Wan 2.2 TI2V in the files that people have.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { readRecipe } from '../../src/media/recipe-box'
import { asGguf, asSafetensors, comfyTextEncoder, TI2V_SHAPES } from '../support/raw-model'
import { generate, type Run } from './support/generate'
import { inspectBoxes } from './support/inspect-mp4'
import { IS_LONG } from './support/long'
import { writeTinyModel } from './support/tiny-model'

const MINUTES = 60_000
const picture = (name: string): string => join(import.meta.dirname, '../fixtures/pictures', name)
let folder: string
let model: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-image-'))
  model = join(folder, 'ti2v')
  mkdirSync(model)
  writeFileSync(join(model, 'Wan2.2-TI2V-Q8_0.gguf'), asGguf(TI2V_SHAPES.dit, 'Q8_0'))
  writeFileSync(join(model, 'umt5-fp16.safetensors'), comfyTextEncoder())
  writeFileSync(join(model, 'wan2.2_vae.safetensors'), asSafetensors(TI2V_SHAPES.vae))
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function boat(out: string, ...more: string[]): Promise<Run> {
  const settings = ['--frames', '5', '--steps', '2', '--guidance', '1', '--seed', '7', '--json']
  return generate('a boat', '--out', out, '--model', model, ...settings, ...more)
}

const SIZE = ['--width', '96', '--height', '64']

it(
  'a text, and a text with a picture, make two films',
  async () => {
    const report = async (out: string, ...more: string[]): Promise<Record<string, unknown>> => {
      const { status, stdout, stderr } = await boat(out, ...SIZE, ...more)
      expect([status, stderr]).toEqual([0, expect.stringContaining('denoise 2/2')])
      expect(stderr.includes('encoding the picture 1/1')).toBe(more.includes('--image'))
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
    }
    const film = join(folder, 'film.mp4')
    const fromText = await report(film)
    expect(fromText).not.toHaveProperty('imageSha256')
    const fromPicture = await report(film, '--image', picture('plain.png'))
    expect(fromPicture).toMatchObject({ model: 'wan-2x128', width: 96, height: 64, frames: 5, fps: 24 })
    expect(fromPicture['imageSha256']).toMatch(/^[0-9a-f]{64}$/)
    expect(fromPicture['latentsSha256']).not.toBe(fromText['latentsSha256'])

    const bytes = new Uint8Array(readFileSync(film))
    expect(inspectBoxes(bytes)).toMatchObject({ width: 96, height: 64, frames: 5 })
    expect(readRecipe(bytes)).toMatchObject({ prompt: 'a boat', imageSha256: fromPicture['imageSha256'] })

    if (!IS_LONG) return
    const lossless = await report(film, '--image', picture('lossless.webp'))
    expect(lossless['imageSha256']).toBe(fromPicture['imageSha256'])
    expect(lossless['latentsSha256']).toBe(fromPicture['latentsSha256'])
  },
  10 * MINUTES,
)

it(
  'a clip goes on from the end of another',
  async () => {
    const end = join(folder, 'end.safetensors')
    const report = async (...more: string[]): Promise<Record<string, unknown>> => {
      const { status, stdout, stderr } = await boat(join(folder, 'row.mp4'), ...more)
      expect([status, stderr]).toEqual([0, expect.stringContaining('denoise 2/2')])
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
    }
    const first = await report(...SIZE, '--image', picture('plain.png'), '--keep-end', end)
    expect(first).not.toHaveProperty('end')
    expect(existsSync(end)).toBe(true)
    const next = await report('--continue', end)
    expect(next).toMatchObject({ width: 96, height: 64 })
    expect(next['continuesSha256']).toMatch(/^[0-9a-f]{64}$/)
    expect(next).not.toHaveProperty('imageSha256')
    expect(next['latentsSha256']).not.toBe(first['latentsSha256'])
    if (!IS_LONG) return
    const held = await report('--continue', end, '--hold-colours')
    expect(held['continuesSha256']).toBe(next['continuesSha256'])
    expect(new Set([first, next, held].map((each) => each['latentsSha256'])).size).toBe(3)
  },
  10 * MINUTES,
)

it.each([
  ['absent.png', /^There is no picture at .*absent\.png\. --image names a PNG, JPEG, WebP or AVIF file\.$/m],
  ['plain.gif', /^plain\.gif .*Choose a PNG, JPEG, WebP or AVIF file\.$/m],
])('%s is refused before any work', async (name, sentence) => {
  const { status, stderr } = await boat(join(folder, 'refused.mp4'), '--image', picture(name))
  expect(stderr).toMatch(sentence)
  expect(status).toBe(2)
})

it(
  'a model of text alone refuses a picture',
  async () => {
    const tiny = await writeTinyModel()
    try {
      const out = join(folder, 'refused.mp4')
      const { status, stderr } = await generate(
        'a',
        '--out',
        out,
        '--model',
        tiny,
        '--image',
        picture('plain.png'),
      )
      expect(stderr).toMatch(
        /plain\.png cannot be used: .* makes clips from text alone\. Choose a model that takes a picture/,
      )
      expect(status).toBe(1)
    } finally {
      rmSync(tiny, { recursive: true })
    }
  },
  5 * MINUTES,
)

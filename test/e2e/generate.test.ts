// npm run generate, as a script calls it.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readRecipe } from '../../src/media/recipe-box'
import { asGguf, asSafetensors, comfyTextEncoder, SHAPES } from '../support/raw-model'
import { REFUSED } from './support/bad-input'
import { generate } from './support/generate'
import { inspectBoxes, inspectWithFfprobe } from './support/inspect-mp4'
import { writeTinyModel } from './support/tiny-model'

const MINUTES = 60_000

let folder: string
let model: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-out-'))
  model = await writeTinyModel()
})

afterAll(() => {
  for (const path of [folder, model]) if (path) rmSync(path, { recursive: true })
})

const FIELDS = [
  'out',
  'model',
  'prompt',
  'seed',
  'width',
  'height',
  'frames',
  'fps',
  'steps',
  'guidance',
  'shift',
  'sampler',
  'cache',
  'decoder',
  'upscale',
  'codec',
  'adapter',
  'seconds',
  'stages',
  'peakGpuBytes',
  'plannedGpuBytes',
  'latentsSha256',
  'variants',
  'notes',
]

describe('a mistake is refused before any work', () => {
  it.concurrent.each(REFUSED)('$flags', async ({ flags, answer }) => {
    const out = join(folder, `refused ${flags.join(' ')}.mp4`)
    const { status, stdout, stderr } = await generate(...flags, '--out', out, '--model', model)
    expect({ status, stdout, stderr }).toEqual({ status: 2, stdout: '', stderr: `${answer}\n` })
    expect(existsSync(out)).toBe(false)
  })

  it.concurrent.each([
    [['a', '--out', 'x.mp4', '--speed', '3'], /Unknown option '--speed'/],
    [['a', 'b', '--out', 'x.mp4'], /One prompt is needed, in quotation marks; 2 were given/],
    [['a'], /--out must name the file/],
    [['a', '--out', 'x.mp4', '--model', 'absent'], /There is no model at .*absent/],
    [['a', '--out', '/absent/folder/x.mp4'], /the folder \/absent\/folder is missing/],
  ])('%j', async (args, sentence) => {
    const { status, stdout, stderr } = await generate(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toMatch(sentence)
  })
})

it(
  'writes a whole file and says all about it',
  async () => {
    const out = join(folder, 'ball.mp4')
    const { status, stdout, stderr } = await generate(
      'a red ball',
      '--out',
      out,
      '--model',
      model,
      '--width',
      '33',
      '--height',
      '32',
      '--frames',
      '6',
      '--steps',
      '1',
      '--seed',
      '7',
      '--json',
    )
    expect(stderr).toContain('Width 33 became 32: sides are multiples of 16.')
    expect(stderr).toContain('Frames 6 became 5: a clip has 4n + 1 frames.')
    expect(stderr).toMatch(/\[4\/6\] denoise 1\/1/)
    expect(status).toBe(0)
    const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
    expect(Object.keys(report)).toEqual(FIELDS)
    expect(report).toMatchObject({
      out,
      model: 'tiny',
      prompt: 'a red ball',
      seed: 7,
      width: 32,
      height: 32,
      frames: 5,
      fps: 16,
      steps: 1,
    })
    expect(readdirSync(folder)).toEqual(['ball.mp4'])
    const bytes = new Uint8Array(readFileSync(out))
    const facts = { width: 32, height: 32, frames: 5, duration: 5 / 16 }
    expect(inspectBoxes(bytes)).toMatchObject(facts)
    expect(inspectWithFfprobe(bytes) ?? facts).toEqual(facts)
    expect(readRecipe(bytes)).toMatchObject({ prompt: 'a red ball', seed: 7 })
  },
  5 * MINUTES,
)

it(
  'raw files as people have them make a film',
  async () => {
    const raw = mkdtempSync(join(tmpdir(), 'zoetrope-raw-'))
    try {
      mkdirSync(join(raw, 'unet'))
      writeFileSync(join(raw, 'unet/wan-Q8_0.gguf'), asGguf(SHAPES.dit, 'Q8_0'))
      writeFileSync(join(raw, 'umt5-fp16.safetensors'), comfyTextEncoder())
      writeFileSync(join(raw, 'vae.safetensors'), asSafetensors(SHAPES.vae))
      const out = join(folder, 'raw.mp4')
      const { status, stdout, stderr } = await generate(
        'a red ball',
        '--out',
        out,
        '--model',
        raw,
        '--width',
        '48',
        '--height',
        '32',
        '--frames',
        '5',
        '--steps',
        '1',
        '--guidance',
        '1',
        '--seed',
        '7',
        '--json',
      )
      expect([status, stderr]).toEqual([0, expect.stringContaining('[4/6] denoise 1/1')])
      const report = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Record<string, unknown>
      expect(report).toMatchObject({
        model: 'wan-2x128',
        seed: 7,
        width: 48,
        height: 32,
        frames: 5,
        shift: 8,
      })
      expect(inspectBoxes(new Uint8Array(readFileSync(out)))).toMatchObject({
        width: 48,
        height: 32,
        frames: 5,
      })
      rmSync(join(raw, 'vae.safetensors'))
      const lacking = await generate('a red ball', '--out', out, '--model', raw)
      expect([lacking.status, lacking.stderr]).toEqual([
        1,
        expect.stringMatching(
          /zoetrope-raw-\w+ holds Wan's video transformer \(unet\/wan-Q8_0\.gguf\) and .* Wan 2\.1's VAE .* is missing: add it\./,
        ),
      ])
    } finally {
      rmSync(raw, { recursive: true })
    }
  },
  5 * MINUTES,
)

it(
  'a model file that was cut is named',
  async () => {
    const cut = await writeTinyModel()
    try {
      truncateSync(join(cut, 'dit.safetensors'), 1000)
      const { status, stdout, stderr } = await generate(
        'a red ball',
        '--out',
        join(folder, 'cut.mp4'),
        '--model',
        cut,
      )
      expect([status, stdout]).toEqual([1, ''])
      expect(stderr).toMatch(/dit\.safetensors arrived with 1000 bytes and must have \d+/)
    } finally {
      rmSync(cut, { recursive: true })
    }
  },
  2 * MINUTES,
)

it(
  'the bundled model makes its film',
  async () => {
    const out = join(folder, 'mini.mp4')
    const begun = Date.now()
    const { status, stdout, stderr } = await generate('a red ball moves right by day', '--out', out, '--json')
    console.log(`the bundled model: ${((Date.now() - begun) / 1000).toFixed(0)} s in all; ${stdout.trim()}`)
    expect([status, stderr]).toEqual([0, expect.any(String)])
    expect(inspectBoxes(new Uint8Array(readFileSync(out)))).toMatchObject({ frames: 33, duration: 33 / 16 })
  },
  8 * MINUTES,
)

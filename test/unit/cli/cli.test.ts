import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readArguments } from '../../../src/cli/arguments'
import { HELP } from '../../../src/cli/generate-help'
import { HelpWanted, UsageError } from '../../../src/cli/usage-error'
import { findModel } from '../../../src/cli/find-model'
import { progressLine } from '../../../src/cli/progress-line'

describe('the arguments of generate', () => {
  it('become the input of the one gate', () => {
    const args = [
      'a red ball',
      '--out',
      'x.mp4',
      '--seed',
      '-1',
      '--steps',
      '4',
      '--guidance=2',
      '--negative',
      'blur',
      '--cache',
      'easy',
      '--lora',
      'a.safetensors:-1',
      '--lora=b.pt',
      '--json',
    ]
    expect(readArguments(args)).toMatchObject({
      input: {
        prompt: 'a red ball',
        seed: '-1',
        numInferenceSteps: '4',
        guidanceScale: '2',
        negativePrompt: 'blur',
        cache: 'easy',
      },
      models: ['mini'],
      loras: ['a.safetensors:-1', 'b.pt'],
      choices: {},
      json: true,
    })
  })

  it('may name an upscaler, and a scale', () => {
    const { input, upscaler } = readArguments([
      'a',
      '--out',
      'x.mp4',
      '--upscale',
      '2',
      '--upscaler',
      'u.pth',
    ])
    expect([input, upscaler]).toEqual([{ prompt: 'a', upscale: '2' }, 'u.pth'])
  })

  it('may begin with a dash after --', () => {
    expect(readArguments(['--out', 'x.mp4', '--', '-a ball'])).toMatchObject({
      input: { prompt: '-a ball' },
      json: false,
    })
  })

  it('may have their prompt in a recipe', () => {
    const { input, recipe } = readArguments(['--out', 'x.mp4', '--recipe', 'r.json', '--seed', '3'])
    expect([input, recipe]).toEqual([{ seed: '3' }, resolve('r.json')])
    expect(readArguments(['a ball', '--out', 'x.mp4', '--recipe', 'r.json']).input).toEqual({
      prompt: 'a ball',
    })
  })

  it.each([
    [['a', '--out', 'x', '--recipe', '']],
    [['a', '--out', 'x', '--sed', '1']],
    [['a', '--out', 'x', '--seed']],
    [['a', '--out', 'x', '--json=1']],
    [['a', '--out', 'x', '--steps', '']],
    [['a', '--out', 'x', '--model', '']],
    [['a', '--out', 'x', '--upscaler', '']],
    [['a', '--out', 'x', '--lora', '']],
    [['a', '--out', 'x', '--weights', 'q5']],
    [['a', '--out', 'x', '--memory', 'much']],
    [['a', '--out', 'x', '--activations', 'int4']],
    [[]],
  ])('refuse %j', (args) => {
    expect(() => readArguments(args)).toThrow(UsageError)
  })
})

it('--help is every option, by groups, with what holds where it is not given', () => {
  let help = ''
  try {
    readArguments(['--help'])
  } catch (error) {
    expect(error).toBeInstanceOf(HelpWanted)
    help = (error as Error).message
  }
  expect(help).toBe(HELP)
  const lines = help.split('\n')
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(100)
  expect(lines.filter((line) => /^[A-Z]/.test(line))).toHaveLength(7)
  expect(help).toMatch(
    /^ {2}--cache off\|easy +EasyCache skips steps that would change little \(default: off\)$/m,
  )
  expect(help).toMatch(/^ {2}--steps N +passes of the transformer \(default: the model's\)$/m)
  expect(() => readArguments(['a'])).toThrow(
    /^--out must name the file to write\.\nUsage: .*\nAll options: npm run/,
  )
})

it('the arguments may name raw files, and decide about memory', () => {
  const args = readArguments([
    'a',
    '--out',
    'x.mp4',
    '--model',
    'a.gguf',
    '--model=b',
    '--weights',
    'q4',
    '--memory',
    '4GB',
    '--activations',
    'int8',
  ])
  expect(args).toMatchObject({
    models: ['a.gguf', 'b'],
    choices: { weights: 'q4', memory: '4GB', activations: 'int8' },
  })
})

describe('the model of generate', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'zoetrope-raw-'))
    for (const name of ['raw/vae', 'empty', '.cache', 'raw/.git', 'other/deep'])
      mkdirSync(join(folder, name), { recursive: true })
    for (const name of [
      'raw/dit.gguf',
      'raw/vae/model.safetensors',
      'raw/.git/x.gguf',
      'raw/diary.txt',
      'raw/vae/photo.png',
      'other/dit.gguf',
      '.cache/blob',
    ])
      writeFileSync(join(folder, name), name)
    symlinkSync(join(folder, '.cache/blob'), join(folder, 'other/deep/umt5.safetensors'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const raw = (...places: string[]): Record<string, string> => {
    const model = findModel(places.map((place) => join(folder, place)))
    return model.kind === 'raw' ? Object.fromEntries(model.files.files) : {}
  }

  it('is a folder with a manifest, by its name or its path', () => {
    expect(findModel(['mini'])).toMatchObject({ kind: 'manifest' })
    expect(findModel([join(import.meta.dirname, '../../../public/models/mini')])).toMatchObject({
      kind: 'manifest',
    })
  })

  it('with a manifest is what that names, and no other file', () => {
    const model = findModel(['mini'])
    expect([...model.files.files.keys()].sort()).toEqual([
      'causal.safetensors',
      'dit.safetensors',
      'manifest.json',
      'tiny.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
      'umt5.safetensors',
      'upscaler.safetensors',
      'vae.safetensors',
      'vae_encoder.safetensors',
    ])
  })

  it('is raw files and folders, with links followed; hidden files and those of no model are left alone', () => {
    expect(raw('raw')).toEqual({
      'dit.gguf': join(folder, 'raw/dit.gguf'),
      'vae/model.safetensors': join(folder, 'raw/vae/model.safetensors'),
    })
    expect(Object.keys(raw('raw/dit.gguf', 'other'))).toEqual([
      'dit.gguf',
      'deep/umt5.safetensors',
      '2/dit.gguf',
    ])
  })

  it('may lie beside what cannot be read', () => {
    mkdirSync(join(folder, 'disk/lost+found'), { recursive: true })
    chmodSync(join(folder, 'disk/lost+found'), 0)
    symlinkSync(join(folder, 'disk/round.gguf'), join(folder, 'disk/round.gguf'))
    writeFileSync(join(folder, 'disk/dit.gguf'), '')
    expect(Object.keys(raw('disk'))).toEqual(['dit.gguf'])
    chmodSync(join(folder, 'disk/lost+found'), 0o700)
  })

  it('is not what is not there', () => {
    expect(() => findModel([join(folder, 'absent')])).toThrow(/There is no model at .*absent\./)
    expect(() => findModel(['rcm-wan2.1-t2v-1.3b'])).toThrow(
      /^rCM Wan 2\.1 T2V 1\.3B is not on this disk\. Download its files \(7\.\d GB\)(.|\n)*https:\/\/\S+rCM\S+\.pt\n/,
    )
    expect(() => findModel([join(folder, 'empty')])).toThrow(
      /neither a manifest\.json nor readable weight files were found/,
    )
  })
})

it('progress off a terminal is a line a stage, and one a minute', () => {
  let written = ''
  const line = progressLine({
    isTTY: false,
    write: (text: string) => (written += text),
  } as unknown as NodeJS.WriteStream)
  line.show({ stage: 'tune', step: 4, steps: 4, seconds: 1 })
  line.show({ stage: 'denoise', step: 1, steps: 2, seconds: 1, eta: 1 })
  line.show({ stage: 'denoise', step: 2, steps: 2, seconds: 2 })
  line.show({ stage: 'decode', step: 0, steps: 9, seconds: 0 })
  line.end()
  expect(written).toBe(
    'trying kernels on this GPU 4/4, 1.0 s\n[4/6] denoise 2/2, 2.0 s\n[5/6] decode 0/9, 0.0 s\n',
  )
})

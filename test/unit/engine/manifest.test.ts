import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { WeightsError } from '../../../src/weights/error'
import { reported } from '../../support/reported'
import { fileOf, parseManifest, verifySha256 } from '../../../src/engine/model/manifest'

/** What `JSON.parse` may give: fields can be set to anything. */
interface Json {
  [key: string]: Json
}

const sound = (): Json =>
  JSON.parse(
    JSON.stringify({
      format: 1,
      id: 'mini',
      name: 'Zoetrope Mini',
      version: '0.1.0',
      licence: 'Apache-2.0',
      config: {
        textEncoder: {
          vocabSize: 300,
          dim: 64,
          dimAttn: 64,
          dimFfn: 160,
          numHeads: 4,
          numLayers: 2,
          numBuckets: 32,
          maxDistance: 128,
        },
        dit: {
          dim: 256,
          ffnDim: 512,
          numHeads: 2,
          numLayers: 2,
          inDim: 4,
          outDim: 4,
          patchSize: [1, 2, 2],
          textDim: 64,
          textLen: 24,
          freqDim: 256,
          eps: 1e-6,
        },
        vae: {
          dim: 8,
          zDim: 4,
          dimMult: [1, 2, 4, 4],
          numResBlocks: 2,
          temporalDownsample: [false, true, true],
          mean: [0, 0.5, -1, 0],
          std: [1, 2, 1, 1],
        },
      },
      files: ['tokenizer', 'tokenizerConfig', 'textEncoder', 'dit', 'vae'].map((role) => ({
        role,
        path: `parts/${role}.bin`,
        bytes: 10,
        sha256: 'ab'.repeat(32),
      })),
      defaults: {
        width: 128,
        height: 96,
        numFrames: 17,
        fps: 8,
        numInferenceSteps: 20,
        guidanceScale: 5,
        shift: 3,
        sampler: 'unipc',
      },
      sizes: [
        [128, 96],
        [96, 128],
      ],
      latentPreview: {
        factors: [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
          [0, 0, 0],
        ],
        bias: [0, 0.1, 0],
      },
    }),
  ) as Json

/** The sound manifest with the value at `path` replaced. */
function changed(path: string, value: unknown, json = sound()): Json {
  const keys = path.split('.')
  const last = keys.pop()!
  const parent = keys.reduce((at, key) => at[key]!, json)
  parent[last] = value as Json
  return json
}

/** A sound manifest of a model with all parts. */
function withParts(): Json {
  const files = [...(sound()['files'] as unknown as object[])]
  for (const role of ['vaeEncoder', 'tinyDecoder', 'upscaler', 'causalDit'])
    files.push({ role, path: `${role}.bin`, bytes: 10, sha256: 'cd'.repeat(32) })
  const json = changed('files', files)
  json['defaults'] = { ...json['defaults'], decoder: 'tiny', upscale: 4 } as unknown as Json
  json['onGpu'] = { width: 256, height: 192, decoder: 'full', upscale: 2 } as unknown as Json
  json['config'] = { ...json['config'], conditioning: 'firstFrame' } as unknown as Json
  return json
}

describe('parseManifest', () => {
  it('gives back a sound manifest, and leaves unknown keys out', () => {
    const parsed = (json: unknown) => parseManifest(json, 'manifest.json').manifest
    const expected = (json: unknown): object => {
      const { config: _numbers, ...facts } = json as Record<string, unknown>
      return { family: 'wan2.1', ...facts }
    }
    expect(parsed(changed('note', 'x'))).toEqual(expected(sound()))
    for (const [key, value] of [
      ['sampler', 'dmd'],
      ['negativePrompt', 'blur'],
    ] as const) {
      const json = changed(`defaults.${key}`, value)
      expect(parsed(json)).toEqual(expected(json))
    }
  })

  it('takes the parts that a model may have, and defaults that need them', () => {
    const json = withParts()
    const { manifest, networks } = parseManifest(json, 'm.json')
    const { config: _numbers, ...facts } = json as Record<string, unknown>
    const live = expect.objectContaining({ role: 'causalDit', chunk: 3 }) as object
    expect(manifest).toEqual({ family: 'wan2.1', ...facts, live })
    expect(networks.openFilmDenoiser).toBeDefined()
    expect(networks.openEncoder).toBeDefined()
    expect(parseManifest(sound(), 'm.json').networks.openEncoder).toBeUndefined()
  })

  it.each<[string, unknown, string]>([
    ['defaults.decoder', 'small', 'defaults.decoder is "small" and must be "full" or "tiny"'],
    ['defaults.upscale', 3, 'defaults.upscale is 3 and must be 1 or 2 or 4'],
    ['onGpu.width', 100, 'onGpu.width is 100 and must be a multiple of 16'],
    ['onGpu.width', 4096, 'in onGpu, Width must be a number of pixels from 32 to 1280'],
    ['config.conditioning', 'lastFrame', 'config.conditioning is "lastFrame" and must be "firstFrame"'],
    ['files', sound()['files'], 'in its defaults, Decoder is tiny, and this model has no tiny decoder'],
  ])('refuses such a model with %s = %j', (path, value, problem) => {
    expect(() => parseManifest(changed(path, value, withParts()), 'm.json')).toThrow(problem)
  })

  it('knows its family, which is Wan 2.1 where none is named', () => {
    const { networks, family } = parseManifest(changed('family', 'wan2.1'), 'manifest.json')
    expect(family.id).toBe('wan2.1')
    expect(networks.geometry.stride).toEqual({ frames: 4, height: 8, width: 8 })
    expect(() => parseManifest(changed('family', 'nonesuch'), 'manifest.json')).toThrow(
      'manifest.json: family is "nonesuch" and must be "wan2.1"',
    )
  })

  it.each<[string, unknown, string]>([
    ['format', 2, 'format is 2 and must be 1'],
    ['id', '../x', 'id is "../x" and must be lower-case letters'],
    ['name', ' ', 'name is " " and must be a text'],
    ['licence', undefined, 'licence is missing and must be a text'],
    ['config', null, 'config is null and must be an object'],
    [
      'config.textEncoder.dimAttn',
      66,
      'config.textEncoder.dimAttn is 66 and must be a multiple of 4, the number of heads',
    ],
    [
      'config.textEncoder.vocabSize',
      0,
      'config.textEncoder.vocabSize is 0 and must be a whole number from 1 to 16777216',
    ],
    ['config.dit.dim', 258, 'config.dit.dim is 258 and must be a multiple of 4'],
    ['config.dit.dim', 2 ** 40, 'must be a whole number from 1 to 65536'],
    ['config.dit.numLayers', 1.5, 'config.dit.numLayers is 1.5'],
    ['config.dit.patchSize', [2, 2], 'config.dit.patchSize is [2,2] and must be a list of 3'],
    ['config.dit.textDim', 63, 'config.dit.textDim is 63 and must be 64, the width of the text encoder'],
    ['config.dit.outDim', 5, "config.dit.outDim is 5 and must be 4, the channels of the VAE's latents"],
    ['config.dit.eps', 0, 'config.dit.eps is 0'],
    ['config.vae.dimMult', [1], 'config.vae.dimMult is [1] and must be a list of 2 to 6'],
    [
      'config.vae.temporalDownsample',
      [true],
      'config.vae.temporalDownsample is [true] and must be a list of 3',
    ],
    ['config.vae.temporalDownsample.1', 1, 'config.vae.temporalDownsample[1] is 1 and must be true or false'],
    ['config.vae.mean', [0, 0], 'config.vae.mean is [0,0] and must be a list of 4'],
    ['config.vae.std.2', 0, 'config.vae.std[2] is 0 and must be a number'],
    ['config.vae.mean.0', 'NaN', 'config.vae.mean[0] is "NaN"'],
    ['files.0.role', 'lora', 'files[0].role is "lora" and must be "tokenizer" or'],
    ['files.0.role', 'dit', 'a list with each role once'],
    ['files.0.path', 'parts/dit.bin', 'a list with each path once'],
    ['files', [], 'files is [] and must be a list with a file of role "textEncoder"'],
    ['files.0.bytes', 0, 'files[0].bytes is 0'],
    ['files.0.sha256', 'AB'.repeat(32), 'must be 64 digits of lower-case hex'],
    ['defaults.width', 120, 'defaults.width is 120 and must be a multiple of 16, the pixels of one patch'],
    ['defaults.numFrames', 16, 'defaults.numFrames is 16 and must be 1 more than a multiple of 4'],
    ['defaults.numInferenceSteps', 0, 'defaults.numInferenceSteps is 0'],
    ['defaults.fps', 12.5, 'defaults.fps is 12.5 and must be a whole number from 1 to 240'],
    ['defaults.fps', 23.976, 'defaults.fps is 23.976 and must be a whole number from 1 to 240'],
    ...[
      '../dit',
      '/etc/dit',
      'a/../dit',
      'a\\dit',
      '.hidden',
      'https://example.org/dit',
      'a/%2e%2e/b',
      '',
    ].map((path): [string, unknown, string] => ['files.0.path', path, 'files[0].path is']),
    ['defaults.sampler', 'ddim', 'defaults.sampler is "ddim" and must be "unipc" or "dpm++" or "euler"'],
    ['sizes.1', [96], 'sizes[1] is [96] and must be a list of 2'],
    ['sizes.0.1', 8, 'sizes[0][1] is 8 and must be a whole number from 16 to 8192'],
    ['latentPreview.factors', [[1, 0, 0]], 'latentPreview.factors is [[1,0,0]] and must be a list of 4'],
    ['defaults.fps', 23.976, 'defaults.fps is 23.976 and must be a whole number from 1 to 240'],
    ['defaults.fps', 12.5, 'defaults.fps is 12.5 and must be a whole number from 1 to 240'],
    [
      'defaults.width',
      4096,
      'in its defaults, Width must be a number of pixels from 32 to 1280; 4096 is outside',
    ],
    ['defaults.guidanceScale', 50, 'in its defaults, Guidance must be a number from 0 to 20; 50 is outside'],
    ['defaults.numFrames', 401, 'in its defaults, Frames must be a number from 1 to 161; 401 is outside'],
    ['sizes.0', [4096, 64], 'in sizes[0], Width must be a number of pixels from 32 to 1280'],
    ['latentPreview.bias.0', null, 'latentPreview.bias[0] is null and must be a number'],
  ])('refuses %s = %j', (path, value, problem) => {
    expect(() => parseManifest(changed(path, value), 'm.json')).toThrow(WeightsError)
    expect(() => parseManifest(changed(path, value), 'm.json')).toThrow(problem)
    expect(() => parseManifest(changed(path, value), 'm.json')).toThrow(/^m\.json: .*\.$/)
  })

  it.each([
    ['manifest-fps-23.976.json', 'defaults.fps is 23.976'],
    ['manifest-defaults-outside.json', 'in its defaults, Width must be'],
  ])('refuses what Generate would refuse: %s', (name, problem) => {
    const json: unknown = JSON.parse(new TextDecoder().decode(reported(name)))
    expect(() => parseManifest(json, 'm.json')).toThrow(problem)
  })

  it.each([
    '/etc/passwd',
    '../x',
    'a/../b',
    'a//b',
    './a',
    'https://x.example/a',
    'a\\b',
    'a?b',
    '',
    'a/',
    '.a',
    'a\n',
  ])('refuses the path %j', (path) => {
    expect(() => parseManifest(changed('files.1.path', path), 'm.json')).toThrow('files[1].path is')
  })

  it('takes any JSON as a manifest or an error of ours', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.constantFrom(
          'config',
          'config.dit',
          'config.vae.std',
          'files',
          'files.0',
          'defaults',
          'sizes',
          'latentPreview',
        ),
        (value, path) => {
          for (const json of [value, changed(path, value)]) {
            try {
              parseManifest(json, 'm.json')
            } catch (error) {
              expect(error).toBeInstanceOf(WeightsError)
            }
          }
        },
      ),
    )
  })

  it('finds files by their role', () => {
    const { manifest } = parseManifest(sound(), 'm.json')
    expect(fileOf(manifest, 'vae').path).toBe('parts/vae.bin')
    expect(() => fileOf({ ...manifest, files: [] }, 'tokenizer')).toThrow(
      'The model Zoetrope Mini has no file of role "tokenizer"',
    )
  })
})

describe('verifySha256', () => {
  const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

  it('knows right from wrong', async () => {
    await verifySha256(new TextEncoder().encode('abc'), abc, 'x')
    await verifySha256(new TextEncoder().encode('abc'), abc.toUpperCase(), 'x')
    await expect(verifySha256(new TextEncoder().encode('abd'), abc, 'x.bin')).rejects.toThrow(
      new RegExp(`^x\\.bin \\(3 bytes\\) has the SHA-256 [0-9a-f]{64} and must have ${abc}`),
    )
  })
})

import { mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFileList } from '../../../src/weights/sources/model-folder'
import { readArguments, UsageError } from '../../../src/cli/arguments'
import { findModel } from '../../../src/cli/find-model'
import { CONTENT_SECURITY_POLICY, headersFor } from '../../../src/cli/headers'
import { progressLine } from '../../../src/cli/progress-line'
import { parseRange, serveFolder, type Served } from '../../../src/cli/serve'

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
      choices: {},
      json: true,
    })
  })

  it('may begin with a dash after --', () => {
    expect(readArguments(['--out', 'x.mp4', '--', '-a ball'])).toMatchObject({
      input: { prompt: '-a ball' },
      json: false,
    })
  })

  it.each([
    [['a', '--out', 'x', '--sed', '1']],
    [['a', '--out', 'x', '--seed']],
    [['a', '--out', 'x', '--json=1']],
    [['a', '--out', 'x', '--steps', '']],
    [['a', '--out', 'x', '--model', '']],
    [['a', '--out', 'x', '--weights', 'q5']],
    [['a', '--out', 'x', '--memory', 'much']],
    [['a', '--out', 'x', '--activations', 'int4']],
    [[]],
  ])('refuse %j', (args) => {
    expect(() => readArguments(args)).toThrow(UsageError)
  })
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
    expect(findModel(['mini'])).toMatchObject({ kind: 'manifest', manifest: { id: 'mini' } })
    expect(findModel([join(import.meta.dirname, '../../../public/models/mini')])).toMatchObject({
      kind: 'manifest',
    })
  })

  it('is raw files and folders, with links followed and hidden ones left alone', () => {
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

  it('is not what is not there', () => {
    expect(() => findModel([join(folder, 'absent')])).toThrow(/There is no model at .*absent\./)
    expect(() => findModel(['rcm-wan2.1-t2v-1.3b'])).toThrow(
      /^rCM Wan 2\.1 T2V 1\.3B is not on this disk\. Download its files \(7\.\d GB\)(.|\n)*https:\/\/\S+rCM\S+\.pt\n/,
    )
    expect(() => findModel([join(folder, 'empty')])).toThrow(
      /neither a manifest\.json nor files of weights were found/,
    )
  })
})

describe('the local server', () => {
  let folder: string
  let server: Served

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'zoetrope-serve-'))
    mkdirSync(join(folder, 'root/assets'), { recursive: true })
    mkdirSync(join(folder, 'root-secret'))
    writeFileSync(join(folder, 'root/index.html'), '<p>page')
    writeFileSync(join(folder, 'root/assets/a-1.js'), '0123456789')
    writeFileSync(join(folder, 'root-secret/key'), 'secret')
    symlinkSync(join(folder, 'root-secret/key'), join(folder, 'root/link'))
    server = await serveFolder({
      root: join(folder, 'root'),
      mounts: { '/chosen-model/': join(folder, 'root/assets') },
      lists: {
        '/raw/': {
          title: 'Mine',
          files: new Map([
            ['a/key', join(folder, 'root-secret/key')],
            ['gone', join(folder, 'gone')],
          ]),
        },
      },
    })
  })

  afterAll(async () => {
    await server.close()
    rmSync(folder, { recursive: true })
  })

  /** As written: `fetch` would tidy the path. */
  const get = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }>(
      (resolve, reject) => {
        const sent = request(
          { host: 'localhost', port: new URL(server.url).port, path, headers, method },
          (response) => {
            let body = ''
            response.on('data', (text: Buffer) => (body += text.toString()))
            response.on('end', () =>
              resolve({ status: response.statusCode, headers: response.headers, body }),
            )
          },
        )
        sent.on('error', reject)
        sent.end()
      },
    )

  it('sends the page with the headers of a careful host', async () => {
    const { status, headers, body } = await get('/')
    expect([status, body]).toEqual([200, '<p>page'])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cache-control': 'no-cache',
    })
    expect(headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval'")
  })

  it('serves a mounted folder, and files with a hash for ever', async () => {
    expect((await get('/chosen-model/a-1.js')).body).toBe('0123456789')
    expect((await get('/assets/a-1.js')).headers['cache-control']).toContain('immutable')
  })

  it('serves listed files, and their list', async () => {
    const list: unknown = JSON.parse((await get('/raw/files.json')).body)
    expect(parseFileList(list)).toEqual({
      title: 'Mine',
      files: new Map([
        ['a/key', 6],
        ['gone', 0],
      ]),
    })
    const part = await get('/raw/a/key', { range: 'bytes=0-2' })
    expect([part.status, part.body, part.headers['content-range']]).toEqual([206, 'sec', 'bytes 0-2/6'])
    const { etag } = part.headers
    expect(etag).toMatch(/^"6-\w+"$/)
    writeFileSync(join(folder, 'root-secret/key'), 'public')
    utimesSync(join(folder, 'root-secret/key'), 1, 1)
    expect((await get('/raw/a/key')).headers['etag']).not.toBe(etag)
    for (const path of ['/raw/gone', '/raw/key', '/raw/a/../index.html', '/raw/'])
      expect((await get(path)).status, path).toBe(404)
  })

  it.each([
    '/../root-secret/key',
    '/%2e%2e/root-secret/key',
    '/..%2froot-secret%2fkey',
    '/link',
    '/chosen-model/../../root-secret/key',
    '/a%00',
    '/absent',
  ])('does not give out %s', async (path) => {
    expect((await get(path)).status).toBe(404)
  })

  it('answers 400 to nonsense and 405 to writing', async () => {
    expect((await get('/%zz')).status).toBe(400)
    expect((await get('/', {}, 'POST')).status).toBe(405)
  })

  it('sends parts', async () => {
    const { status, headers, body } = await get('/assets/a-1.js', { range: 'bytes=2-4' })
    expect([status, body, headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
    expect((await get('/assets/a-1.js', { range: 'bytes=10-' })).status).toBe(416)
    expect((await get('/assets/a-1.js', {}, 'HEAD')).body).toBe('')
  })

  it.each([
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=3-', { start: 3, end: 9 }],
    ['bytes=-4', { start: 6, end: 9 }],
    ['bytes=-40', { start: 0, end: 9 }],
    ['bytes=5-99', { start: 5, end: 9 }],
    ['bytes=5-4', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=-', undefined],
    ['lines=1-2', undefined],
  ] as const)('reads the range %s', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected)
  })
})

it('the policy allows no inline code, no eval and no other host', () => {
  expect(CONTENT_SECURITY_POLICY).not.toMatch(/unsafe-inline|'unsafe-eval'|https?:|\*/)
})

it('the thread that downloads models alone may reach other hosts', () => {
  const connections = (path: string) =>
    /connect-src ([^;]*)/.exec(headersFor(path)['content-security-policy'] ?? '')?.[1]
  expect(connections('/a/assets/store-worker-x_1-Y.js')).toContain('https:')
  for (const path of [
    '/',
    '/index.html',
    '/assets/worker-x.js',
    '/assets/index-x.js',
    '/store-worker-x.js/y.html',
  ])
    expect(connections(path)).toBe("'self'")
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

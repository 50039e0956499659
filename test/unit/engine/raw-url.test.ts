// Raw files behind the command line's own server: small ones are loaded whole, large ones read by ranges.
import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { vaeShapes } from '../../../src/cli/synthesize/shapes'
import { findModel } from '../../../src/cli/find-model'
import { serveFolder, type Served } from '../../../src/cli/serve'
import { openModel } from '../../../src/engine/model/open'
import { WAN_VAE } from '../../../src/models/wan-vae/config'
import { formulaTensor } from '../../../src/cli/synthesize/formula'
import { SMALL_FILE } from '../../../src/weights/sources/model-folder'
import { asGguf, asSafetensors, comfyTextEncoder, SHAPES } from '../../support/raw-model'

const VAE = vaeShapes({ ...WAN_VAE, dim: 32 })
const TENSOR = 'decoder.conv1.weight'

let folder: string
let server: Served

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-url-'))
  for (const name of ['page', 'model', 'model/a b']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'page/index.html'), '<p>page')
  writeFileSync(join(folder, 'model/dit.gguf'), asGguf(SHAPES.dit, 'Q8_0'))
  writeFileSync(join(folder, 'model/umt5.safetensors'), comfyTextEncoder())
  writeFileSync(join(folder, 'model/a b/vae #1.safetensors'), asSafetensors(VAE))
  const model = findModel([join(folder, 'model')])
  if (model.kind !== 'raw') throw new Error('The folder has no manifest.')
  server = await serveFolder({ root: join(folder, 'page'), lists: { '/chosen/': model.files } })
})

afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

const open = (path = 'chosen/') => openModel({ kind: 'url', url: `${server.url}${path}` })

describe('raw files on a server', () => {
  it('open as those on the disk, and of a large one only its header is read', async () => {
    const fetched = vi.spyOn(globalThis, 'fetch')
    const model = await open()
    expect(model.networks.geometry).toMatchObject({
      channels: 16,
      stride: { frames: 4, height: 8, width: 8 },
    })
    expect(model.manifest.files.find(({ role }) => role === 'vae')?.bytes).toBeGreaterThan(SMALL_FILE)
    const shape = VAE.get(TENSOR) ?? []
    expect(await model.weights['vae']!.floats(TENSOR)).toEqual(formulaTensor(TENSOR, shape, ''))
    const ranges = fetched.mock.calls
      .filter(([url]) => String(url).includes('vae'))
      .map(([, init]) => new Headers(init?.headers).get('range') ?? '')
    fetched.mockRestore()
    expect(ranges.length).toBeGreaterThan(3)
    const bytes = ranges.map((range) => {
      const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? []
      return Number(last) - Number(first) + 1
    })
    expect(bytes.reduce((sum, count) => sum + count)).toBeLessThan(4e6)
  })

  it('that change between two reads are refused', async () => {
    const model = await open()
    utimesSync(join(folder, 'model/a b/vae #1.safetensors'), 1, 1)
    await expect(model.weights['vae']!.floats(TENSOR)).rejects.toThrow('a b/vae #1.safetensors: bytes')
    await expect(model.weights['vae']!.floats(TENSOR)).rejects.toThrow(
      'it changed while it was read. Open the model again.',
    )
    await expect((await open()).weights['vae']!.floats(TENSOR)).resolves.toHaveLength(128 * 16 * 27)
  })

  it('are no longer opened after a cancel, even where the server never answers', async () => {
    const stop = new AbortController()
    const answered = globalThis.fetch
    const fetched = vi.spyOn(globalThis, 'fetch')
    fetched.mockImplementation(async (url, init) =>
      String(url).includes('dit') ? new Promise<Response>(() => undefined) : answered(url, init),
    )
    const opening = openModel({ kind: 'url', url: `${server.url}chosen/` }, stop.signal)
    await vi.waitFor(() => expect(fetched.mock.calls.some(([url]) => String(url).includes('dit'))).toBe(true))
    stop.abort(new Error('Enough.'))
    await expect(opening).rejects.toThrow('Enough.')
    vi.restoreAllMocks()
  })

  it('once open, are read whatever becomes of the signal', async () => {
    const stop = new AbortController()
    const model = await openModel({ kind: 'url', url: `${server.url}chosen/` }, stop.signal)
    stop.abort()
    await expect(model.weights['vae']!.floats(TENSOR)).resolves.toHaveLength(128 * 16 * 27)
  })

  it('that are not listed are no model', async () => {
    await expect(open('absent/')).rejects.toMatchObject({
      code: 'model-missing',
      message: `There is no model at ${server.url}absent/: it has no manifest.json, and no files.json that lists raw files. Choose a folder with a model.`,
    })
  })

  it.each([
    ['{"files": []}', 'files.json: title is missing and must be a text'],
    [
      '{"title": "x", "files": [{"path": "../a", "bytes": 1}]}',
      'files.json: files[0].path is "../a" and must be a relative path',
    ],
    [
      '{"title": "x", "files": [{"path": "/a", "bytes": 1}]}',
      'files.json: files[0].path is "/a" and must be a relative path',
    ],
    ['{"title": "x", "files": [{"path": "a", "bytes": -1}]}', 'files.json: files[0].bytes is -1'],
    ['{', 'files.json is not JSON'],
  ])('behind the list %s are refused', async (list, sentence) => {
    vi.spyOn(globalThis, 'fetch').mockImplementation(async (url) =>
      String(url).endsWith('files.json')
        ? new Response(list)
        : new Response('<p>', { headers: { 'content-type': 'text/html' } }),
    )
    await expect(open()).rejects.toThrow(sentence)
    vi.restoreAllMocks()
  })
})

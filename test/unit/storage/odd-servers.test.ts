// Servers that people really meet: one odd answer does not end a download, and with a known SHA-256 the bytes decide.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { downloadFile, type DownloadOptions } from '../../../src/storage/download-file'
import { dataPath, readState, type ListedFile } from '../../../src/storage/entries'
import { httpSource } from '../../../src/weights/sources/http-source'
import { sha256Hex } from '../../../src/weights/sources/sha256'
import { startOddServer, type OddKind, type OddServer } from '../../support/odd-server'
import { memoryFiles, type MemoryFiles } from './memory-files'

const SIZE = 400_000
const content = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8)) & 255)
const sha256 = await sha256Hex(content)

let server: OddServer
beforeEach(async () => {
  server = await startOddServer(content)
})
afterEach(async () => {
  vi.unstubAllGlobals()
  await server.close()
})

function get(
  files: MemoryFiles,
  kind: OddKind,
  file: Partial<ListedFile> = { sha256 },
  options: Partial<DownloadOptions> = {},
): Promise<void> {
  const listed = { path: 'f.bin', url: server.url(kind), bytes: SIZE, ...file }
  return downloadFile(
    files,
    'key',
    listed,
    { repository: 'owner/model', revision: '0123' },
    {
      signal: new AbortController().signal,
      pause: async () => undefined,
      idle: 500,
      pieceBytes: () => 16_384,
      rangeBytes: 65_536,
      ...options,
    },
  )
}

async function expectWhole(files: MemoryFiles): Promise<void> {
  expect((await readState(files, 'key', 'f.bin')).verified).toBe(sha256)
  expect(Buffer.compare(files.bytes(dataPath('key'))!, content)).toBe(0)
}

describe('a download', () => {
  it.each<OddKind>([
    'stall-body',
    'etag-edges',
    'two-hundred-part',
    'gzip-length',
    'etag-absent',
    'two-hundred-once',
    'forbidden-once',
    'timeout-once',
    'silent-once',
  ])('from a server that is "%s" comes whole', async (kind) => {
    const files = memoryFiles()
    await get(files, kind)
    await expectWhole(files)
  })

  it.each<OddKind>(['two-hundred-part', 'etag-absent', 'two-hundred-once', 'forbidden-once'])(
    'without a SHA-256 comes whole from "%s" too',
    async (kind) => {
      const files = memoryFiles()
      await get(files, kind, {})
      await expectWhole(files)
    },
  )

  it('without a SHA-256 is refused where the edges have different tags, or hide the length', async () => {
    await expect(get(memoryFiles(), 'etag-edges', {}, { connections: 1, oddAnswers: 0 })).rejects.toThrow(
      'the server has another file now',
    )
    await expect(get(memoryFiles(), 'gzip-length', {})).rejects.toThrow(
      'the server does not say how large the file is',
    )
  })

  it('tells what it waits for, and when bytes come again', async () => {
    const seen: (string | undefined)[] = []
    await get(memoryFiles(), 'stall-body', { sha256 }, { onWait: (problem) => seen.push(problem) })
    await get(memoryFiles(), 'forbidden-once', { sha256 }, { onWait: (problem) => seen.push(problem) })
    expect(seen.filter((problem) => problem !== undefined)).toEqual([
      expect.stringMatching(/^nothing came, with \d+ of \d+ bytes to come, for 500 ms$/),
      expect.stringContaining('the server answered 403'),
    ])
    expect(seen.filter((problem) => problem === undefined)).toHaveLength(2)
  })

  it('goes on by itself when the line is back', async () => {
    const files = memoryFiles()
    const line = globalThis.fetch
    let left = 4
    let waits = 0
    vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
      if (--left < 0) throw new TypeError('Failed to fetch')
      return line(url, init)
    })
    await get(
      files,
      'etag-edges',
      { sha256 },
      {
        pause: async () => void (++waits === 100 && (left = Infinity)), // 51 s, and much more
      },
    )
    await expectWhole(files)
    expect(waits).toBeGreaterThanOrEqual(100)
  })

  it('is cancelled while it waits for a server that fell silent', async () => {
    const stop = new AbortController()
    const getting = get(memoryFiles(), 'stall-body', { sha256 }, { signal: stop.signal, idle: 1e6 })
    setTimeout(() => stop.abort(new Error('Enough.')), 100)
    await expect(getting).rejects.toThrow('Enough.')
  })
})

it('a part of a model is asked for again where the server falls silent', async () => {
  const source = await httpSource('f.bin', server.url('silent-once'), SIZE, {
    idle: 500,
    pause: async () => undefined,
  })
  for (let i = 0; i < 6; i++)
    expect([...(await source.read(i * 1000, 3))]).toEqual([...content.subarray(i * 1000, i * 1000 + 3)])
  expect(server.requests.get('silent-once')).toBe(8)
})

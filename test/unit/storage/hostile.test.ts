// Servers as they are: nothing wrong is ever kept, nothing good is lost, and the sentence says what to do.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { sha256Hex } from '../../../src/weights/sources/sha256'
import { downloadFile, type DownloadOptions } from '../../../src/storage/download-file'
import { dataPath, readState, type ListedFile } from '../../../src/storage/entries'
import { startHostileServer, type HostileServer, type Misbehaviour } from '../../support/hostile-server'
import { memoryFiles, type MemoryFiles } from './memory-files'

const SIZE = 400_000
const PIECE = 16_384
const content = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8)) & 255)
const SOURCE = { repository: 'owner/model', revision: '0123' }
const pauses: number[] = []

let server: HostileServer
let sha256: string
beforeAll(async () => {
  server = await startHostileServer(content)
  sha256 = await sha256Hex(content)
})
afterAll(() => server.close())
afterEach(() => {
  server.behave('well')
  server.requests.length = 0
  pauses.length = 0
})

const listed = (changes: Partial<ListedFile> = {}): ListedFile => ({
  path: 'dit.gguf',
  url: server.url,
  bytes: SIZE,
  sha256,
  ...changes,
})

function get(files: MemoryFiles, file = listed(), options: Partial<DownloadOptions> = {}): Promise<void> {
  return downloadFile(files, 'key', file, SOURCE, {
    signal: new AbortController().signal,
    pause: async (milliseconds) => void pauses.push(milliseconds),
    pieceBytes: () => PIECE,
    rangeBytes: 4 * PIECE,
    ...options,
  })
}

async function expectWhole(files: MemoryFiles): Promise<void> {
  expect((await readState(files, 'key', 'dit.gguf')).verified).toBe(sha256)
  expect(Buffer.compare(files.bytes(dataPath('key'))!, content)).toBe(0)
}

/** Some of the file is here, as after an earlier visit. */
async function begun(): Promise<MemoryFiles> {
  const files = memoryFiles()
  const stop = new AbortController()
  await expect(
    get(files, listed(), {
      signal: stop.signal,
      onDone: (bytes) => void (bytes > SIZE / 3 && stop.abort(new Error('Enough.'))),
    }),
  ).rejects.toThrow('Enough.')
  return files
}

const REFUSED: readonly (readonly [Misbehaviour, RegExp])[] = [
  ['wrong-range', /bytes \d+ to \d+ were requested, and the server sent \d+ to \d+ of 400000/],
  ['wrong-total', /the server has another file now/],
  ['no-content-range', /does not say which it sent/],
  [
    'html',
    /the server sent a web page\. The link may need a log-in; download the file yourself and choose it from the disk/,
  ],
  [
    'missing',
    /is not on the server: it answered 404\. Check the address or give another one, or choose a file from your disk/,
  ],
  ['forbidden', /could not be fetched: the server answered 403\. It may require a login/],
]

describe('a server that lies', () => {
  it.each(REFUSED)('"%s" is refused in a sentence; then the rest alone is fetched', async (how, sentence) => {
    const files = await begun()
    const before = (await readState(files, 'key', 'dit.gguf')).pieces.size
    server.behave(how)
    await expect(get(files, listed(), { connections: 1 })).rejects.toThrow(sentence)
    const { pieces, verified } = await readState(files, 'key', 'dit.gguf')
    expect(verified).toBeUndefined()
    expect(pieces.size).toBeGreaterThanOrEqual(before)
    server.behave('well')
    const sent = server.bytesSent
    await get(files)
    await expectWhole(files)
    expect(server.bytesSent - sent).toBe(SIZE - pieces.size * PIECE + 1) // and the probe's byte
  })

  it.each([
    ['html', /dit\.gguf: .*sent a web page/],
    ['missing', /dit\.gguf is not on the server: it answered 404/],
    ['forbidden', /dit\.gguf could not be fetched/],
    ['wrong-range', /dit\.gguf: .*sent 1 to 1 of 400000/],
    [
      'wrong-total',
      /dit\.gguf has 400007 bytes on the server and must have 400000: it is a different file\. Give another address/,
    ],
  ] as const)('"%s" is met at the first byte, before anything is written', async (how, sentence) => {
    const files = memoryFiles()
    server.behave(how, { probes: true })
    await expect(get(files)).rejects.toThrow(sentence)
    expect(server.requests).toHaveLength(1)
    expect(files.bytes(dataPath('key'))).toHaveLength(0)
  })

  it('another file under the right size is found by its tag, where no SHA-256 is known', async () => {
    const { sha256: _, ...unknown } = listed()
    const files = memoryFiles()
    server.behave('changed')
    await expect(get(files, unknown)).rejects.toThrow('the server has another file now')
    server.behave('well')
    await get(files, unknown)
    await expectWhole(files)
  })

  it.each(['long', 'ignores-range'] as const)(
    '"%s" for the rest of a file costs no more than time',
    async (how) => {
      const files = await begun()
      server.behave(how)
      await get(files)
      await expectWhole(files)
    },
  )

  it('wrong bytes under the right label are found by the whole, and fetched again', async () => {
    const files = memoryFiles()
    server.behave('wrong-bytes', { times: 1 })
    await expect(get(files)).rejects.toThrow(
      /dit\.gguf \(400000 bytes\) came with the SHA-256 [0-9a-f]{64} and must have [0-9a-f]{64}: it was damaged in transit, or the server has another file/,
    )
    expect((await readState(files, 'key', 'dit.gguf')).pieces.size).toBe(0)
    await get(files)
    await expectWhole(files)
  })
})

describe('a server in trouble', () => {
  it.each([
    ['cut', 3],
    ['short', 2],
    ['hangs-up', 4],
    ['broken', 3],
  ] as const)('"%s" for a while is asked again, for what is missing', async (how, times) => {
    const files = memoryFiles()
    server.behave(how, { times })
    const sent = server.bytesSent
    await get(files)
    await expectWhole(files)
    expect(pauses.length).toBeGreaterThanOrEqual(1)
    expect(server.bytesSent - sent).toBeLessThan(SIZE + times * 2 * PIECE)
  })

  it('a line that always breaks at 37 % gives all but the last pieces, then a sentence', async () => {
    const files = memoryFiles()
    server.behave('cut')
    await expect(get(files)).rejects.toThrow(
      /dit\.gguf could not be read from byte \d+ on: the connection broke with \d+ of \d+ bytes to come \(.*\), at try 8 of 8\. Check the connection and try again\./,
    )
    expect((await readState(files, 'key', 'dit.gguf')).pieces.size).toBeGreaterThan(1)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(60_000)
    server.behave('well')
    await get(files)
    await expectWhole(files)
  })

  it.each([
    ['7', 7000],
    ['a date', 50_000],
  ])('busy with Retry-After in %s waits as long', async (retryAfter, milliseconds) => {
    server.behave('busy', {
      times: 1,
      probes: true,
      retryAfter: retryAfter === 'a date' ? new Date(Date.now() + milliseconds).toUTCString() : retryAfter,
    })
    const files = memoryFiles()
    await get(files)
    await expectWhole(files)
    expect(pauses).toHaveLength(1)
    expect(pauses[0]).toBeLessThanOrEqual(milliseconds)
    expect(pauses[0]).toBeGreaterThan(milliseconds - (retryAfter === 'a date' ? 40_000 : 1)) // the date draws nearer while a busy machine runs this
  })

  it('busy for an hour is told, not waited for', async () => {
    server.behave('busy', { retryAfter: '3600' })
    await expect(get(memoryFiles())).rejects.toThrow(/the server answered 429.* It asks to wait 3600 s\./)
  })

  it('no server at all is a sentence about the connection', async () => {
    await expect(get(memoryFiles(), listed({ url: 'http://127.0.0.1:9/none' }))).rejects.toThrow(
      /dit\.gguf could not be read from byte 0 on: no answer came .*Check the connection/,
    )
  })

  it('an address that is none is a sentence', async () => {
    await expect(get(memoryFiles(), listed({ url: 'nonsense' }))).rejects.toThrow(
      /dit\.gguf has the address "nonsense", which is not valid/,
    )
  })
})

it('a server that knows no ranges gives the whole, and what is here is not written again', async () => {
  const files = await begun()
  const before = (await readState(files, 'key', 'dit.gguf')).pieces.size
  server.behave('ignores-range', { probes: true })
  const kept: number[] = []
  await get(files, listed(), { onDone: (bytes) => kept.push(bytes) })
  await expectWhole(files)
  expect(kept[0]).toBe(before * PIECE)
})

describe('between visits', () => {
  it('the same file under another ETag and address goes on, where its SHA-256 is known', async () => {
    const files = await begun()
    const other = await startHostileServer(content, { etag: '"two"' })
    try {
      await get(files, listed({ url: other.url }))
      await expectWhole(files)
      expect(other.bytesSent).toBeLessThan((SIZE * 2) / 3)
    } finally {
      await other.close()
    }
  })

  it.each([
    ['the same file', 0],
    ['another file', 1],
  ])('%s under an address that tells no hash is held to the one that is known', async (_what, flip) => {
    const files = await begun()
    const { sha256: _, ...unknown } = listed()
    const other = await startHostileServer(
      content.map((byte) => byte ^ flip),
      { etag: '"two"' },
    )
    try {
      const coming = get(files, { ...unknown, url: other.url })
      if (flip === 0) {
        await coming
        await expectWhole(files)
        expect(other.bytesSent).toBeLessThan((SIZE * 2) / 3)
      } else await expect(coming).rejects.toThrow(`and must have ${sha256}: it was damaged in transit`)
      expect((await readState(files, 'key', 'dit.gguf')).header?.sha256).toBe(sha256)
    } finally {
      await other.close()
    }
  })

  it('another file of the same size begins anew, where no SHA-256 is known', async () => {
    const files = memoryFiles()
    const { sha256: _, ...unknown } = listed()
    const stop = new AbortController()
    const other = await startHostileServer(
      content.map((byte) => byte ^ 1),
      { etag: '"two"' },
    )
    try {
      await expect(
        get(
          files,
          { ...unknown, url: other.url },
          {
            signal: stop.signal,
            onDone: (bytes) => void (bytes > SIZE / 2 && stop.abort(new Error('Enough.'))),
          },
        ),
      ).rejects.toThrow('Enough.')
      await get(files, unknown)
      await expectWhole(files)
    } finally {
      await other.close()
    }
  })

  it('a size that is far from the expected one is another file', async () => {
    const { sha256: _, ...unknown } = listed({ bytes: SIZE * 2 })
    await expect(get(memoryFiles(), unknown)).rejects.toThrow(
      /dit\.gguf has 400000 bytes on the server and must have about 800000: it is a different file/,
    )
    await get(memoryFiles(), { ...unknown, bytes: SIZE + 9000 })
  })
})

describe('a hub', () => {
  const oid = 'ab'.repeat(32)
  const SILENT = 'silent'

  async function hub(
    header: Record<string, string>,
    listing: unknown,
  ): Promise<{ url: string; close(): void }> {
    const own = createServer((request, response) => {
      if (request.url?.startsWith('/api/models/owner/model/tree/0123/vae'))
        return listing === SILENT ? undefined : void response.end(JSON.stringify(listing))
      if (request.url?.startsWith('/owner/')) return void response.writeHead(302, { location: '/cdn' }).end()
      const [, from = '0', to = '0'] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? []
      response
        .writeHead(206, {
          ...header,
          'content-range': `bytes ${from}-${Math.min(Number(to), SIZE - 1)}/${SIZE}`,
        })
        .end(content.subarray(Number(from), Number(to) + 1))
    })
    await new Promise<void>((resolve) => own.listen(0, '127.0.0.1', resolve))
    const { port } = own.address() as AddressInfo
    return {
      url: `http://127.0.0.1:${port}/owner/model/resolve/0123/vae/dit.gguf`,
      close: () => void own.close(),
    }
  }

  it.each([
    ['in a header', { 'x-linked-etag': `"${oid}"` }, []],
    ['in its listing', {}, [{ path: 'vae/other' }, null, { path: 'vae/dit.gguf', lfs: { oid } }]],
  ] as const)(
    'tells the SHA-256 %s, through a redirect, and it is held to it',
    async (_where, header, listing) => {
      const { url, close } = await hub(header, listing)
      try {
        const { sha256: _, ...unknown } = listed({ url })
        const files = memoryFiles()
        await expect(get(files, unknown)).rejects.toThrow(`must have ${oid}`)
        expect((await readState(files, 'key', 'dit.gguf')).header?.sha256).toBe(oid)
      } finally {
        close()
      }
    },
  )

  it('whose listing never comes does not hold the file back', async () => {
    const { url, close } = await hub({}, SILENT)
    try {
      const { sha256: _, ...unknown } = listed({ url })
      const files = memoryFiles()
      await get(files, unknown, { idle: 200 })
      await expectWhole(files)
    } finally {
      close()
    }
  }, 60_000)

  it('with another SHA-256 than the published one has another file', async () => {
    const { url, close } = await hub({ 'x-linked-etag': `"${oid}"` }, [])
    try {
      await expect(get(memoryFiles(), listed({ url }))).rejects.toThrow(
        `dit.gguf has the SHA-256 ${oid} on the server and must have ${sha256}: it is a different file.`,
      )
    } finally {
      close()
    }
  })
})

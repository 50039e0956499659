// The local server against whoever asks: pages of other sites, cut lines, slow and huge requests, files that come and
// go.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { serveFolder, type Served } from '../../../src/cli/serve'
import { parseRange } from '../../../src/cli/serve/range'
import { parseFileList } from '../../../src/weights/sources/model-folder'

const BIG = 64 << 20

let folder: string
let server: Served

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'zoetrope-serve-'))
  mkdirSync(join(folder, 'root/assets'), { recursive: true })
  mkdirSync(join(folder, 'root/.git'))
  mkdirSync(join(folder, 'root-secret'))
  writeFileSync(join(folder, 'root/index.html'), '<p>page')
  writeFileSync(join(folder, 'root/.git/config'), 'secret')
  writeFileSync(join(folder, 'root/assets/a-1.js'), '0123456789')
  writeFileSync(join(folder, 'root/empty.json'), '')
  writeFileSync(join(folder, 'root/big.bin'), '')
  truncateSync(join(folder, 'root/big.bin'), BIG)
  writeFileSync(join(folder, 'root-secret/key'), 'secret')
  symlinkSync(join(folder, 'root-secret/key'), join(folder, 'root/link'))
  symlinkSync(join(folder, 'root-secret'), join(folder, 'root/linked'))
  symlinkSync('assets/a-1.js', join(folder, 'root/inside.js'))
  server = await serveFolder({
    root: join(folder, 'root'),
    lists: {
      '/raw/': {
        title: 'Mine',
        files: new Map([
          ['a/key', join(folder, 'root-secret/key')],
          ['gone', join(folder, 'gone')],
          ['folder', join(folder, 'root')],
        ]),
      },
    },
  })
})

afterAll(async () => {
  await server.close()
  rmSync(folder, { recursive: true })
})

interface Answer {
  status: number | undefined
  headers: Record<string, unknown>
  body: string
}

/** As written: `fetch` would tidy the path. */
function get(
  path: string,
  headers: Record<string, string> = {},
  method = 'GET',
  { url }: Served = server,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: 'localhost', port: new URL(url).port, path, headers, method },
      (response) => {
        let body = ''
        response.on('data', (text: Buffer) => (body += text.toString()))
        response.on('end', () => resolve({ status: response.statusCode, headers: response.headers, body }))
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

/** A connection on which anything can be written. */
function dial({ url }: Served = server): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => resolve(socket))
    socket.on('error', reject)
  })
}

/** What comes until the server closes the connection, and after how many milliseconds that is. */
async function heard(socket: Socket): Promise<{ text: string; ms: number }> {
  const from = performance.now()
  let text = ''
  socket.on('data', (bytes: Buffer) => (text += bytes.toString('latin1')))
  await new Promise((resolve) => socket.on('close', resolve))
  return { text, ms: performance.now() - from }
}

describe('what is served', () => {
  it('comes with the headers of a careful host', async () => {
    const { status, headers, body } = await get('/')
    expect([status, body]).toEqual([200, '<p>page'])
    expect(headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'cache-control': 'no-cache',
    })
    expect(headers['content-security-policy']).toContain("script-src 'self' 'wasm-unsafe-eval'")
    expect((await get('/assets/a-1.js')).headers['cache-control']).toContain('immutable')
    expect((await get('/inside.js')).body).toBe('0123456789')
    expect(await get('/empty.json')).toMatchObject({ status: 200, body: '' })
  })

  it('is listed files, and their list', async () => {
    const list: unknown = JSON.parse((await get('/raw/files.json')).body)
    expect(parseFileList(list)).toEqual({
      title: 'Mine',
      files: new Map([
        ['a/key', 6],
        ['gone', 0],
        ['folder', 0],
      ]),
    })
    const part = await get('/raw/a/key', { range: 'bytes=0-2' })
    expect([part.status, part.body, part.headers['content-range']]).toEqual([206, 'sec', 'bytes 0-2/6'])
    const { etag } = part.headers
    expect(etag).toMatch(/^"6-\w+"$/)
    writeFileSync(join(folder, 'root-secret/key'), 'public')
    utimesSync(join(folder, 'root-secret/key'), 1, 1)
    expect((await get('/raw/a/key')).headers['etag']).not.toBe(etag)
    for (const path of ['/raw/gone', '/raw/folder', '/raw/key', '/raw/a/../a/key', '/raw/'])
      expect((await get(path)).status, path).toBe(404)
  })

  it.each([
    '/../root-secret/key',
    '/%2e%2e/root-secret/key',
    '/..%2froot-secret%2fkey',
    '/%252e%252e/root-secret/key',
    '/..%5croot-secret%5ckey',
    '/assets/../../root-secret/key',
    '/link',
    '/linked/key',
    '/.git/config',
    '/index.html::$DATA',
    '/C:/root-secret/key',
    '/a%00',
    '/assets',
    `/${'a'.repeat(5000)}`,
    '/absent',
  ])('is not %s', async (path) => {
    expect(await get(path)).toMatchObject({
      status: 404,
      body: '404: There is no file with that name here.\n',
    })
  })
})

describe('who may ask', () => {
  const port = (): string => new URL(server.url).port

  it.each(['localhost:1', 'LOCALHOST', '127.0.0.1', '[::1]:8080'])('%s', async (host) => {
    expect((await get('/', { host })).status).toBe(200) // a port forwarded from elsewhere is fine
  })

  it.each(['example.org', 'localhost.example.org', '127.0.0.1.nip.io', '0.0.0.0', 'localhost:1:2', ''])(
    'not "%s", to which a name may lead',
    async (host) => {
      const socket = await dial()
      socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
      expect((await heard(socket)).text).toMatch(
        /^HTTP\/1\.1 421 (.|\r\n)*This server only answers to localhost/,
      )
    },
  )

  it('only this machine', async () => {
    const { networkInterfaces } = await import('node:os')
    const others = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .filter(({ internal, family }) => !internal && family === 'IPv4')
    for (const { address } of others) {
      const refused = await new Promise((resolve) => {
        const socket = connect(Number(port()), address)
        socket.on('error', () => resolve(true)).on('connect', () => resolve(socket.destroy() === undefined))
      })
      expect(refused, address).toBe(true)
    }
  })
})

describe('a request', () => {
  it.each([
    ['GET /%zz HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n', 400],
    ['OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n', 405],
    ['POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\nabc', 405],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\nabc', 413],
    ['GET / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc', 413],
    ['GET / HTTP/1.1\r\n\r\n', 400],
    [`GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`, 431],
    ['nonsense\r\n\r\n', 400],
  ])('%.40j is answered with %i, and the line closed', async (text, status) => {
    const socket = await dial()
    socket.write(text)
    const { text: answer, ms } = await heard(socket)
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    expect(ms).toBeLessThan(2_000)
  })

  it('that is slow, or a reader that has stopped, is ended', async () => {
    const limits = { headMs: 300, idleMs: 400 }
    const strict = await serveFolder({ root: join(folder, 'root'), limits })
    try {
      const slow = await dial(strict)
      const dripping = setInterval(() => slow.writable && slow.write('x'), 50)
      slow.write('GET / HTTP/1.1\r\nHost: localhost\r\nX: ')
      const { text, ms } = await heard(slow)
      clearInterval(dripping)
      expect(text).toMatch(/^HTTP\/1\.1 408 /)
      expect(ms).toBeLessThan(5_000)

      const stopped = await dial(strict)
      stopped.write('GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n')
      stopped.pause()
      const from = performance.now()
      await pause(1_500) // for the server's timer, and no byte is read
      stopped.resume()
      await heard(stopped)
      expect(stopped.bytesRead).toBeLessThan(BIG)
      expect(performance.now() - from).toBeLessThan(10_000)
    } finally {
      await strict.close()
    }
  })

  it('that is given up leaves no file open', async () => {
    const open = (): number =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return readlink(`/proc/self/fd/${fd}`).includes('big.bin')
        } catch {
          return false // of this very listing
        }
      }).length
    const { readlinkSync: readlink } = await import('node:fs')
    const begun = await Promise.all(Array.from({ length: 40 }, () => dial()))
    for (const socket of begun) {
      socket.write('GET /big.bin HTTP/1.1\r\nHost: localhost\r\n\r\n')
      socket.once('data', () => socket.pause())
    }
    const end = Date.now() + 5_000
    while (open() < 40 && Date.now() < end) await pause(20)
    expect(open()).toBe(40) // control: they are open while they are read
    for (const socket of begun) socket.destroy()
    while (open() > 0 && Date.now() < end + 5_000) await pause(20)
    expect(open()).toBe(0)
    expect((await get('/')).status).toBe(200)
  })

  it('for a file that is cut meanwhile does not wait for the rest', async () => {
    const path = join(folder, 'root/shrinks.bin')
    writeFileSync(path, '')
    truncateSync(path, BIG)
    const socket = await dial()
    socket.write('GET /shrinks.bin HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await new Promise((resolve) => socket.once('data', resolve))
    socket.pause()
    truncateSync(path, 1000)
    socket.resume()
    const { ms } = await heard(socket)
    expect(ms).toBeLessThan(5_000)
    expect(socket.bytesRead).toBeLessThan(BIG)
  })
})

it('outlives its own folder, and serves again when it is back', async () => {
  const root = join(folder, 'built')
  mkdirSync(root)
  writeFileSync(join(root, 'index.html'), 'one')
  const served = await serveFolder({ root })
  try {
    expect((await get('/', {}, 'GET', served)).body).toBe('one')
    renameSync(root, `${root}.old`)
    expect(await get('/', {}, 'GET', served)).toMatchObject({
      status: 503,
      body: "503: The page's files are gone. Stop this server and start it again to rebuild them.\n",
    })
    renameSync(`${root}.old`, root)
    expect((await get('/', {}, 'GET', served)).body).toBe('one')
  } finally {
    await served.close()
  }
})

describe('parts', () => {
  it('are sent', async () => {
    const { status, headers, body } = await get('/assets/a-1.js', { range: 'bytes=2-4' })
    expect([status, body, headers['content-range']]).toEqual([206, '234', 'bytes 2-4/10'])
    expect((await get('/assets/a-1.js', { range: 'bytes=10-' })).headers['content-range']).toBe('bytes */10')
    expect(await get('/assets/a-1.js', {}, 'HEAD')).toMatchObject({ status: 200, body: '' })
    expect((await get('/assets/a-1.js', { range: 'bytes=2-4' }, 'HEAD')).status).toBe(200) // ranges are GET's alone
  })

  it('are of the file that was meant, or the whole new one is sent', async () => {
    const { etag } = (await get('/assets/a-1.js')).headers
    const conditional = (condition: string) =>
      get('/assets/a-1.js', { range: 'bytes=2-4', 'if-range': condition })
    expect(await conditional(String(etag))).toMatchObject({ status: 206, body: '234' })
    expect(await conditional('"old"')).toMatchObject({ status: 200, body: '0123456789' })
  })

  it.each([
    [undefined, undefined],
    ['bytes=0-0', { start: 0, end: 0 }],
    ['bytes=3-', { start: 3, end: 9 }],
    ['bytes=-4', { start: 6, end: 9 }],
    ['bytes=-40', { start: 0, end: 9 }],
    ['bytes=5-99', { start: 5, end: 9 }],
    ['lines=1-2', undefined],
    ['bytes=5-4', 'unsatisfiable'],
    ['bytes=-0', 'unsatisfiable'],
    ['bytes=-', 'unsatisfiable'],
    ['bytes=', 'unsatisfiable'],
    ['bytes=0-1,4-5', 'unsatisfiable'],
    ['bytes=0x1-5', 'unsatisfiable'],
    ['bytes=1e1-', 'unsatisfiable'],
    ['bytes= 0-1', 'unsatisfiable'],
    ['BYTES=0-1', 'unsatisfiable'],
    ['bytes=0-99999999999999999999', 'unsatisfiable'],
  ] as const)('%s is read as %j', (header, expected) => {
    expect(parseRange(header, 10)).toEqual(expected)
  })

  it('lie in the file, whatever is asked for', () => {
    const header = fc.oneof(
      fc.string().map((text) => `bytes=${text}`),
      fc.tuple(fc.nat(), fc.nat()).map(([a, b]) => `bytes=${a}-${b}`),
      fc.nat().map((n) => `bytes=-${n}`),
    )
    fc.assert(
      fc.property(header, fc.nat(), (asked, size) => {
        const part = parseRange(asked, size)
        if (part === undefined || part === 'unsatisfiable') return part === 'unsatisfiable'
        return part.start >= 0 && part.start <= part.end && part.end < size
      }),
    )
  })
})

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { ByteSource } from '../../../src/weights/sources/byte-source'
import { WeightsError } from '../../../src/weights/error'
import { httpSource } from '../../../src/weights/sources/http-source'
import { startHostileServer, type HostileServer, type Misbehaviour } from '../../support/hostile-server'

const SIZE = 300_000
const content = Uint8Array.from({ length: SIZE }, (_, i) => (i * 7 + (i >> 8)) & 255)
const pauses: number[] = []
const pause = async (milliseconds: number): Promise<void> => void pauses.push(milliseconds)

let server: HostileServer
beforeAll(async () => {
  server = await startHostileServer(content)
})
afterAll(() => server.close())
beforeEach(() => {
  server.behave('well')
  server.requests.length = 0
  pauses.length = 0
})

const open = (bytes?: number, options = {}): Promise<ByteSource> =>
  httpSource('dit.safetensors', server.url, bytes, { pause, ...options })

describe('a server that behaves', () => {
  it('is asked for one byte, then for the parts alone', async () => {
    const source = await open(SIZE)
    expect(source.size).toBe(SIZE)
    expect([...(await source.read(1000, 5))]).toEqual([...content.subarray(1000, 1005)])
    expect([...(await source.read(SIZE - 1, 1))]).toEqual([content[SIZE - 1]])
    expect([...(await source.read(7, 0))]).toEqual([])
    expect(server.requests).toEqual(['bytes=0-0', 'bytes=1000-1004', `bytes=${SIZE - 1}-${SIZE - 1}`])
  })

  it('is not asked for what the file has not', async () => {
    const source = await open()
    await expect(source.read(SIZE - 1, 2)).rejects.toThrow(
      `dit.safetensors has ${SIZE} bytes; 2 bytes from offset ${SIZE - 1} were asked for`,
    )
    expect(server.requests).toHaveLength(1)
  })

  it('must have the file in its size', async () => {
    await expect(open(SIZE + 1)).rejects.toThrow(
      `dit.safetensors has ${SIZE} bytes and must have ${SIZE + 1}.`,
    )
  })

  it('is left alone after a cancel', async () => {
    const stop = new AbortController()
    const source = await open(SIZE, { signal: stop.signal, pause: undefined })
    server.behave('busy', { retryAfter: '50' })
    const reading = source.read(0, SIZE)
    await expect.poll(() => server.requests.length).toBe(2) // it waits now
    stop.abort(new Error('Enough.'))
    await expect(reading).rejects.toThrow('Enough.')
    await expect(source.read(0, 1)).rejects.toThrow('Enough.')
    expect(server.requests).toHaveLength(2)
  })
})

/** What a part is refused with; nothing of it may be tried again. */
const WRONG: readonly (readonly [Misbehaviour, RegExp])[] = [
  [
    'ignores-range',
    /bytes 0 to 99 were requested, and the server sent the whole file \(200\): it does not serve parts/,
  ],
  ['wrong-range', /bytes 0 to 99 were requested, and the server sent 1 to 100 of 300000\./],
  ['wrong-total', /it changed while it was read\. Open the model again/],
  ['no-content-range', /does not say which it sent, or not to web pages \(no Content-Range,/],
  ['long', /the server sent more than the 100 bytes that were requested/],
  ['html', /sent a web page\. The link may need a log-in/],
  ['missing', /is not on the server: it answered 404/],
  ['forbidden', /the server answered 403\. It may require a login/],
  ['changed', /it changed while it was read/],
]

it.each(WRONG)('a server that is "%s" is refused in a sentence', async (how, sentence) => {
  const source = await open()
  server.behave(how)
  const reading = source.read(0, 100)
  await expect(reading).rejects.toBeInstanceOf(WeightsError)
  await expect(reading).rejects.toThrow(sentence)
  expect(server.requests).toEqual(['bytes=0-0', 'bytes=0-99'])
  expect(pauses).toEqual([])
})

it.each<[Misbehaviour, RegExp, string]>([
  ['ignores-range', /it does not serve parts/, 'model-invalid'],
  ['html', /sent a web page/, 'model-invalid'],
  ['missing', /is not on the server/, 'model-missing'],
  ['busy', /could not be read from byte 0 on: the server answered 429, at try 5 of 5/, 'model-missing'],
])('a file whose server is "%s" is not opened', async (how, sentence, code) => {
  server.behave(how, { probes: true })
  await expect(open()).rejects.toThrow(sentence)
  await expect(open()).rejects.toMatchObject({ code })
})

/** What a later try mends, and what it says where none does. */
const PASSING: readonly (readonly [Misbehaviour, string])[] = [
  ['cut', 'the connection broke after'],
  ['hangs-up', 'no answer came'],
  ['short', ''],
  ['broken', 'the server answered 500'],
  ['busy', 'the server answered 429'],
]

it.each(PASSING)('a server that is "%s" for a while is asked again', async (how) => {
  const source = await open()
  server.behave(how, { times: 2 })
  const bytes = await source.read(100, 200_000)
  expect(Buffer.compare(bytes, content.subarray(100, 200_100))).toBe(0)
  expect(pauses).toEqual(how === 'busy' ? [1000, 1000] : [400, 800])
})

it.each(PASSING)('a server that stays "%s" is given up in a sentence', async (how, problem) => {
  const source = await open()
  server.behave(how)
  await expect(source.read(100, 200_000)).rejects.toThrow(
    new RegExp(
      `^dit\\.safetensors could not be read from byte 100 on: .*${problem}.*, at try 5 of 5\\. Check the connection`,
    ),
  )
  expect(pauses).toHaveLength(4)
})

it('an empty file is said to be empty', async () => {
  const empty = await startHostileServer(new Uint8Array())
  await expect(httpSource('vae.safetensors', empty.url)).rejects.toThrow(
    'the server has none: the file is empty',
  )
  await empty.close()
})

it('waits as long as it is asked to, but not for ever', async () => {
  const source = await open()
  server.behave('busy', { times: 1, retryAfter: new Date(Date.now() + 20_000).toUTCString() })
  await source.read(0, 10)
  expect(pauses).toHaveLength(1)
  expect(pauses[0]).toBeGreaterThan(17_000)
  expect(pauses[0]).toBeLessThanOrEqual(20_000)
  server.behave('busy', { times: 1, retryAfter: '3600' })
  await expect(source.read(0, 10)).rejects.toThrow('It asks to wait 3600 s.')
})

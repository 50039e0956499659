// The library with an engine without a GPU, behind a worker that clones what it is sent.
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest'
import { WanPipeline, ZoetropeError, type FilmOptions, type GenerateOptions } from '../../src/index'
import type { Command, Reply } from '../../src/protocol/messages'
import { serveEngine } from '../../src/worker/serve'
import { fakeEngine, resultOf, type Work } from './worker/fake-engine'

const discard = vi.fn(async () => undefined)
let work: Work
let commands: Command[]
let started: number

class FakeWorker {
  private listener: (event: { data: Reply }) => void = () => undefined
  private readonly handle = serveEngine(
    async () =>
      fakeEngine((...given) => {
        given[1].onKept?.('run-1')
        given[1].onPiece?.(new Uint8Array([1]))
        return work(...given)
      }),
    (data) => queueMicrotask(() => this.listener({ data })),
    { list: async () => [], discard },
  )

  constructor() {
    started++
  }

  postMessage(command: Command): void {
    const clone = structuredClone(command)
    commands.push(clone)
    this.handle(clone)
  }

  addEventListener(type: string, listener: (event: { data: Reply }) => void): void {
    if (type === 'message') this.listener = listener
  }

  terminate(): void {
    this.listener = () => undefined
  }
}

beforeEach(() => {
  work = async (given) => resultOf(given)
  commands = []
  started = 0
  discard.mockClear()
  vi.stubGlobal('Worker', FakeWorker)
})
afterEach(() => vi.unstubAllGlobals())

const open = (): Promise<WanPipeline> => WanPipeline.fromPretrained('https://example.org/models/fake')
const code = (wanted: string): object =>
  expect.objectContaining({ name: 'ZoetropeError', code: wanted }) as object

describe('a clip of the library', () => {
  it('is made with callbacks, which stay on this side', async () => {
    const pipe = await open()
    const heard = vi.fn()
    const callbacks = { onProgress: heard, onPreview: heard, onPiece: heard }
    await expect(pipe('a red ball', callbacks)).resolves.toMatchObject({ model: 'fake' })
    await expect(pipe.plan('a red ball', callbacks)).resolves.toBeDefined()
    expect(heard).toHaveBeenCalledWith(new Uint8Array([1]))
    pipe.dispose()
  })

  it('leaves nothing behind, also where it fails', async () => {
    const pipe = await open()
    expect(commands[0]).toMatchObject({ type: 'open', request: { storesRuns: false } })
    work = async () => {
      throw new ZoetropeError('out-of-memory', 'Too large.')
    }
    await expect(pipe('a red ball')).rejects.toEqual(code('out-of-memory'))
    await vi.waitFor(() => expect(discard).toHaveBeenCalledWith('run-1'))
    pipe.dispose()
  })

  it('that cannot be sent is refused, and nothing of it stays', async () => {
    const pipe = await open()
    const stop = new AbortController()
    const wrong = { signal: stop.signal, onKept: () => undefined } as GenerateOptions
    await expect(pipe('a red ball', wrong)).rejects.toEqual(code('internal'))
    const sent = commands.length
    stop.abort()
    expect(commands).toHaveLength(sent) // there is nothing to cancel
    await expect(pipe('a red ball')).resolves.toMatchObject({ model: 'fake' })
    pipe.dispose()
  })
})

it('no option is offered that has no effect', () => {
  expectTypeOf<GenerateOptions>().not.toHaveProperty('onKept')
  expectTypeOf<FilmOptions>().not.toHaveProperty('finish')
})

it('a pipeline that was disposed of starts no other worker', async () => {
  const pipe = await open()
  const finish = new AbortController()
  work = () => new Promise(() => undefined)
  const clip = pipe('a red ball', { finish: finish.signal })
  pipe.dispose()
  finish.abort()
  await expect(clip).rejects.toEqual(code('cancelled'))
  await expect(pipe('a red ball')).rejects.toMatchObject({
    code: 'cancelled',
    message: 'The engine was closed. Open it again first.',
  })
  expect(started).toBe(1)
})

describe('a model that cannot be had is a ZoetropeError', () => {
  it('where its address is none', async () => {
    await expect(WanPipeline.fromPretrained('models/wan')).rejects.toMatchObject({
      name: 'ZoetropeError',
      code: 'model-missing',
      message: '"models/wan" is not an address. Give that of a model\'s folder, such as "/models/wan/".',
    })
  })

  it('where the network fails', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')))
    await expect(WanPipeline.fromPretrained('mini')).rejects.toMatchObject({
      name: 'ZoetropeError',
      code: 'model-missing',
      message: expect.stringMatching(
        / could not be fetched: Failed to fetch\. Check the connection and try again\.$/,
      ) as string,
    })
  })

  it('where it is given up', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new Error('Timed out.')))
    const given = { signal: AbortSignal.abort(new Error('Timed out.')) }
    await expect(WanPipeline.fromPretrained('mini', given)).rejects.toEqual(code('cancelled'))
  })

  it('where no worker can be started', async () => {
    vi.stubGlobal('Worker', function refuse() {
      throw new TypeError('Refused by policy.')
    })
    await expect(open()).rejects.toEqual(code('internal'))
  })
})

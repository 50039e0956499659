// A worker that does not start, breaks or goes deaf is replaced; who waited is told, and the next request works.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ZoetropeError } from '../../../src/protocol/errors'
import type { Command, Reply } from '../../../src/protocol/messages'
import type { OpenRequest } from '../../../src/protocol/model-source'
import type { ReadyReply } from '../../../src/protocol/requests'
import { connectEngine, type EngineClient, type EnginePort } from '../../../src/worker/client'
import { serveEngine } from '../../../src/worker/serve'
import { fakeEngine, resultOf, settings } from './fake-engine'

const SECOND = 1_000
const wait = (ms: number) => vi.advanceTimersByTimeAsync(ms)
const MINI: OpenRequest = { model: { kind: 'url', url: 'https://example.org/mini/' } }

/** A worker as the page sees it. */
class FakeWorker {
  isEnded = false
  readonly commands: Command[] = []
  private readonly listeners = new Map<string, (event: never) => void>()

  constructor(private readonly onCommand: (command: Command, worker: FakeWorker) => void = () => undefined) {}

  readonly port: EnginePort = {
    postMessage: (command) => {
      this.commands.push(command)
      if (!this.isEnded) this.onCommand(command, this)
    },
    addEventListener: (type: string, listener: (event: never) => void) =>
      void this.listeners.set(type, listener),
    terminate: () => void (this.isEnded = true),
  }

  say(reply: Reply | ReadyReply): void {
    this.listeners.get('message')?.({ data: reply } as never)
  }

  fail(type: 'error' | 'messageerror', message?: string): void {
    this.listeners.get(type)?.({ message } as never)
  }
}

/** One that serves a sound engine. */
function sound(): FakeWorker {
  let handle: ((command: Command) => void) | undefined
  const worker = new FakeWorker((command, self) => {
    handle ??= serveEngine(
      async () => fakeEngine(async (given) => resultOf(given)),
      (reply) => self.say(reply),
    )
    handle(command)
  })
  queueMicrotask(() => worker.say({ type: 'ready', id: 0 }))
  return worker
}

let client: EngineClient | undefined
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  client?.close()
  expect(vi.getTimerCount()).toBe(0) // nothing ticks on
  vi.useRealTimers()
})

function connect(...workers: FakeWorker[]): { client: EngineClient; started: () => number } {
  let count = 0
  client = connectEngine(() => {
    const next = workers[count++]
    if (next === undefined) throw new Error(`Worker ${count} was not expected.`)
    return next.port
  })
  return { client, started: () => count }
}

const code = (wanted: string): object =>
  expect.objectContaining({ name: 'ZoetropeError', code: wanted }) as object

describe('a worker that does not start', () => {
  it('because its script is missing fails what was asked, and "Try again" starts another', async () => {
    const missing = new FakeWorker()
    const { client, started } = connect(missing, sound())
    const opening = client.open(MINI)
    missing.fail('error')
    await expect(opening).rejects.toMatchObject({
      code: 'engine-missing',
      message:
        'The engine did not start: its script is missing or damaged. Check the connection and try again; if the site was updated meanwhile, reload this page.',
    })
    await expect(client.open(MINI)).resolves.toMatchObject({ card: { adapter: 'fake' } })
    expect([started(), missing.isEnded]).toEqual([2, true])
  })

  it('before anything is asked of it is no more than a start again', async () => {
    const missing = new FakeWorker()
    const { client } = connect(missing, sound())
    missing.fail('error', 'SyntaxError')
    await expect(client.open(MINI)).resolves.toMatchObject({ card: { adapter: 'fake' } })
  })

  it('and says nothing is given up after a while', async () => {
    const silent = new FakeWorker()
    const { client } = connect(silent, sound())
    const opening = expect(client.open(MINI)).rejects.toMatchObject({
      code: 'engine-missing',
      message: expect.stringContaining('its script did not load within 30 s') as string,
    })
    await wait(30 * SECOND)
    await opening
    expect(silent.isEnded).toBe(true)
    await expect(client.open(MINI)).resolves.toMatchObject({ card: { adapter: 'fake' } })
  })

  it('can be cancelled within a second', async () => {
    const silent = new FakeWorker()
    const { client } = connect(silent)
    const stop = new AbortController()
    const opening = expect(client.open(MINI, stop.signal)).rejects.toEqual(code('cancelled'))
    stop.abort()
    await wait(SECOND)
    await opening
    expect(silent.isEnded).toBe(true)
  })

  it('where the browser refuses to start one, the request has the reason', async () => {
    let isFirst = true
    const good = sound()
    client = connectEngine(() => {
      if (!isFirst) throw new ZoetropeError('internal', 'Refused by policy.')
      isFirst = false
      return good.port
    })
    await client.open(MINI)
    good.fail('error', 'gone')
    await expect(client.open(MINI)).rejects.toThrow('Refused by policy.')
  })
})

it('a worker that runs for long is left to run', async () => {
  const slow = new FakeWorker()
  const { client, started } = connect(slow)
  slow.say({ type: 'ready', id: 0 })
  const opening = client.open(MINI)
  await wait(600 * SECOND)
  const [{ id } = { id: 0 }] = slow.commands
  slow.say({ type: 'failed', id, failure: { code: 'model-missing', message: 'No manifest.' } })
  await expect(opening).rejects.toEqual(code('model-missing'))
  expect([started(), slow.isEnded]).toEqual([1, false])
})

describe('a worker that breaks down', () => {
  it.each(['error', 'messageerror'] as const)('by %s is replaced', async (type) => {
    const first = sound()
    const { client, started } = connect(first, sound())
    const engine = await client.open(MINI)
    const second = engine.generate(settings, {}) // answered in a later turn
    first.fail(type, 'RangeError')
    await expect(second).rejects.toMatchObject({
      code: 'internal',
      message: 'The engine broke down: RangeError. Try again; if that does not help, reload this page.',
    })
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
    expect(started()).toBe(2)
  })
})

describe('a worker that is deaf to a cancel', () => {
  /** Opens, and from then on does nothing at all. */
  const deafened = (): FakeWorker => {
    const worker = new FakeWorker((command, self) => {
      if (command.type === 'open')
        self.say({
          type: 'opened',
          id: command.id,
          engine: fakeEngine(async (given) => resultOf(given)).card,
        })
    })
    queueMicrotask(() => worker.say({ type: 'ready', id: 0 }))
    return worker
  }

  it('is ended, all that waited is told, and the model is opened again in another one', async () => {
    const deaf = deafened()
    const next = sound()
    const { client, started } = connect(deaf, next)
    const engine = await client.open(MINI)
    const stop = new AbortController()
    const run = expect(engine.generate(settings, {}, stop.signal)).rejects.toEqual(code('cancelled'))
    const plan = expect(engine.plan(settings)).rejects.toEqual(code('cancelled'))
    stop.abort()
    await wait(5 * SECOND - 1)
    expect(deaf.isEnded).toBe(false)
    await wait(1)
    await run
    await plan
    expect(deaf.isEnded).toBe(true)
    expect(started()).toBe(1) // another one is for the next request
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
    expect(next.commands.map(({ type }) => type)).toEqual(['open', 'generate'])
    await engine.plan(settings)
    expect(next.commands.map(({ type }) => type)).toEqual(['open', 'generate', 'plan'])
  })

  it('whose words come after its end is not listened to', async () => {
    const deaf = deafened()
    const { client } = connect(deaf, sound())
    const engine = await client.open(MINI)
    const stop = new AbortController()
    const run = expect(engine.generate(settings, {}, stop.signal)).rejects.toEqual(code('cancelled'))
    stop.abort()
    await wait(5 * SECOND)
    await run
    const again = engine.generate(settings, {})
    deaf.say({ type: 'generated', id: 4, result: { ...resultOf(settings), model: 'deaf' } })
    await expect(again).resolves.toMatchObject({ model: 'fake' })
  })

  it('is left alone where it stops in time', async () => {
    const worker = deafened()
    const { client, started } = connect(worker)
    const engine = await client.open(MINI)
    const stop = new AbortController()
    const run = engine.generate(settings, {}, stop.signal)
    stop.abort()
    const { id } = worker.commands.at(-1)!
    worker.say({ type: 'failed', id, failure: { code: 'cancelled', message: 'Cancelled.' } })
    await expect(run).rejects.toEqual(code('cancelled'))
    await wait(60 * SECOND)
    expect([worker.isEnded, started()]).toEqual([false, 1])
  })
})

describe('a worker that says that it is of no more use', () => {
  /** @param kept the run that it names before it breaks down */
  const brokenDown = (kept?: string): FakeWorker => {
    const worker = new FakeWorker((command, self) => {
      const { id } = command
      if (command.type === 'open') {
        const engine = fakeEngine(async (given) => resultOf(given)).card
        return self.say({ type: 'opened', id, engine })
      }
      if (kept !== undefined) self.say({ type: 'kept', id, run: kept })
      self.say({ type: 'failed', id, failure: { code: 'engine-broken', message: 'Out of bounds.' } })
    })
    queueMicrotask(() => worker.say({ type: 'ready', id: 0 }))
    return worker
  }

  it('is replaced, and the film is made in another one', async () => {
    const first = brokenDown()
    const { client, started } = connect(first, sound())
    const engine = await client.open(MINI)
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
    expect([started(), first.isEnded]).toEqual([2, true])
  })

  it('is replaced, and the run goes on there, whoever listens', async () => {
    for (const events of [{}, { onKept: () => undefined }]) {
      const next = sound()
      const { client } = connect(brokenDown('run-1'), next)
      const engine = await client.open(MINI)
      await engine.generate(settings, events)
      expect(next.commands.find(({ type }) => type === 'generate')).toMatchObject({
        settings: { resume: { run: 'run-1', orAnew: true } },
      })
      client.close()
    }
  })

  it('is replaced by one that hears of a finish, also of an earlier one', async () => {
    const next = sound()
    const { client } = connect(brokenDown(), next)
    const engine = await client.open(MINI)
    await engine.generate(settings, {}, undefined, AbortSignal.abort())
    expect(next.commands.slice(-2).map(({ type }) => type)).toEqual(['generate', 'finish'])
  })

  it('twice in a row is left to the person', async () => {
    const { client, started } = connect(brokenDown(), brokenDown(), sound())
    const engine = await client.open(MINI)
    await expect(engine.generate(settings, {})).rejects.toEqual(code('engine-broken'))
    expect(started()).toBe(2)
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
  })
})

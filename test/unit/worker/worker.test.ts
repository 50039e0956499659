import { afterEach, describe, expect, it } from 'vitest'
import { ZoetropeError } from '../../../src/protocol/errors'
import type { VideoEngine } from '../../../src/protocol/engine'
import type { OpenRequest } from '../../../src/protocol/model-source'
import type { StageProgress } from '../../../src/protocol/progress'
import type { EngineClient } from '../../../src/worker/client'
import {
  connected,
  endless,
  fakeEngine,
  LIMITS,
  resultOf,
  settings,
  type FakeEngine,
  type Work,
} from './fake-engine'

let client: EngineClient | undefined
afterEach(() => client?.close())

interface Bench {
  client: EngineClient
  engine: VideoEngine
  opened: FakeEngine[]
}

/** Engine number n does work number n; the last one goes on. */
async function bench(...works: Work[]): Promise<Bench> {
  const opened: FakeEngine[] = []
  client = connected(async () => {
    const engine = fakeEngine(works[Math.min(opened.length, works.length - 1)] ?? endless)
    opened.push(engine)
    return engine
  })
  const engine = await client.open(folder('https://example.org/models/fake/'))
  return { client, engine, opened }
}

const folder = (url: string): OpenRequest => ({ model: { kind: 'url', url } })
/** An opening that ends only with the signal. */
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
const quick: Work = async (given) => resultOf(given)
const code = (wanted: string): object =>
  expect.objectContaining({ name: 'ZoetropeError', code: wanted }) as object

describe('a generation', () => {
  it('reports progress and previews in order, then the result', async () => {
    const { engine } = await bench(async (given, events) => {
      events.onProgress?.({ stage: 'denoise', step: 0, steps: 1, seconds: 0 })
      events.onPreview?.({ width: 1, height: 1, frames: 1, rgba: [new Uint8ClampedArray([1, 2, 3, 4])] })
      events.onProgress?.({ stage: 'denoise', step: 1, steps: 1, seconds: 2, eta: 0 })
      return resultOf(given)
    })
    const seen: (StageProgress | number[])[] = []
    const result = await engine.generate(settings, {
      onProgress: (progress) => seen.push(progress),
      onPreview: (preview) => seen.push([...(preview.rgba[0] ?? [])]),
    })
    expect(seen).toEqual([
      { stage: 'denoise', step: 0, steps: 1, seconds: 0 },
      [1, 2, 3, 4],
      { stage: 'denoise', step: 1, steps: 1, seconds: 2, eta: 0 },
    ])
    expect([...result.mp4]).toEqual([1, 2, 3])
    expect(result.notes).toEqual(['From the engine.'])
  })

  it('checks what it is asked, once more', async () => {
    const { engine } = await bench(quick)
    await expect(engine.generate({ ...settings, numInferenceSteps: 0 }, {})).rejects.toEqual(
      code('invalid-settings'),
    )
    const result = await engine.generate({ ...settings, width: 100 }, {})
    expect(result.width).toBe(96)
    expect(result.notes[0]).toBe('Width 100 became 96: sides are multiples of 16.')
  })

  it('refuses a second one meanwhile', async () => {
    const { engine } = await bench(endless)
    const stop = new AbortController()
    const first = engine.generate(settings, {}, stop.signal)
    await expect(engine.generate(settings, {})).rejects.toEqual(code('busy'))
    stop.abort()
    await expect(first).rejects.toEqual(code('cancelled'))
  })

  it('keeps the code of an error', async () => {
    const { engine } = await bench(async () => {
      throw new ZoetropeError('out-of-memory', 'Too large.')
    })
    await expect(engine.generate(settings, {})).rejects.toMatchObject({
      code: 'out-of-memory',
      message: 'Too large.',
    })
  })
})

describe('cancel', () => {
  it('answers when the engine has stopped, and the next one runs', async () => {
    let calls = 0
    const { engine } = await bench((...args) => (calls++ === 0 ? endless(...args) : quick(...args)))
    const stop = new AbortController()
    const first = engine.generate(settings, {}, stop.signal)
    setTimeout(() => stop.abort(), 5)
    await expect(first).rejects.toEqual(code('cancelled'))
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
  })

  it('before the start sends nothing', async () => {
    const { engine } = await bench(endless)
    await expect(engine.generate(settings, {}, AbortSignal.abort())).rejects.toEqual(code('cancelled'))
    await expect(engine.plan(settings)).resolves.toMatchObject({ memory: { peakBytes: 3 } })
  })
})

describe('a lost device', () => {
  const losing: Work = async () => {
    throw new ZoetropeError('device-lost', 'The GPU was lost.')
  }

  it('is recovered once in silence', async () => {
    const { engine, opened } = await bench(losing, quick)
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
    expect(opened).toHaveLength(2)
  })

  it('the second time asks the person, whose retry works', async () => {
    const { engine, opened } = await bench(losing, losing, quick)
    await expect(engine.generate(settings, {})).rejects.toEqual(code('device-lost'))
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
    expect(opened).toHaveLength(3)
  })

  it('ends a job that hears nothing of it', async () => {
    const { engine, opened } = await bench(endless, endless, quick)
    const job = engine.generate(settings, {})
    const rejected = expect(job).rejects.toMatchObject({ code: 'device-lost', message: 'Reset twice.' })
    setTimeout(() => opened[0]?.lose('Reset.'), 5)
    setTimeout(() => opened[1]?.lose('Reset twice.'), 20)
    await rejected
  })

  it('between two jobs is opened again', async () => {
    const { engine, opened } = await bench(quick)
    opened[0]?.lose('Asleep.')
    await new Promise((resolve) => setTimeout(resolve, 5))
    await engine.generate(settings, {})
    expect(opened).toHaveLength(2)
  })

  it('that the browser withholds asks for a reload', async () => {
    let opens = 0
    client = connected(async () => {
      if (opens++ > 0) throw new ZoetropeError('no-adapter', 'No GPU.')
      return fakeEngine(losing)
    })
    const engine = await client.open(folder('m/'))
    await expect(engine.generate(settings, {})).rejects.toMatchObject({
      code: 'device-lost',
      message: expect.stringContaining('Reload the page') as string,
    })
  })
})

describe('opening', () => {
  it('gives the card of the model', async () => {
    client = connected(async () => fakeEngine(quick))
    const { card } = await client.open(folder('m/'))
    expect(card).toEqual({
      adapter: 'fake',
      model: {
        id: 'fake',
        title: 'Fake',
        version: '1',
        fps: 16,
        bytes: 11,
        sizes: [{ width: 96, height: 96 }],
        defaults: LIMITS.defaults,
        limits: LIMITS,
        takesPicture: false,
      },
    })
  })

  it('that failed is tried again by the next request', async () => {
    let opens = 0
    client = connected(async () => {
      if (opens++ === 0) throw new ZoetropeError('model-missing', 'No manifest.')
      return fakeEngine(quick)
    })
    await expect(client.open(folder('m/'))).rejects.toEqual(code('model-missing'))
    const engine = await client.open(folder('m/'))
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
  })

  it('another model frees the first', async () => {
    const { client, opened } = await bench(quick)
    await client.open(folder('other/'))
    expect(opened.map((engine) => engine.disposed)).toEqual([true, false])
  })

  it('is ended by a cancel, and the model can be opened again', async () => {
    let opens = 0
    client = connected((_request, signal) =>
      opens++ === 0 ? never(signal) : Promise.resolve(fakeEngine(quick)),
    )
    const stop = new AbortController()
    const opening = client.open(folder('m/'), stop.signal)
    setTimeout(() => stop.abort(), 5)
    await expect(opening).rejects.toEqual(code('cancelled'))
    await expect(client.open(folder('m/'))).resolves.toMatchObject({ card: { adapter: 'fake' } })
  })

  it('that was cancelled does not hold up another model', async () => {
    const opened: FakeEngine[] = []
    client = connected(async ({ model }, signal) => {
      if (model.kind === 'url' && model.url === 'slow/') return never(signal)
      opened.push(fakeEngine(quick))
      return opened.at(-1)!
    })
    const stop = new AbortController()
    const slow = client.open(folder('slow/'), stop.signal)
    const next = client.open(folder('next/'))
    stop.abort()
    await expect(slow).rejects.toEqual(code('cancelled'))
    await next
    expect(opened.map(({ disposed }) => disposed)).toEqual([false])
  })

  it('of several models at once leaves the last one alone', async () => {
    const opened: string[] = []
    const engines: FakeEngine[] = []
    client = connected(async ({ model }) => {
      const engine = fakeEngine(quick)
      await new Promise((resolve) => setTimeout(resolve, model.kind === 'url' && model.url === 'a/' ? 20 : 1))
      if (model.kind === 'url') opened.push(model.url)
      engines.push(engine)
      return engine
    })
    const { open } = client
    const [, , last] = await Promise.all([open(folder('a/')), open(folder('b/')), open(folder('c/'))])
    await last.generate(settings, {})
    expect(opened).toEqual(['a/', 'b/', 'c/'])
    expect(engines.map((engine) => engine.disposed)).toEqual([true, true, false])
  })
})

it('an engine that was freed for another one was not lost: a GPU that then is not there is no crash', async () => {
  let opens = 0
  client = connected(async () => {
    if (opens++ > 0) throw new ZoetropeError('no-adapter', 'No GPU.')
    const engine = fakeEngine(quick)
    engine.dispose = () => engine.lose('destroyed')
    return engine
  })
  await client.open(folder('m/'))
  await expect(client.open(folder('other/'))).rejects.toMatchObject({
    code: 'no-adapter',
    message: 'No GPU.',
  })
})

describe('work that never ends', () => {
  /** Hears no signal. */
  const stuck: Work = () => new Promise(() => undefined)

  it('is left to itself a moment after the cancel, and its engine with it', async () => {
    const { engine, opened } = await bench(stuck, quick)
    const stop = new AbortController()
    const first = engine.generate(settings, {}, stop.signal)
    setTimeout(() => stop.abort(), 5)
    await expect(first).rejects.toEqual(code('cancelled'))
    expect(opened[0]?.disposed).toBe(true)
    await expect(engine.generate(settings, {})).resolves.toMatchObject({ model: 'fake' })
    expect(opened).toHaveLength(2)
  })

  it('leaves the engine where it does hear of the cancel', async () => {
    const { engine, opened } = await bench((given, ...rest) =>
      given.seed === 7 ? endless(given, ...rest) : quick(given, ...rest),
    )
    const stop = new AbortController()
    const first = engine.generate(settings, {}, stop.signal)
    setTimeout(() => stop.abort(), 5)
    await expect(first).rejects.toEqual(code('cancelled'))
    await engine.generate({ ...settings, seed: 8 }, {})
    expect(opened.map(({ disposed }) => disposed)).toEqual([false])
  })

  it('does not hold up a model that is opened after a cancel; what comes late is freed', async () => {
    let open = (_engine: FakeEngine): void => undefined
    const late = fakeEngine(quick)
    client = connected(({ model }) =>
      model.kind === 'url' && model.url === 'stuck/'
        ? new Promise((resolve) => (open = resolve))
        : Promise.resolve(fakeEngine(quick)),
    )
    await client.open(folder('first/')) // a worker that was never heard is replaced sooner
    const stop = new AbortController()
    const stuck = client.open(folder('stuck/'), stop.signal)
    setTimeout(() => stop.abort(), 5)
    await expect(stuck).rejects.toEqual(code('cancelled'))
    await expect(client.open(folder('next/'))).resolves.toMatchObject({ card: { adapter: 'fake' } })
    open(late)
    await new Promise((resolve) => setTimeout(resolve, 5))
    expect(late.disposed).toBe(true)
  })
})

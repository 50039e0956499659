import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { limitsFor } from '../../../src/protocol/limits'
import { checkForm, initialForm, lineFor } from '../../../src/ui/form'
import { requestOf } from '../../../src/ui/model-url'
import { createSession } from '../../../src/ui/session'
import { OtherModel, type Session } from '../../../src/ui/session-state'
import { findMissing } from '../../../src/ui/support'
import { fileNameFor, formatBytes, formatSeconds } from '../../../src/ui/words'
import { connected, endless, fakeEngine, resultOf, type Work } from '../worker/fake-engine'
import type { EngineClient } from '../../../src/worker/client'

let client: EngineClient

function sessionWith(work: Work): Session {
  client = connected(async () => fakeEngine(work))
  return createSession({
    client,
    request: { model: { kind: 'url', url: 'https://example.org/m/' } },
    missing: undefined,
  })
}

beforeEach(() => void vi.spyOn(URL, 'revokeObjectURL'))
afterEach(() => {
  client.close()
  vi.restoreAllMocks()
})

it('opens by itself where a run is asked for first, and shows the clip', async () => {
  const session = sessionWith(async (settings) => resultOf(settings))
  const clip = await session.generate({ prompt: 'a red ball', seed: 3, width: 100 })
  expect(clip.fileName).toBe('a-red-ball-3.mp4')
  expect(clip.result.notes).toEqual(['Width 100 became 96: sides are multiples of 16.', 'From the engine.'])
  expect(session.get()).toMatchObject({ job: undefined, problem: undefined, clip: { url: clip.url } })
  await session.generate({ prompt: 'a blue boat' })
  expect(URL.revokeObjectURL).toHaveBeenCalledWith(clip.url)
})

it('hands over all that is no setting, and leaves the size to the engine where a clip goes on from another', async () => {
  const session = sessionWith(async (settings) => resultOf(settings))
  const opening = vi.spyOn(client, 'open')
  await session.generate({ prompt: 'opens the model' })
  const generate = vi.spyOn(await opening.mock.results[0]!.value, 'generate')
  const continueFrom = {
    width: 16,
    height: 16,
    frame: new Float32Array(768),
    statistics: { mean: [0], deviation: [1] },
  }
  await session.generate({ prompt: 'a', seed: 1, keepsEnd: true })
  await session.generate({ prompt: 'b', seed: 1, continueFrom, holdsColours: true })
  const [first, second] = generate.mock.calls.map(([input]) => input)
  expect(first).toMatchObject({ keepsEnd: true, width: 96, seed: 1 })
  expect(second).toEqual({ prompt: 'b', seed: 1, continueFrom, holdsColours: true })
})

it('has the engine find out whether a run that is not listed is gone', async () => {
  const session = sessionWith(async (settings) => resultOf(settings))
  const opening = vi.spyOn(client, 'open')
  await session.open()
  const generate = vi.spyOn(await opening.mock.results[0]!.value, 'generate')
  const resume = { run: 'run-1', orAnew: true }
  await session.generate({ prompt: 'a red ball', seed: 3, resume })
  expect(generate.mock.calls[0]?.[0]).toMatchObject({ prompt: 'a red ball', seed: 3, resume })
})

it('refuses bad settings and keeps the clip', async () => {
  const session = sessionWith(async (settings) => resultOf(settings))
  await session.generate({ prompt: 'a red ball' })
  await expect(session.generate({ prompt: 'a', seed: 'abc' })).rejects.toMatchObject({
    code: 'invalid-settings',
  })
  expect(session.get()).toMatchObject({ problem: { code: 'invalid-settings' }, job: undefined })
  expect(session.get().clip).toBeDefined()
})

it('takes one job at a time and is ready after a cancel', async () => {
  const session = sessionWith(endless)
  const first = session.generate({ prompt: 'a red ball' })
  await expect(session.generate({ prompt: 'another' })).rejects.toMatchObject({ code: 'busy' })
  await vi.waitFor(() => expect(session.get().job).toBeDefined())
  session.cancel()
  expect(session.get().job?.isStopping).toBe(true)
  await expect(first).rejects.toMatchObject({ code: 'cancelled' })
  expect(session.get()).toMatchObject({ job: undefined, problem: undefined })
})

it('ends a run early and keeps what it gave', async () => {
  const session = sessionWith(
    (settings, _events, signal, finish) =>
      new Promise((resolve, reject) => {
        finish.addEventListener('abort', () => resolve({ ...resultOf(settings), stepsRun: 2 }))
        signal.addEventListener('abort', () => reject(new Error('not cancelled')))
      }),
  )
  for (const prompt of ['a red ball', 'a blue boat']) {
    const made = session.generate({ prompt })
    await vi.waitFor(() => expect(session.get().job).toBeDefined())
    session.finish()
    expect(session.get().job).toMatchObject({ isFinishing: true, isStopping: false })
    expect((await made).result).toMatchObject({ prompt, stepsRun: 2 })
    session.finish() // nothing is made: the next run is whole
  }
})

/** A session whose first model never opens. */
function stuckSession(): Session {
  let opens = 0
  client = connected((_request, signal) =>
    opens++ === 0
      ? new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        )
      : Promise.resolve(fakeEngine(endless)),
  )
  return createSession({
    client,
    request: { model: { kind: 'url', url: 'https://example.org/m/' } },
    missing: undefined,
  })
}

it('stops opening a model when it is told to, and opens it again', async () => {
  const session = stuckSession()
  const opening = session.open()
  session.cancel()
  await opening
  expect(session.get()).toMatchObject({
    engine: undefined,
    problem: { code: 'cancelled', message: expect.stringContaining('not opened') as string },
  })
  await session.open()
  expect(session.get()).toMatchObject({ engine: { adapter: 'fake' }, problem: undefined })
})

it('stops opening a model when another is chosen', async () => {
  const session = stuckSession()
  const first = session.open()
  await session.open({ model: { kind: 'url', url: 'https://example.org/other/' } })
  await first
  expect(session.get()).toMatchObject({ engine: { adapter: 'fake' }, problem: undefined })
})

it('a video that waits for its model is cancelled with it', async () => {
  const session = stuckSession()
  const video = session.generate({ prompt: 'a red ball' })
  await Promise.resolve()
  session.cancel()
  await expect(video).rejects.toMatchObject({ code: 'cancelled' })
})

const OTHER = { model: { kind: 'url', url: 'https://example.org/other/' } } as const

it('makes a video with the model that was chosen while it waited for another', async () => {
  client = connected((request, signal) =>
    JSON.stringify(request).includes('other')
      ? Promise.resolve(fakeEngine(async (settings) => resultOf(settings)))
      : new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        ),
  )
  const request = { model: { kind: 'url', url: 'https://example.org/m/' } } as const
  const session = createSession({ client, request, missing: undefined })
  const video = session.generate({ prompt: 'a red ball' })
  await session.open(OTHER)
  expect((await video).result.prompt).toBe('a red ball')
  expect(session.get()).toMatchObject({ engine: { adapter: 'fake' }, problem: undefined })
})

it('makes a video with the model that is chosen in the moment in which it begins', async () => {
  const session = sessionWith(async (settings) => resultOf(settings))
  await session.open()
  const video = session.generate({ prompt: 'a red ball' })
  const opening = session.open(OTHER)
  expect((await video).result.prompt).toBe('a red ball')
  await opening
})

it('makes no video with another model than it was asked of, and says nothing of it', async () => {
  const session = sessionWith(async (settings) => resultOf(settings))
  const opening = vi.spyOn(client, 'open')
  const wanted = session.generate({ prompt: 'a red ball' }, { model: 'wan' })
  await expect(wanted).rejects.toBeInstanceOf(OtherModel)
  const generate = vi.spyOn(await opening.mock.results[0]!.value, 'generate')
  await expect(session.generate({ prompt: 'a' }, { model: 'wan' })).rejects.toBeInstanceOf(OtherModel)
  expect(generate).not.toHaveBeenCalled()
  expect(session.get()).toMatchObject({ job: undefined, problem: undefined })
  const { id } = session.get().engine!.model
  await session.generate({ prompt: 'a' }, { model: id })
  expect(generate).toHaveBeenCalledOnce()
})

it('opens no model that nobody chose', async () => {
  const session = sessionWith(async (settings) => resultOf(settings))
  const opening = vi.spyOn(client, 'open')
  session.withhold()
  await expect(session.generate({ prompt: 'a' })).rejects.toMatchObject({ code: 'model-missing' })
  expect(opening).not.toHaveBeenCalled()
  expect(session.get().problem).toMatchObject({ code: 'model-missing' })
  await session.open(OTHER)
  await session.generate({ prompt: 'a' })
  expect(opening).toHaveBeenCalledOnce()
})

it('shows the plan that was asked for last', async () => {
  const session = sessionWith(endless)
  await session.open()
  const { settings } = checkForm({ ...initialForm(session.limits()), prompt: 'x' }, session.limits()) as {
    settings: Parameters<Session['plan']>[0]
  }
  await Promise.all([session.plan(settings), session.plan(settings)])
  expect(session.get().plan?.peakBytes).toBe(3)
  expect(session.get().planned).toMatchObject({ settings: { width: 96 }, notes: [] })
})

it('a form that nobody touched is accepted, and a wrong field has its line', () => {
  const limits = limitsFor({ width: 16, height: 16, frames: 4, shortest: 1 }, { width: 96, height: 96 })
  const form = initialForm(limits)
  expect(checkForm(form, limits).ok).toBe(true)
  const wrong = checkForm({ ...form, width: 'wide' }, limits)
  expect(lineFor('width', 'Width', wrong)).toEqual({
    text: 'Width must be a number of pixels from 32 to 1280; "wide" is not a number.',
    isError: true,
  })
  expect(lineFor('height', 'Height', wrong)).toBeUndefined()
})

it.each([
  ['https://a.org/zoetrope/', 'https://a.org/zoetrope/models/mini/'],
  ['https://a.org/zoetrope/index.html?x=1#y', 'https://a.org/zoetrope/models/mini/'],
  ['http://localhost:1/?model=%2Fchosen-model%2F', 'http://localhost:1/chosen-model/'],
  ['http://localhost:1/a/?model=b%3Fc', 'http://localhost:1/a/b/'],
])('the model of %s', (page, url) => {
  expect(requestOf(page)).toEqual({ model: { kind: 'url', url } })
})

it('a model elsewhere is refused', () => {
  expect(() => requestOf('https://a.org/?model=//b.org/m')).toThrow(
    'Models are loaded from https://a.org only',
  )
})

it.each([
  'http://127.0.0.1:8080/m/',
  'http://localhost/m/',
  'https://192.168.0.1/m/',
  'https://me:secret@a.org/zoetrope/m/',
  'blob:https://a.org/zoetrope/m',
  'data:application/json,{}',
  'file:///etc/',
  '\\\\b.org\\m',
  '/elsewhere/',
  '../zoetrope-of-others/',
  '%2e%2e/other/',
  'm/..%2f..%2fother/',
  'm/..%5c..%5cother/',
])('the address cannot have %s fetched', (model) => {
  expect(() => requestOf(`https://a.org/zoetrope/?model=${encodeURIComponent(model)}`)).toThrow(
    /^Models are loaded from /,
  )
})

it('the address may decide about memory and precision', () => {
  expect(requestOf('https://a.org/?activations=int8')).toMatchObject({ activations: 'int8' })
  expect(() => requestOf('https://a.org/?activations=int4')).toThrow(
    'Activations must be one of float, int8; "int4" is none of them.',
  )
  expect(requestOf('https://a.org/?weights=q4&memory=1.5GiB')).toMatchObject({
    weightFormat: 'q4',
    memoryBytes: 1.5 * 2 ** 30,
  })
  expect(requestOf('https://a.org/?memory=600%20mb')).toMatchObject({ memoryBytes: 6e8 })
  expect(() => requestOf('https://a.org/?weights=q5')).toThrow(
    'Weights must be one of auto, f16, q8, q4; "q5" is none of them.',
  )
  for (const memory of ['', '4', 'much', '-4GB', '4TB', '99999GB', '1e9'])
    expect(() => requestOf(`https://a.org/?memory=${memory}`)).toThrow(`as in 4GB; "${memory}" is not.`)
})

it('opens another model, and the later choice wins', async () => {
  const opened: string[] = []
  client = connected(async ({ model }) => {
    if (model.kind === 'url') opened.push(model.url)
    return fakeEngine(endless)
  })
  const session = createSession({
    client,
    request: { model: { kind: 'url', url: 'a/' } },
    missing: undefined,
  })
  await Promise.all([session.open(), session.open({ model: { kind: 'url', url: 'b/' } })])
  expect(opened).toEqual(['a/', 'b/'])
  expect(session.get().engine).toBeDefined()
  await session.open()
  expect(opened).toEqual(['a/', 'b/', 'b/'])
})

it('says what a browser lacks, the first thing first', () => {
  const all = { isSecureContext: true, hasGpu: true, hasVideoEncoder: true }
  expect(findMissing(all)).toBeUndefined()
  expect(findMissing({ ...all, hasGpu: false, isSecureContext: false })?.message).toContain('plain http')
  expect(findMissing({ ...all, hasGpu: false })?.code).toBe('no-webgpu')
  expect(findMissing({ ...all, hasVideoEncoder: false })?.code).toBe('codec-missing')
})

it('numbers and names for people', () => {
  expect([0, 999, 12_345, 9_444_352, 2.6e9].map(formatBytes)).toEqual([
    '1 kB',
    '1 kB',
    '12 kB',
    '9 MB',
    '2.6 GB',
  ])
  expect([0.04, 9.96, 59, 61, 3600].map(formatSeconds)).toEqual([
    '0.0 s',
    '10.0 s',
    '59 s',
    '1 min 1 s',
    '1 h 0 min',
  ])
  expect(fileNameFor('Red/ball: "x"? 🎈', 1)).toBe('red-ball-x-1.mp4')
  expect(fileNameFor('🎈', 1)).toBe('zoetrope-1.mp4')
  expect(fileNameFor('כדור אדום', 1)).toBe('כדור-אדום-1.mp4')
  expect(fileNameFor('हरी घास पर लाल गेंद', 7)).toBe('हरी-घास-पर-लाल-गेंद-7.mp4')
  expect(fileNameFor('ลูกบอลสีแดง', 7)).toBe('ลูกบอลสีแดง-7.mp4')
  expect(fileNameFor('Quả bóng đỏ', 7)).toBe('quả-bóng-đỏ-7.mp4')
  expect(fileNameFor('❤️ cat', 7)).toBe('cat-7.mp4')
  expect(fileNameFor('a red ball', 7, 'gif')).toBe('a-red-ball-7.gif')
})

// The real onnxruntime-web, with a backend of the test's: one that does not load, loads slowly, or hangs.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { openRuntime } from '../../../../src/models/blocks/onnx-runtime'
import type { Graph } from '../../../../src/models/umt5/onnx-model'
import type { GraphSession } from '../../../../src/models/umt5/onnx-session'

const GRAPH: Graph = { name: 'test', inputs: [], outputs: [], constants: [], nodes: [] }

// A thread whose runtime broke down is of no more use: each test has its own module.
beforeEach(() => void vi.resetModules())
afterEach(() => {
  vi.useRealTimers()
  vi.resetModules()
})

let backends = 0

/** Opens sessions on a backend that is loaded by `init`, in a thread of their own. */
async function threadWith(
  init: () => Promise<void>,
  run: () => Promise<Record<string, never>> = async () => ({}),
): Promise<() => Promise<GraphSession<unknown>>> {
  const runtime = await openRuntime()
  const provider = `test${++backends}`
  const handler = {
    inputNames: [],
    outputNames: [],
    inputMetadata: [],
    outputMetadata: [],
    run,
    dispose: async () => {},
    startProfiling: () => {},
    endProfiling: () => {},
  }
  runtime.registerBackend(provider, { init, createInferenceSessionHandler: async () => handler }, -1)
  const { openSession } = await import('../../../../src/models/umt5/onnx-session')
  return () => openSession(GRAPH, { provider, tensor: () => expect.unreachable() }, false)
}

/** Resolves when a call has begun to wait for the one before. */
const waits = (): Promise<void> => vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0))

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    ({ code, message }: { code: string; message: string }) => ({ code, message }),
  )

it('a runtime that does not load has the thread replaced, since it is not loaded a second time', async () => {
  const open = await threadWith(() => Promise.reject(new TypeError('Failed to fetch')))
  const failure = await failureOf(open())
  expect(failure).toMatchObject({ code: 'engine-broken' })
  expect(failure).toHaveProperty(
    'message',
    expect.stringMatching(
      /could not be loaded \(\[test\d+\] TypeError: Failed to fetch\)\. Check the connection/,
    ),
  )
  expect(await failureOf(open())).toEqual(failure)
})

it('calls wait for a runtime that loads slowly, one after the other', async () => {
  vi.useFakeTimers()
  let load = (): void => undefined
  const loaded = new Promise<void>((resolve) => (load = resolve))
  let running = 0
  const most: number[] = []
  const open = await threadWith(
    () => loaded,
    async () => {
      most.push(++running)
      await Promise.resolve()
      running -= 1
      return {}
    },
  )
  const calls = [1, 2, 3].map(async () => (await open()).run(new Map()))
  await waits()
  await vi.advanceTimersByTimeAsync(120_000)
  load()
  await Promise.all(calls)
  expect(most).toEqual([1, 1, 1])
})

it('a call does not wait long for one that hangs, and tells what happened', async () => {
  vi.useFakeTimers()
  const open = await threadWith(
    async () => {},
    () => new Promise(() => {}),
  )
  const session = await open()
  void session.run(new Map())
  const next = failureOf(open())
  await waits()
  await vi.advanceTimersByTimeAsync(3_000)
  expect(await next).toEqual({
    code: 'engine-broken',
    message:
      'onnxruntime broke down (a call did not end within 3 s). Try again; if that does not help, reload this page.',
  })
})

it('a call that breaks the runtime has the thread replaced', async () => {
  const open = await threadWith(
    async () => {},
    () => Promise.reject(new WebAssembly.RuntimeError('memory access out of bounds')),
  )
  const session = await open()
  expect(await failureOf(session.run(new Map()))).toMatchObject({
    code: 'engine-broken',
    message: expect.stringContaining('broke down (memory access out of bounds)'),
  })
})

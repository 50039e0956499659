// The device is lost in every phase of a clip, at every class of call: the first loss cannot be seen in the film, the
// second one asks, and the engine works again after it.
import { readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openPipeline } from '../../src/engine/pipeline'
import type { GenerationResult } from '../../src/protocol/engine'
import { fromFailure, type ZoetropeError } from '../../src/protocol/errors'
import type { Reply, Request } from '../../src/protocol/messages'
import type { ModelSource } from '../../src/protocol/model-source'
import { serveEngine } from '../../src/worker/serve'
import { writeTinyModel } from '../e2e/support/tiny-model'
import { nodeGpu } from '../support/adapter'
import { fakeCodecs } from '../support/fake-codecs'
import { quickCases } from '../support/gpu-cases'
import { widenText } from '../support/wide-text'
import { lostAt, type FaultyGpu } from './faulty-gpu'
import { countPoints, failAt, pointsEach, pointsOf, type FaultPlan } from './plan'

const [CASE] = quickCases()
const SETTINGS = {
  prompt: 'a red ball',
  seed: 7,
  width: 32,
  height: 32,
  numFrames: 5,
  numInferenceSteps: 2,
}

let folder: string
let model: ModelSource
let gpu: GPU

beforeAll(async () => {
  folder = await writeTinyModel()
  await widenText(folder)
  const files = readdirSync(folder).map((name) => ({
    name,
    file: new Blob([readFileSync(join(folder, name))]),
  }))
  model = { kind: 'files', files }
  gpu = await nodeGpu(CASE!.adapter)
})
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  fakeCodecs({})
  return () => vi.unstubAllGlobals()
})

interface Worker {
  readonly faulty: FaultyGpu
  generate(): Promise<GenerationResult>
}

/** The engine's worker, in this thread. */
async function startWorker(plan: FaultPlan): Promise<Worker> {
  let stage = 'open'
  let lastId = 0
  const waiting = new Map<number, (reply: Reply) => void>()
  const faulty = lostAt(gpu, plan, () => stage)
  const handle = serveEngine(
    (request, signal) => openPipeline({ ...request, gpu: faulty.gpu, signal }),
    (reply) => {
      if (reply.type === 'progress') stage = reply.progress.stage
      else if (reply.type !== 'preview' && reply.type !== 'kept') waiting.get(reply.id)?.(reply)
    },
  )
  const ask = async (request: { type: 'open' } | { type: 'generate' }): Promise<Reply> => {
    const id = ++lastId
    const answered = new Promise<Reply>((resolve) => waiting.set(id, resolve))
    const command: Request =
      request.type === 'open'
        ? { type: 'open', id, request: { model, memoryBytes: 1e9 } }
        : { type: 'generate', id, settings: SETTINGS }
    handle(command)
    const reply = await answered
    if (reply.type === 'failed') throw fromFailure(reply.failure)
    return reply
  }
  await ask({ type: 'open' })
  return {
    faulty,
    async generate() {
      const reply = await ask({ type: 'generate' })
      if (reply.type !== 'generated') throw new Error(`The worker answered ${reply.type}.`)
      return reply.result
    },
  }
}

const factsOf = ({ latentsSha256, mp4, codec }: GenerationResult) => ({ latentsSha256, mp4: [...mp4], codec })

describe(`a device on ${CASE!.name}`, () => {
  let undisturbed: ReturnType<typeof factsOf>
  let counts: ReadonlyMap<string, number>

  beforeAll(async () => {
    fakeCodecs({})
    const plan = countPoints()
    const worker = await startWorker(plan)
    undisturbed = factsOf(await worker.generate())
    worker.faulty.close()
    counts = new Map([...plan.counts].filter(([name]) => !name.startsWith('open')))
    console.log(`points: ${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`)
  })

  it('has points in every phase', () => {
    for (const name of [
      'encode submit',
      'denoise upload',
      'encode compile',
      'denoise submit',
      'denoise read',
      'decode submit',
      'decode read',
    ])
      expect(counts.get(name) ?? 0, name).toBeGreaterThan(0)
  })

  it('that is lost once at any of them leaves the film as it would have been', async () => {
    const points = pointsOf(counts, pointsEach(1, 4))
    let lost = 0
    for (const point of points) {
      const plan = failAt(point)
      const worker = await startWorker(plan)
      const made = await worker.generate()
      const at = `${point.class} ${point.nth}`
      // How work is cut into submits follows the clock: the last points of one run may not be in another.
      expect(worker.faulty.opened, at).toBe(plan.happened ? 2 : 1)
      expect(factsOf(made), at).toEqual(undisturbed)
      lost += Number(plan.happened)
      worker.faulty.close()
    }
    expect(lost).toBeGreaterThan(0.7 * points.length)
    console.log(`lost devices survived: ${lost}, of ${points.length} points`)
  })

  it('that is lost again asks, and does not go round; the next try works', async () => {
    let lost = 0
    const worker = await startWorker({
      reach(name) {
        if (name !== 'denoise submit') return false
        const { opened } = worker.faulty
        const isDue = opened > lost && opened <= 2
        if (isDue) lost = opened
        return isDue
      },
    })
    const failure = await worker.generate().catch((error: unknown) => error)
    expect((failure as ZoetropeError).code).toBe('device-lost')
    expect(worker.faulty.opened).toBe(2)
    expect(factsOf(await worker.generate())).toEqual(undisturbed)
    expect(worker.faulty.opened).toBe(3)
    worker.faulty.close()
  })
})

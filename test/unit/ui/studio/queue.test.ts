import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ZoetropeError } from '../../../../src/protocol/errors'
import type { InterruptedRun } from '../../../../src/protocol/runs'
import type { SettingsInput } from '../../../../src/protocol/settings'
import { OtherModel, type Clip, type SessionState } from '../../../../src/ui/session-state'
import { joinQueues } from '../../../../src/ui/studio/kept-queue'
import { createQueue, type Queue } from '../../../../src/ui/studio/queue'
import { failedWith } from '../../../../src/ui/studio/queue-item'
import type { StudioInput } from '../../../../src/ui/studio/studio-input'
import { limitsFor } from '../../../../src/protocol/limits'
import { resultOf, settings } from '../../worker/fake-engine'
import { createPictures, type Pictures } from '../../../../src/ui/studio/pictures'
import { fakeCache } from '../../../support/fake-cache'
import { Memory } from './memory'
import { takePicture } from './take-picture'

/** Of Wan 2.1's latents. */
const UNITS = { width: 16, height: 16, frames: 4, shortest: 1 }

/** A session that makes what it is asked for when the test says so. */
class FakeSession {
  state: Partial<SessionState> = {}
  isWithheld = false
  readonly asked: unknown[] = []
  readonly wishes: StudioInput[] = []
  readonly discarded: string[] = []
  /** Ids of the models that videos were asked of. */
  readonly models: (string | undefined)[] = []
  keep: ((run: string) => void) | undefined
  readonly images: (Blob | undefined)[] = []
  settle: { done(): void; fail(error: Error): void } | undefined

  readonly session = {
    get: () => this.state as SessionState,
    isWithheld: () => this.isWithheld,
    discardRun: async (run: string) => void this.discarded.push(run),
    generate: (input: StudioInput, onKept?: (run: string) => void, model?: string) => {
      this.models.push(model)
      this.asked.push(input.resume ? `${String(input.prompt)} from ${input.resume.run}` : input.prompt)
      this.wishes.push(input)
      this.images.push(input.image)
      this.keep = onKept
      return new Promise<Clip>((resolve, reject) => {
        this.settle = {
          done: () => resolve({ result: resultOf(settings), url: '', fileName: '' }),
          fail: reject,
        }
      })
    },
    cancel: () => this.settle?.fail(new ZoetropeError('cancelled', 'Cancelled.')),
  }

  open(id: string): void {
    const limits = limitsFor(UNITS)
    const { defaults } = limits
    const model = {
      id,
      title: id.toUpperCase(),
      version: '1',
      fps: 16,
      defaults,
      limits,
      takesPicture: false,
      sizes: [],
      bytes: 1,
    }
    this.state = { ...this.state, engine: { adapter: 'GPU', model } }
  }
}

let fake: FakeSession
let storage: Memory
let made: Clip[]
/** Of each clip, the run that is left. */
let left: (string | undefined)[]

beforeEach(() => {
  fake = new FakeSession()
  storage = new Memory()
  made = []
  left = []
})
afterEach(() => vi.restoreAllMocks())

const queueOf = (): Queue =>
  createQueue({
    session: fake.session,
    storage,
    onMade(clip, _input, run) {
      made.push(clip)
      left.push(run)
    },
  })
const prompts = (queue: Queue): unknown[] => queue.get().items.map(({ input }) => input.prompt)
const input = (prompt: string): SettingsInput => ({ prompt, seed: '' })
const idOf = (queue: Queue, prompt: string): string =>
  queue.get().items.find((item) => item.input.prompt === prompt)?.id ?? ''
const finish = async (): Promise<void> => {
  fake.settle?.done()
  await vi.waitFor(() => undefined)
  await new Promise((resolve) => setTimeout(resolve, 0))
}

describe('a queue', () => {
  it('makes one after the other, in order', async () => {
    const queue = queueOf()
    queue.add([input('one'), input('two')])
    queue.add([input('three')])
    expect(fake.asked).toEqual(['one'])
    await finish()
    expect([fake.asked, made.length]).toEqual([['one', 'two'], 1])
    await finish()
    await finish()
    expect([fake.asked, prompts(queue), made.length]).toEqual([['one', 'two', 'three'], [], 3])
  })

  it('is reordered, thinned and emptied; what is being made stays on top', async () => {
    const queue = queueOf()
    queue.add(['one', 'two', 'three', 'four'].map(input))
    queue.moveUp(idOf(queue, 'three'))
    queue.moveUp(idOf(queue, 'three')) // not above what is being made
    expect(prompts(queue)).toEqual(['one', 'three', 'two', 'four'])
    queue.remove(idOf(queue, 'two'))
    expect(prompts(queue)).toEqual(['one', 'three', 'four'])
    queue.clear()
    expect(prompts(queue)).toEqual(['one'])
  })

  it('stops what is being made where that is removed, and goes on with the next', async () => {
    const queue = queueOf()
    queue.add(['one', 'two'].map(input))
    queue.remove(idOf(queue, 'one'))
    await vi.waitFor(() => expect(fake.asked).toEqual(['one', 'two']))
    expect(prompts(queue)).toEqual(['two'])
  })

  it('cancels all but one', async () => {
    const queue = queueOf()
    queue.add(['one', 'two', 'three'].map(input))
    queue.keepOnly(idOf(queue, 'three'))
    await vi.waitFor(() => expect(fake.asked).toEqual(['one', 'three']))
    expect(prompts(queue)).toEqual(['three'])
  })

  it('pauses after the video that is being made, and goes on', async () => {
    const queue = queueOf()
    queue.add(['one', 'two'].map(input))
    queue.pause()
    await finish()
    expect([fake.asked, prompts(queue)]).toEqual([['one'], ['two']])
    queue.resume()
    expect(fake.asked).toEqual(['one', 'two'])
  })

  it('keeps what failed with its reason, makes the next, and tries again when asked', async () => {
    const queue = queueOf()
    queue.add(['one', 'two'].map(input))
    fake.settle?.fail(new ZoetropeError('out-of-memory', 'Too large.'))
    await vi.waitFor(() => expect(fake.asked).toEqual(['one', 'two']))
    expect(queue.get().items[0]).toMatchObject({ state: 'failed', failure: { message: 'Too large.' } })
    queue.retry(idOf(queue, 'one'))
    await finish()
    expect(fake.asked).toEqual(['one', 'two', 'one'])
  })

  it('waits where the next one would fail the same way', async () => {
    const queue = queueOf()
    queue.add(['one', 'two'].map(input))
    fake.settle?.fail(new ZoetropeError('device-lost', 'The GPU is gone.'))
    await vi.waitFor(() => expect(queue.get().isPaused).toBe(true))
    expect(fake.asked).toEqual(['one'])
  })

  it('lets a video wait for its model', async () => {
    const queue = queueOf()
    fake.open('wan')
    queue.add(['one', 'two'].map(input))
    fake.open('mini')
    await finish()
    expect([fake.asked, prompts(queue)]).toEqual([['one'], ['two']])
    fake.open('wan')
    queue.look()
    expect(fake.asked).toEqual(['one', 'two'])
  })
})

describe('a run that was interrupted', () => {
  const RUN: InterruptedRun = {
    id: 'run-1',
    settings: { ...settings, prompt: 'one' },
    model: { id: 'wan', title: 'WAN' },
    adapter: 'GPU',
    begunAt: 0,
    stage: 'denoise',
    step: 3,
    steps: 10,
  }
  const reload = (): Queue => {
    fake = new FakeSession()
    return queueOf()
  }

  it('goes on where it was after a reload, once the person says so', async () => {
    const before = queueOf()
    before.add([input('one'), input('two')])
    fake.keep?.('run-1')
    expect(before.get().items[0]).toMatchObject({ run: 'run-1', isResumed: false })
    const queue = reload()
    queue.adopt([RUN])
    expect([prompts(queue), queue.get().isInterrupted, fake.asked]).toEqual([['one', 'two'], true, []])
    expect(queue.get().items[0]?.reached).toEqual({ stage: 'denoise', step: 3, steps: 10 })
    queue.resume()
    expect(fake.asked).toEqual(['one from run-1'])
    expect(queue.get().items[0]?.isResumed).toBe(true)
    await finish()
    expect([fake.asked, fake.discarded]).toEqual([['one from run-1', 'two'], []])
  })

  it('of which the queue knows nothing is put first; where it is gone its video begins anew', () => {
    queueOf().add([input('two')])
    fake.keep?.('run-2')
    const queue = reload()
    queue.adopt([RUN])
    queue.resume()
    expect(fake.asked).toEqual(['one from run-1'])
    expect(queue.get().items[1]).not.toHaveProperty('run')
  })

  it('waits where no model is asked for, until one is open', () => {
    const queue = queueOf()
    fake.isWithheld = true
    queue.adopt([RUN])
    queue.resume()
    expect([fake.asked, queue.get().items[0]?.state]).toEqual([[], 'waiting'])
    fake.isWithheld = false
    queue.look()
    expect(fake.asked).toEqual(['one from run-1'])
  })

  it('leaves nothing where it is discarded or removed', () => {
    const queue = queueOf()
    queue.adopt([RUN])
    queue.clear()
    queue.adopt([RUN, { ...RUN, id: 'run-2' }])
    queue.remove(queue.get().items[0]!.id)
    expect(fake.discarded).toEqual(['run-1', 'run-1'])
  })

  it('stays beside newer videos and after a reload where it failed, until it is removed', async () => {
    const queue = queueOf()
    const lost = new ZoetropeError('device-lost', 'The GPU is gone.')
    queue.add([input('one')])
    fake.keep?.('run-1')
    fake.settle?.fail(lost)
    await vi.waitFor(() => expect(queue.get().items[0]?.state).toBe('failed'))
    queue.add([input('two')])
    fake.settle?.fail(new ZoetropeError('out-of-memory', 'Too large.'))
    await vi.waitFor(() => expect(queue.get().items[1]?.state).toBe('failed'))
    expect(failedWith(queue.get().items, lost)?.run).toBe('run-1')
    expect(failedWith(queue.get().items, { code: 'out-of-memory', message: 'Too large.' })?.input).toEqual(
      input('two'),
    )
    queue.add([input('three')])
    expect([prompts(queue), fake.asked, fake.discarded]).toEqual([
      ['one', 'three'], // nothing is left of the second that could go on
      ['one', 'two', 'three'],
      [],
    ])
    const again = reload()
    again.adopt([RUN])
    expect(prompts(again)).toEqual(['one', 'three'])
    again.remove(idOf(again, 'one'))
    expect(fake.discarded).toEqual(['run-1'])
  })

  it('stays when its clip is made, for whoever keeps that', async () => {
    const queue = queueOf()
    queue.add([input('one'), input('two')])
    fake.keep?.('run-1')
    await finish()
    await finish()
    queue.adopt([RUN])
    queue.resume()
    await finish()
    expect([left, fake.discarded]).toEqual([['run-1', undefined, RUN.id], []])
  })

  it('goes on after a lost GPU, on another GPU where that is agreed to, and anew only where it is gone', async () => {
    const queue = queueOf()
    queue.add([input('one')])
    fake.keep?.('run-1')
    const failed = async (code: 'device-lost' | 'other-gpu' | 'storage-failed'): Promise<void> => {
      fake.settle?.fail(new ZoetropeError(code, 'It failed.'))
      await vi.waitFor(() => expect(queue.get().items[0]?.failure?.code).toBe(code))
      queue.retry(queue.get().items[0]!.id)
      await vi.waitFor(() => expect(queue.get().items[0]?.state).toBe('running'))
    }
    await failed('device-lost')
    await failed('other-gpu')
    await failed('storage-failed')
    expect(fake.wishes.map(({ resume }) => resume)).toEqual([
      undefined,
      { run: 'run-1', onAnyGpu: false, orAnew: true },
      { run: 'run-1', onAnyGpu: true, orAnew: true },
      { run: 'run-1', onAnyGpu: true, orAnew: true },
    ])
  })

  it('found when the page opened goes on after a storage without an answer, and anew only where it is gone', async () => {
    const queue = queueOf()
    queue.adopt([RUN])
    queue.resume()
    fake.settle?.fail(new ZoetropeError('storage-failed', 'The storage gave no answer.'))
    await vi.waitFor(() => expect(queue.get().items[0]?.state).toBe('failed'))
    queue.retry(queue.get().items[0]!.id)
    expect(fake.wishes.map(({ resume }) => resume)).toEqual([
      { run: 'run-1', onAnyGpu: false, orAnew: false },
      { run: 'run-1', onAnyGpu: false, orAnew: true },
    ])
  })
})

describe('after a reload', () => {
  it('nothing is lost, what was being made among it, and nothing runs before it is asked to', async () => {
    fake.open('wan')
    queueOf().add(['one', 'two'].map(input))
    fake = new FakeSession()
    const queue = queueOf()
    expect([prompts(queue), queue.get().isInterrupted, fake.asked]).toEqual([['one', 'two'], true, []])
    expect(queue.get().items[0]).toMatchObject({ state: 'waiting', model: { id: 'wan', title: 'WAN' } })
    queue.resume()
    expect(fake.asked).toEqual(['one'])
    await finish()
    await finish()
    expect(queueOf().get()).toMatchObject({ items: [], isInterrupted: false })
  })

  it('what begins with a picture is not promised: the picture cannot be kept with it', () => {
    queueOf().add([{ prompt: 'one', image: new Blob(['x']) }, input('two')])
    expect(prompts(queueOf())).toEqual(['two'])
  })

  it('a new video does not wait for what is held, which stays held', async () => {
    queueOf().add(['one', 'two'].map(input))
    fake = new FakeSession()
    const queue = queueOf()
    queue.add([input('now')])
    expect([fake.asked, prompts(queue)]).toEqual([['now'], ['now', 'one', 'two']])
    await finish()
    expect([fake.asked, prompts(queue), queue.get().isInterrupted]).toEqual([['now'], ['one', 'two'], true])
  })

  it('what was discarded stays away', () => {
    queueOf().add(['one', 'two'].map(input))
    fake = new FakeSession()
    queueOf().clear()
    expect(queueOf().get().items).toEqual([])
  })

  it('leaves what was asked of another model waiting for it', async () => {
    fake.open('wan')
    queueOf().add(['one', 'two'].map(input))
    fake = new FakeSession()
    const queue = queueOf()
    queue.resume() // no model is open yet
    expect(fake.models).toEqual(['wan'])
    fake.open('mini')
    fake.settle?.fail(new OtherModel())
    await vi.waitFor(() =>
      expect(queue.get().items.map(({ state }) => state)).toEqual(['waiting', 'waiting']),
    )
    expect(fake.asked).toEqual(['one'])
    fake.open('wan')
    queue.look()
    expect(fake.asked).toEqual(['one', 'one'])
  })

  it('of a second tab follows that of the first, once', () => {
    const second = new Memory()
    const queueIn = (kept: Memory): Queue =>
      createQueue({ session: fake.session, storage: kept, onMade: () => undefined })
    queueIn(storage).add([input('one')])
    queueIn(second).add([input('two')])
    const copy = new Memory()
    copy.setItem('zoetrope.queue', second.getItem('zoetrope.queue')!)
    for (let time = 0; time < 2; time++) {
      joinQueues(storage, copy)
      joinQueues(storage, second)
      expect(prompts(queueOf())).toEqual(['one', 'two'])
      expect(prompts(queueIn(second))).toEqual([])
    }
  })

  it.each(['', 'x', '{}', '[]'])('is not changed by a second tab with "%s"', (text) => {
    const second = new Memory()
    queueOf().add([input('one')])
    second.setItem('zoetrope.queue', text)
    joinQueues(storage, second)
    expect(prompts(queueOf())).toEqual(['one'])
  })

  it.each(['x', '{}', '[1, null, {"id": 3}, {"id": "a", "input": []}]'])('%s is no queue', (text) => {
    storage.setItem('zoetrope.queue', text)
    expect(queueOf().get()).toMatchObject({ items: [], isInterrupted: false })
  })

  it('works where the browser keeps nothing', () => {
    const queue = createQueue({ session: fake.session, storage: undefined, onMade: () => undefined })
    queue.add([input('one')])
    expect(fake.asked).toEqual(['one'])
  })
})

describe('a picture that a video begins with', () => {
  const withPictures = (pictures: Pictures): Queue =>
    createQueue({
      session: fake.session,
      storage,
      files: { pictures, takePicture },
      onMade: (clip) => made.push(clip),
    })
  const dog = new File(['3x2 GPS dog'], 'dog.jpg', { type: 'image/png' })
  const kept = (): string => storage.items.get('zoetrope.queue') ?? ''

  it('is there after a reload, once for all seeds of it', async () => {
    const cache = fakeCache()
    const before = withPictures(createPictures(async () => cache))
    before.add(['one', 'two'].map((prompt) => ({ prompt, image: dog })))
    await vi.waitFor(() => expect(JSON.parse(kept())).toHaveLength(2))
    expect(cache.entries.size).toBe(1)
    expect(JSON.parse(kept())).toMatchObject([{ input: { prompt: 'one' } }, { input: { prompt: 'two' } }])
    expect(kept()).not.toContain('{}')

    fake = new FakeSession()
    const after = withPictures(createPictures(async () => cache))
    expect(prompts(after)).toEqual(['one', 'two'])
    after.resume()
    await vi.waitFor(() => expect(fake.asked).toEqual(['one']))
    expect(await fake.images[0]?.text()).toBe('3x2 dog')
  })

  it('is there with all of a control: its files, task, strength and the places of the mask', async () => {
    const cache = fakeCache()
    const file = (name: string): File => new File([`3x2 GPS ${name}`], name)
    const control = {
      video: new File(['\0\0\0\x18ftypisom'], 'bay.mp4'),
      mask: file('mask.png'),
      references: [file('fox.png'), file('wood.png')],
      task: 'inpaint' as const,
      strength: 0.5,
      maskKeys: [{ at: 0, x: 0, y: 0 }],
    }
    const before = withPictures(createPictures(async () => cache))
    before.add([{ prompt: 'one', control, lastImage: dog }])
    await vi.waitFor(() => expect(JSON.parse(kept())).toHaveLength(1))
    expect(cache.entries.size).toBe(5)

    fake = new FakeSession()
    const after = withPictures(createPictures(async () => cache))
    after.resume()
    await vi.waitFor(() => expect(fake.asked).toEqual(['one']))
    const { control: found, lastImage } = fake.wishes[0]!
    expect(found).toMatchObject({ task: 'inpaint', strength: 0.5, maskKeys: control.maskKeys })
    const files = [found?.video, found?.mask, ...(found?.references ?? []), lastImage]
    expect(await Promise.all(files.map((each) => each?.text()))).toEqual([
      '\0\0\0\x18ftypisom',
      '3x2 mask.png',
      '3x2 fox.png',
      '3x2 wood.png',
      '3x2 dog',
    ])
  })

  it('that is gone is named, and the next video is made', async () => {
    const cache = fakeCache()
    const before = withPictures(createPictures(async () => cache))
    before.add([{ prompt: 'one', image: dog }, { prompt: 'two' }])
    await vi.waitFor(() => expect(JSON.parse(kept())).toHaveLength(2))
    cache.entries.clear()
    fake = new FakeSession()
    const after = withPictures(createPictures(async () => cache))
    after.resume()
    await vi.waitFor(() => expect(after.get().items[0]?.state).toBe('failed'))
    expect(after.get().items[0]?.failure?.message).toMatch(/^A picture or file .* Choose it again\.$/)
    expect(after.get().isPaused).toBe(true)
  })

  it('that cannot be kept lasts as long as the tab', async () => {
    const queue = withPictures(createPictures(undefined))
    queue.add([{ prompt: 'one', image: dog }, { prompt: 'two' }])
    await finish()
    expect(fake.images[0]).toBe(dog)
    expect(JSON.parse(kept())).toMatchObject([{ input: { prompt: 'two' } }])
  })
})

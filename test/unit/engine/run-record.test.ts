import { describe, expect, it } from 'vitest'
import { givenFacts, type Given } from '../../../src/engine/runs/given-files'
import type { RunFacts } from '../../../src/engine/runs/run-facts'
import { RunRecord, type RunStores } from '../../../src/engine/runs/run-record'
import type { StoredState } from '../../../src/sampling/sampler-state'
import { StoreError } from '../../../src/storage/error'
import { NoRoom, type StoreFiles } from '../../../src/storage/files'
import { filesInMemory } from '../../../src/storage/runs/files-in-memory'
import { createRunStore, type RunRoom } from '../../../src/storage/runs/run-store'
import { settings } from '../worker/fake-engine'

const FACTS: RunFacts = {
  begunAt: 1,
  settings: { ...settings, numFrames: 2 },
  model: { id: 'fake', title: 'Fake', fingerprint: 'f' },
  files: [],
  gpu: { adapter: 'GPU', storage: 'f32', activations: 'float', features: '', build: '1' },
  variants: { linear: '64', attention: 'tile', norms: 'tile', convolution: 'tile' },
  residency: { text: 'q8', weights: 'f16', streamed: false },
  notes: [],
}
const ROOM: RunRoom = { saves: new Map([['step', { bytes: 2e6, slots: 2 }]]), frameBytes: 3e6 }
const LAYOUT = [FACTS.settings, FACTS.residency, 'f32'] as const

const state = (done: number): StoredState => ({
  facts: { done, shape: [1, 2], names: ['x'] },
  parts: [new Uint8Array(Float32Array.of(done, done).buffer)],
})
const frame = (value: number): Uint8Array<ArrayBuffer> => new Uint8Array(6).fill(value)

/** A disk on which a call fails. */
function faulty(fails: { open?: () => Error | undefined; write?: () => Error | undefined }): StoreFiles {
  const files = filesInMemory()
  const check = (error: Error | undefined): void => {
    if (error) throw error
  }
  return {
    ...files,
    room: async () => 1.5e6,
    async open(path) {
      check(fails.open?.())
      const file = await files.open(path)
      return {
        ...file,
        write(offset, bytes) {
          check(fails.write?.())
          file.write(offset, bytes)
        },
      }
    },
  }
}

const storesOn = (files: StoreFiles): RunStores => ({
  disk: createRunStore(files, { patience: 0 }),
  memory: createRunStore(filesInMemory()),
})

describe('the record of a run', () => {
  it.each([
    [
      new NoRoom('Full.'),
      'This run could not be kept on the disk, where it takes 7 MB; the browser has 2 MB left for this page. Closing the page would have lost it.',
    ],
    [
      new StoreError('no-storage', 'None.'),
      'This browser stores nothing for this page, so it could not keep this run either. Closing the page would have lost it.',
    ],
  ])('is in memory where the disk says %s, and says so', async (error, note) => {
    const stores = storesOn(faulty({ open: () => error }))
    const record = await RunRecord.begin(stores, FACTS, ROOM, {})
    expect(record.notes).toEqual([note])
    await record.saveContexts({ positive: Float32Array.of(1, 2) }, {})
    await record.saveStep(state(1), { denoise: 3 })
    record.close()
    const again = await RunRecord.open(stores, record.id)
    expect(again?.facts).toEqual(FACTS)
    expect(await again?.seconds()).toEqual({ denoise: 3 })
    expect(await again?.start(...LAYOUT)).toEqual({
      contexts: { positive: Float32Array.of(1, 2) },
      step: state(1),
    })
    await again?.discard()
    expect(await RunRecord.open(stores, record.id)).toBeUndefined()
  })

  it.each(['storage-failed', 'busy'] as const)(
    'is not taken for gone where the disk says %s',
    async (code) => {
      let fault: Error | undefined
      const stores = storesOn(faulty({ open: () => fault }))
      const record = await RunRecord.begin(stores, FACTS, { ...ROOM, frameBytes: 0 }, {})
      record.close()
      fault = new StoreError(code, 'Not now.')
      await expect(RunRecord.open(stores, record.id)).rejects.toMatchObject({ code })
      fault = undefined
      expect((await RunRecord.open(stores, record.id))?.facts).toEqual(FACTS)
    },
  )

  it('is gone where the browser keeps nothing', async () => {
    const none = async (): Promise<never> => Promise.reject(new StoreError('no-storage', 'None.'))
    const stores = storesOn({ ...filesInMemory(), names: none, open: none })
    expect(await RunRecord.open(stores, 'run-1')).toBeUndefined()
  })

  it('that is finished makes its clip anew from its latents and frames', async () => {
    const files = filesInMemory()
    const stores = storesOn(files)
    const record = await RunRecord.begin(stores, FACTS, ROOM, {})
    await record.saveContexts({ positive: Float32Array.of(1, 2) }, {})
    await record.saveStep(state(1), {})
    await record.saveLatents(state(2).parts[0]!, { seconds: { denoise: 3 } })
    for (let i = 0; i < LAYOUT[0].numFrames; i++) await record.frames.keep(frame(i))
    await record.finish()
    expect((await files.names('runs')).map((name) => name.split('.')[1]).sort()).toEqual([
      'frames',
      'journal',
      'latents',
    ])
    expect((await stores.disk!.list()).map(({ id }) => id)).toEqual([record.id])
    const again = await RunRecord.open(stores, record.id)
    expect(await again?.start(...LAYOUT)).toEqual({ latents: Float32Array.of(2, 2), isDecoded: true })
    expect(await again?.seconds()).toEqual({ denoise: 3 })
    // The end of a clip is the last frame before it is packed.
    expect(await again?.start(...LAYOUT, true)).toEqual({ latents: Float32Array.of(2, 2) })
    expect(again?.frames.count).toBe(0)
  })

  it('goes on without a disk that fails in the middle, and says so once', async () => {
    let isFull = false
    const stores = storesOn(faulty({ write: () => (isFull ? new NoRoom('The disk is full.') : undefined) }))
    const record = await RunRecord.begin(stores, FACTS, ROOM, {})
    await record.saveStep(state(1), {})
    await record.saveLatents(state(2).parts[0]!, { seconds: {} })
    await record.frames.keep(frame(1))
    isFull = true
    await record.saveStep(state(2), {})
    await record.frames.keep(frame(2))
    expect(record.notes).toEqual([
      'The disk became full while this run was kept: it continued in memory. Closing the page would have lost it.',
    ])
    expect([record.frames.count, await record.frames.read(0), await record.frames.read(1)]).toEqual([
      2,
      frame(1),
      frame(2),
    ])
    expect(await record.start(...LAYOUT)).toEqual({ latents: Float32Array.of(2, 2), isDecoded: true })
    record.close()
    isFull = false
    const again = await RunRecord.open(stores, record.id)
    expect(again?.frames.count).toBe(1)
    // Without a state of the decoder the frames are made again.
    expect(await again?.start(...LAYOUT)).toEqual({ latents: Float32Array.of(2, 2) })
    expect(again?.frames.count).toBe(0)
  })

  it('has the files that were given with the clip', async () => {
    const stores = storesOn(filesInMemory())
    const given = {
      image: new File(['first'], 'first.png'),
      keepsEnd: true,
      upscaler: new File(['xyz'], 'up.pth'),
      loras: [{ file: { name: 'a.safetensors', file: new Blob(['abc']) }, strength: [1, 0.5] }],
      control: {
        video: new File(['video'], 'v.mp4'),
        references: [new Blob(['r1']), new Blob(['r2'])],
        strength: 0.5,
      },
    }
    const facts = { ...FACTS, files: givenFacts(given) }
    const record = await RunRecord.begin(stores, facts, ROOM, given)
    record.close()
    const again = await RunRecord.open(stores, record.id)
    const kept = await again?.given()
    expect(givenFacts(kept!)).toEqual(facts.files)
    expect(kept?.control?.strength).toBe(0.5)
    expect(kept?.keepsEnd).toBe(true)
    const texts = [kept?.image, kept?.upscaler, kept?.control?.video, ...(kept?.control?.references ?? [])]
    expect(await Promise.all(texts.map((file) => file?.text()))).toEqual([
      'first',
      'xyz',
      'video',
      'r1',
      'r2',
    ])
    expect(await kept?.loras?.[0]?.file.file.text()).toBe('abc')
    await again?.revise({ ...facts, files: [...facts.files, { role: 'mask', bytes: 3 }] })
    expect(await again?.given()).toBeUndefined() // not all of it
  })

  it.each<[what: string, given: Given]>([
    [
      'goes on from another',
      {
        continueFrom: {
          width: 2,
          height: 1,
          frame: Float32Array.of(0, 0.5, -0.5, 1, -1, 0.25),
          statistics: { mean: [0.5], deviation: [2] },
        },
        holdsColours: true,
        keepsEnd: true,
      },
    ],
    ['is made from text, and whose end is asked for', { keepsEnd: true }],
    ['has nothing beside its settings', {}],
  ])('goes on with all of a clip that %s', async (_what, given) => {
    const stores = storesOn(filesInMemory())
    const record = await RunRecord.begin(stores, { ...FACTS, files: givenFacts(given) }, ROOM, given)
    record.close()
    expect(await (await RunRecord.open(stores, record.id))?.given()).toEqual(given)
  })
})

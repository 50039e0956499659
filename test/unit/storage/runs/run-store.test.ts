import { describe, expect, it } from 'vitest'
import { StoreError } from '../../../../src/storage/error'
import { NoRoom, type StoreFiles } from '../../../../src/storage/files'
import { openJournal } from '../../../../src/storage/journal'
import { filesInMemory } from '../../../../src/storage/runs/files-in-memory'
import type { KeptRun } from '../../../../src/storage/runs/kept-run'
import { createRunStore, type RunRoom } from '../../../../src/storage/runs/run-store'
import { memoryFiles, PowerCut } from '../memory-files'

const FACTS = { prompt: 'a red ball', seed: 7 }
const ROOM: RunRoom = {
  saves: new Map([
    ['prompts', { bytes: 8, slots: 1 }],
    ['step', { bytes: 12, slots: 2 }],
  ]),
  frameBytes: 9,
}
const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => Uint8Array.from(values)
const step = (n: number): [string, { done: number }, Uint8Array<ArrayBuffer>[]] => [
  'step',
  { done: n },
  [bytes(n, n, n, n), bytes(n)],
]

/** What a save holds. */
async function read(run: KeptRun | undefined, name: string): Promise<[unknown, number[][]] | undefined> {
  const saved = await run?.load(name)
  if (saved === undefined) return undefined
  const parts = await Promise.all(Array.from({ length: saved.count }, (_, i) => saved.part(i)))
  return [saved.about, parts.map((part) => [...part])]
}

/** Files whose contents cannot be read for now. */
function unreadable(files: StoreFiles): StoreFiles {
  return {
    ...files,
    names: (folder) => files.names(folder),
    async open(path) {
      const file = await files.open(path)
      return {
        ...file,
        size: () => file.size(),
        close: () => file.close(),
        read() {
          throw new Error('The disk gives no answer.')
        },
      }
    },
  }
}

describe('a run', () => {
  it('stays where its journal cannot be read now', async () => {
    const files = filesInMemory()
    const run = await createRunStore(files).begin(FACTS, ROOM)
    await run.save('prompts', { length: 2 }, [bytes(1, 2)])
    run.close()
    const store = createRunStore(unreadable(files))
    expect(await store.list()).toEqual([])
    await expect(store.open(run.id)).rejects.toThrow('no answer')
    expect(await createRunStore(files).list()).toMatchObject([{ id: run.id }])
  })

  it('is found with what was saved last, and leaves nothing when it is discarded', async () => {
    const files = filesInMemory()
    const run = await createRunStore(files).begin(FACTS, ROOM)
    await run.save('prompts', { length: 2 }, [bytes(1, 2)])
    for (const n of [1, 2, 3]) await run.save(...step(n))
    await run.frames.keep(bytes(1, 1, 1))
    await run.frames.keep(bytes(2, 2, 2))
    run.close()

    const store = createRunStore(files)
    const [found] = await store.list()
    expect(found).toMatchObject({ id: run.id, lines: { facts: FACTS } })
    const again = await store.open(run.id)
    expect(again?.facts).toEqual(FACTS)
    expect(await read(again, 'prompts')).toEqual([{ length: 2 }, [[1, 2]]])
    expect(await read(again, 'step')).toEqual([{ done: 3 }, [[3, 3, 3, 3], [3]]])
    expect(await read(again, 'decoder')).toBeUndefined()
    expect(again?.frames.count).toBe(2)
    expect(await again?.frames.read(1)).toEqual(bytes(2, 2, 2))
    again?.frames.cut(1)
    await again?.frames.keep(bytes(3, 3, 3))
    expect(await again?.frames.read(1)).toEqual(bytes(3, 3, 3))
    await again?.discard()
    expect(await files.names('runs')).toEqual([])
    expect(await store.list()).toEqual([])
  })

  it('goes back to the step before where the last one was damaged at rest', async () => {
    const files = memoryFiles()
    const run = await createRunStore(files).begin(FACTS, ROOM)
    for (const n of [1, 2]) await run.save(...step(n))
    await run.frames.keep(bytes(5))
    run.close()
    files.damage(`runs/${run.id}.step.1`, 4)
    files.damage(`runs/${run.id}.frames`, 0)
    const again = await createRunStore(files).open(run.id)
    expect(await read(again, 'step')).toEqual([{ done: 1 }, [[1, 1, 1, 1], [1]]])
    await expect(again?.frames.read(0)).rejects.toThrow('other bytes than were written')
    files.damage(`runs/${run.id}.step.0`, 0)
    expect(await read(again, 'step')).toBeUndefined()
  })

  it('gives back the room of a save that is dropped, and keeps the rest', async () => {
    const files = filesInMemory()
    const run = await createRunStore(files).begin(FACTS, ROOM)
    await run.save('prompts', {}, [bytes(1, 2)])
    for (const n of [1, 2]) await run.save(...step(n))
    await run.frames.keep(bytes(5))
    await run.drop('step')
    await run.drop('decoder')
    expect([await read(run, 'step'), await read(run, 'prompts')]).toEqual([undefined, [{}, [[1, 2]]]])
    expect((await files.names('runs')).filter((name) => name.includes('.step.'))).toEqual([])
    run.close()
    const again = await createRunStore(files).open(run.id)
    expect([await read(again, 'step'), again?.frames.count]).toEqual([undefined, 1])
    await again?.save(...step(3))
    expect(await read(again, 'step')).toEqual([{ done: 3 }, [[3, 3, 3, 3], [3]]])
  })

  it('takes new facts, as of another GPU', async () => {
    const files = filesInMemory()
    const run = await createRunStore(files).begin(FACTS, ROOM)
    run.revise({ ...FACTS, adapter: 'another' })
    run.close()
    expect((await createRunStore(files).open(run.id))?.facts).toEqual({ ...FACTS, adapter: 'another' })
  })

  it('is taken over by the same thread: what had it writes no more', async () => {
    const store = createRunStore(filesInMemory())
    const run = await store.begin(FACTS, ROOM)
    await run.save(...step(1))
    const slow = run.save('step', { done: 2 }, [bytes(2)])
    const again = await store.open(run.id)
    await expect(slow).rejects.toThrow('taken over')
    await expect(run.frames.keep(bytes(1))).rejects.toThrow('taken over')
    expect(await read(again, 'step')).toEqual([{ done: 1 }, [[1, 1, 1, 1], [1]]])
    await again?.save(...step(2))
    expect(await read(again, 'step')).toEqual([{ done: 2 }, [[2, 2, 2, 2], [2]]])
  })

  it('reserves its room first, and takes none where there is too little', async () => {
    const files = filesInMemory()
    const full: StoreFiles = {
      ...files,
      async open(path) {
        const file = await files.open(path)
        return {
          ...file,
          truncate(size) {
            if (size > 10) throw new NoRoom('The disk is full.')
            file.truncate(size)
          },
        }
      },
    }
    await expect(createRunStore(full).begin(FACTS, ROOM)).rejects.toThrow(NoRoom)
    expect(await files.names('runs')).toEqual([])
  })
})

describe('the list', () => {
  it('leaves out what another tab is making, this tab is making, or a newer version wrote', async () => {
    const files = filesInMemory()
    const busy = new Set<string>()
    const shared: StoreFiles = {
      ...files,
      async open(path) {
        if (busy.has(path)) throw new StoreError('busy', 'Another tab has it.')
        return files.open(path)
      },
    }
    const store = createRunStore(shared, { patience: 150 })
    const own = await store.begin(FACTS, ROOM)
    const other = await createRunStore(files).begin(FACTS, ROOM)
    const newer = openJournal(await files.open('runs/newer.journal')).journal
    newer.append({ kind: 'run', format: 2, facts: {} })
    busy.add(`runs/${other.id}.journal`)
    expect(await store.list()).toEqual([])
    await expect(store.open(other.id)).rejects.toMatchObject({ code: 'busy' })
    setTimeout(() => busy.clear(), 20)
    expect((await store.list()).map(({ id }) => id)).toEqual([other.id])
    expect(await store.open('newer')).toBeUndefined()
    expect(await files.names('runs')).toContain('newer.journal')
    own.close()
  })

  it('clears away files whose journal is gone or was never begun', async () => {
    const files = filesInMemory()
    for (const path of ['runs/lost.step.0', 'runs/empty.journal', 'runs/empty.step.0']) await files.open(path)
    expect(await createRunStore(files).list()).toEqual([])
    expect(await files.names('runs')).toEqual([])
  })
})

describe('a power cut', () => {
  /** A run of three steps and three frames, to its end or to the cut. */
  const make = async (files: StoreFiles, seen: { done: number; frames: number }): Promise<void> => {
    const store = createRunStore(files)
    const run = await store.begin(FACTS, ROOM)
    for (const n of [1, 2, 3]) {
      await run.save(...step(n))
      seen.done = n
    }
    for (const n of [1, 2, 3]) {
      await run.frames.keep(bytes(n, n, n))
      seen.frames = n
    }
    seen.done = Infinity
    await run.discard()
  }

  it.each([
    ['all that was not flushed is lost', 0],
    ['it is torn', 0.5],
    ['it was written all the same', 0.9],
  ])('at any operation loses no step that was reported, where %s', async (_what, fate) => {
    let cuts = 0
    for (let operation = 0; ; operation++) {
      const files = memoryFiles()
      files.cutAfter(operation)
      const seen = { done: 0, frames: 0 }
      const outcome = await make(files, seen).then(
        () => 'whole',
        (error: unknown) => error,
      )
      if (outcome === 'whole') break
      expect(outcome).toBeInstanceOf(PowerCut)
      cuts += 1
      const after = files.afterCut(() => fate)
      const store = createRunStore(after)
      const [found] = await store.list()
      const run = found && (await store.open(found.id))
      const at = `operation ${operation}`
      if (Number.isFinite(seen.done)) {
        const saved = await read(run, 'step')
        const done = saved === undefined ? 0 : (saved[0] as { done: number }).done
        expect(done, at).toBeGreaterThanOrEqual(seen.done)
        if (done > 0) expect(saved, at).toEqual([{ done }, [[done, done, done, done], [done]]])
        const count = run?.frames.count ?? 0
        expect(count, at).toBeGreaterThanOrEqual(seen.frames)
        for (let i = 0; i < count; i++)
          expect(await run?.frames.read(i), at).toEqual(bytes(i + 1, i + 1, i + 1))
      }
      if (run !== undefined) await run.discard()
      expect(await after.names('runs'), at).toEqual([])
    }
    expect(cuts).toBeGreaterThan(25)
  })
})

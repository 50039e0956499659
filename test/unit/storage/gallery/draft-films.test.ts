import { expect, it, vi } from 'vitest'
import { createDrafts, type DraftFilms, type DraftFolder } from '../../../../src/storage/gallery/draft-films'

/** A folder in memory, in which one tab holds a file at a time. */
function memoryFolder(): DraftFolder & { readonly files: Map<string, Uint8Array<ArrayBuffer>> } {
  const files = new Map<string, Uint8Array<ArrayBuffer>>()
  const held = new Set<string>()
  return {
    files,
    names: async () => [...files.keys()],
    async open(name) {
      if (held.has(name)) throw new DOMException('Held.', 'NoModificationAllowedError')
      held.add(name)
      files.set(name, files.get(name) ?? new Uint8Array())
      return {
        getSize: () => files.get(name)!.length,
        read(bytes) {
          bytes.set(files.get(name)!.subarray(0, bytes.length))
          return bytes.length
        },
        write(bytes, { at }) {
          const whole = new Uint8Array(at + bytes.length)
          whole.set(files.get(name)!)
          whole.set(bytes, at)
          files.set(name, whole)
          return bytes.length
        },
        flush: () => undefined,
        close: () => void held.delete(name),
      }
    },
    remove: async (name) => void files.delete(name),
  }
}

const names = (): (() => string) => {
  let count = 0
  return () => `film-${count++}`
}

/** What is left, as a rescue takes it. */
async function taken(drafts: DraftFilms, isOver = true): Promise<Uint8Array<ArrayBuffer>[]> {
  const films: Uint8Array<ArrayBuffer>[] = []
  await drafts.takeLeft(async (film) => films.push(film) > 0 && isOver)
  return films
}

it('keeps a film that was cut short, and none that was settled', async () => {
  const folder = memoryFolder()
  const drafts = createDrafts(folder, names())
  await drafts.append(Uint8Array.of(1, 2), true)
  await drafts.append(Uint8Array.of(3), false)
  const other = createDrafts(folder, () => 'other')
  expect(await taken(other)).toEqual([]) // by another tab
  await drafts.settle(true)
  expect(folder.files.size).toBe(0)
  await drafts.append(Uint8Array.of(4), true)
  expect(await taken(drafts)).toEqual([Uint8Array.of(4)]) // its making failed

  await other.append(Uint8Array.of(7), true)
  await other.append(Uint8Array.of(8), true) // another film: the first is forgotten
  expect([...folder.files.values()]).toEqual([Uint8Array.of(8)])
})

it('gives what a closed page left', async () => {
  const folder = memoryFolder()
  folder.files.set('left', Uint8Array.of(1, 2, 3))
  folder.files.set('empty', new Uint8Array())
  const drafts = createDrafts(folder, names())
  expect(await taken(drafts)).toEqual([Uint8Array.of(1, 2, 3)])
  expect(folder.files.size).toBe(0)
  await drafts.append(Uint8Array.of(9), false) // without a beginning there is no film
  expect(folder.files.size).toBe(0)
})

it('writes down pieces that come at once, and settles after them', async () => {
  const folder = memoryFolder()
  const drafts = createDrafts(folder, names())
  await Promise.all([drafts.append(Uint8Array.of(1), true), drafts.append(Uint8Array.of(2), false)])
  expect([...folder.files.values()]).toEqual([Uint8Array.of(1, 2)])
  await Promise.all([drafts.append(Uint8Array.of(3), true), drafts.settle(true)])
  expect(folder.files.size).toBe(0)
})

it('removes a film only once it is kept, and leaves one that is not to the next visit', async () => {
  const folder = memoryFolder()
  for (const name of ['broken', 'unsaved!', 'sound']) folder.files.set(name, Uint8Array.of(name.length))
  const drafts = createDrafts(folder, names())
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined)
  const there: number[] = []
  await drafts.takeLeft(async ([length]) => {
    there.push(folder.files.size)
    if (length === 6) throw new Error('No decoder.')
    return length !== 8
  })
  expect([there, [...folder.files.keys()]]).toEqual([
    [3, 3, 3],
    ['broken', 'unsaved!'],
  ])
  expect(warn).toHaveBeenCalledOnce()
  warn.mockRestore()
})

it('leaves a film that found no room to the next visit', async () => {
  const folder = memoryFolder()
  const drafts = createDrafts(folder, names())
  await drafts.append(Uint8Array.of(1), true)
  await drafts.settle(false)
  folder.files.set('left', Uint8Array.of(2))
  expect(await taken(drafts, false)).toEqual([Uint8Array.of(2)])
  expect(await taken(drafts)).toEqual([]) // not twice in one visit
  expect(await taken(createDrafts(folder, names()))).toEqual([Uint8Array.of(1), Uint8Array.of(2)])
})

it('gives the name of a film that waits, by which it is discarded', async () => {
  const folder = memoryFolder()
  const drafts = createDrafts(folder, names())
  await drafts.append(Uint8Array.of(1), true)
  const name = await drafts.settle(false)
  expect(await drafts.settle(false)).toBeUndefined()
  await drafts.discard(name!)
  expect(folder.files.size).toBe(0)
})

it('ends where the disk was full, also where it has room again later', async () => {
  const folder = memoryFolder()
  const { open } = folder
  const room = [2, 0]
  folder.open = async (name) => {
    const file = await open(name)
    return {
      ...file,
      write: (bytes, options) => file.write(bytes.slice(0, room.shift() ?? bytes.length), options),
    }
  }
  const drafts = createDrafts(folder, names())
  await drafts.append(Uint8Array.of(1, 2), true)
  await expect(drafts.append(Uint8Array.of(3), false)).rejects.toMatchObject({ name: 'QuotaExceededError' })
  await drafts.append(Uint8Array.of(4), false)
  expect([...folder.files.values()]).toEqual([Uint8Array.of(1, 2)])
})

it('clears away every film but those of other tabs', async () => {
  const folder = memoryFolder()
  const drafts = createDrafts(folder, names())
  await createDrafts(folder, () => 'other').append(Uint8Array.of(1), true)
  await drafts.append(Uint8Array.of(2), true)
  await drafts.settle(false)
  await drafts.append(Uint8Array.of(3), true)
  await drafts.clear()
  expect([...folder.files.keys()]).toEqual(['other'])
})

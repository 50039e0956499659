import { expect, it } from 'vitest'
import { createDrafts, type DraftFolder } from '../../../../src/storage/gallery/draft-films'

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

it('keeps a film that was cut short, and none that was settled', async () => {
  const folder = memoryFolder()
  const drafts = createDrafts(folder, names())
  await drafts.append(Uint8Array.of(1, 2), true)
  await drafts.append(Uint8Array.of(3), false)
  const other = createDrafts(folder, () => 'other')
  expect(await other.takeLeft()).toEqual([]) // by another tab
  await drafts.settle()
  expect(folder.files.size).toBe(0)
  await drafts.append(Uint8Array.of(4), true)
  expect(await drafts.takeLeft()).toEqual([Uint8Array.of(4)]) // its making failed

  await other.append(Uint8Array.of(7), true)
  await other.append(Uint8Array.of(8), true) // another film: the first is forgotten
  expect([...folder.files.values()]).toEqual([Uint8Array.of(8)])
})

it('gives what a closed page left', async () => {
  const folder = memoryFolder()
  folder.files.set('left', Uint8Array.of(1, 2, 3))
  folder.files.set('empty', new Uint8Array())
  const drafts = createDrafts(folder, names())
  expect(await drafts.takeLeft()).toEqual([Uint8Array.of(1, 2, 3)])
  expect(folder.files.size).toBe(0)
  await drafts.append(Uint8Array.of(9), false) // without a beginning there is no film
  expect(folder.files.size).toBe(0)
})

// Clips in a file system with so much room and no more.
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { isNoRoom } from '../../../../src/protocol/errors'
import { clipsOnDisk } from '../../../../src/storage/gallery/opfs-clips'
import { resultOf, settings } from '../../worker/fake-engine'

const { mp4: _mp4, ...facts } = resultOf(settings)
const RECORD = { id: 'clip', madeAt: 1, facts, bytes: 4, isStarred: false }

let room = 0
let isBroken = false

function file() {
  let content = new Uint8Array()
  const resize = (size: number): boolean => {
    const isThere = size - content.length <= room
    if (isThere) {
      room -= size - content.length
      const next = new Uint8Array(size)
      next.set(content.subarray(0, size))
      content = next
    }
    return isThere
  }
  return {
    kind: 'file',
    getFile: async () => new Blob([content]),
    createSyncAccessHandle: async () => {
      if (isBroken) throw new DOMException('It had cached state.', 'InvalidStateError')
      return {
        getSize: () => content.length,
        truncate: (size: number) => void resize(size), // as Chromium, without a word
        write(bytes: Uint8Array, { at }: { at: number }) {
          if (at + bytes.length > content.length && !resize(at + bytes.length)) return 0
          content.set(bytes, at)
          return bytes.length
        },
        flush: () => undefined,
        close: () => undefined,
      }
    },
  }
}

function folder() {
  const entries = new Map<string, unknown>()
  const get = (make: () => unknown) => async (name: string, options?: { create?: boolean }) => {
    if (!entries.has(name) && options?.create !== true) throw new DOMException(name, 'NotFoundError')
    if (!entries.has(name)) entries.set(name, make())
    return entries.get(name)
  }
  return {
    getDirectoryHandle: get(folder),
    getFileHandle: get(file),
    removeEntry: async (name: string) => void entries.delete(name),
  }
}

beforeEach(() => {
  room = 10_000
  isBroken = false
  const origin = folder()
  vi.stubGlobal('navigator', { storage: { getDirectory: async () => origin } })
})
afterEach(() => void vi.unstubAllGlobals())

it('can delete a clip, and bring it back, on a full disk', async () => {
  const clips = await clipsOnDisk()
  await clips.write(RECORD, { mp4: new Blob(['film']) })
  room = 0
  await clips.writeRecord({ ...RECORD, deletedAt: 1_764_480_000_000 })
  expect(await clips.record('clip')).toMatchObject({ deletedAt: 1_764_480_000_000 })
  await clips.writeRecord(RECORD)
  expect(await clips.record('clip')).toEqual(RECORD)
})

it('leaves a record as it was where a longer one finds no room', async () => {
  const clips = await clipsOnDisk()
  await clips.write(RECORD, { mp4: new Blob(['film']) })
  room = 0
  const longer = { ...RECORD, facts: { ...facts, prompt: 'a red ball that rolls over a long, long meadow' } }
  expect(isNoRoom(await clips.writeRecord(longer).catch((error: unknown) => error))).toBe(true)
  expect(await clips.record('clip')).toEqual(RECORD)
  await clips.writeRecord({ ...RECORD, facts: { ...facts, prompt: 'a' } })
  expect(await clips.record('clip')).toMatchObject({ facts: { prompt: 'a' } })
})

it('says that there is no room where the disk takes nothing at all any more', async () => {
  const clips = await clipsOnDisk()
  isBroken = true
  const error: unknown = await clips.write(RECORD, { mp4: new Blob(['film']) }).catch((each: unknown) => each)
  expect(isNoRoom(error)).toBe(true)
})

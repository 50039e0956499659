// A browser whose storage does not answer, or is not there.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { NoRoom } from '../../../src/storage/files'
import { opfsFiles } from '../../../src/storage/opfs'

const silent = new Promise<never>(() => undefined)
const SENTENCE = /^The browser's storage gave no answer in 15 s\. Restart the browser and try again/

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }))
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** The origin's file system of a browser in which one kind of answer never comes. */
function storageWithout(what: string): void {
  const unless = <T>(name: string, value: T): (() => Promise<T>) => {
    return () => (name === what ? silent : Promise.resolve(value))
  }
  const handle = {
    getFile: unless('getFile', new Blob(['x'])),
    createSyncAccessHandle: unless('createSyncAccessHandle', { close: () => undefined }),
  }
  const folder = { getFileHandle: unless('getFileHandle', handle) }
  const root = { getDirectoryHandle: unless('folder', folder) }
  const origin = { getDirectoryHandle: unless('root', root) }
  vi.stubGlobal('navigator', { storage: { getDirectory: unless('getDirectory', origin) } })
}

it.each(['getDirectory', 'root', 'folder', 'getFileHandle', 'getFile'])(
  'reading is given up where %s never answers',
  async (what) => {
    storageWithout(what)
    const ended = expect(opfsFiles.snapshot('files/a')).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringMatching(SENTENCE) as string,
    })
    await vi.advanceTimersByTimeAsync(15_000)
    await ended
  },
)

it('so is opening', async () => {
  storageWithout('createSyncAccessHandle')
  const ended = expect(opfsFiles.open('files/a')).rejects.toThrow(SENTENCE)
  await vi.advanceTimersByTimeAsync(15_000)
  await ended
  storageWithout('nothing')
  expect(await (await opfsFiles.snapshot('files/a'))?.text()).toBe('x') // control
})

it.each([
  ['is missing', {}],
  ['is denied', { storage: { getDirectory: () => Promise.reject(new DOMException('no', 'SecurityError')) } }],
])('storage that %s is a sentence with a way out', async (_what, navigator) => {
  vi.stubGlobal('navigator', navigator)
  await expect(opfsFiles.snapshot('files/a')).rejects.toMatchObject({
    code: 'no-storage',
    message: expect.stringMatching(
      /^This browser offers no storage here \(.*\)\. Private windows often have none: use an ordinary one/,
    ) as string,
  })
})

describe('storage on a full disk', () => {
  const failing = (name: string, error: DOMException): void => {
    const handle = { createSyncAccessHandle: async () => ({ close: () => undefined }) }
    const answers = <T>(what: string, value: T) => ({
      [what]: () => (what === name ? Promise.reject(error) : Promise.resolve(value)),
    })
    const folder = answers('getFileHandle', handle)
    const origin = answers('getDirectoryHandle', folder)
    vi.stubGlobal('navigator', {
      storage: { getDirectory: async () => ({ getDirectoryHandle: async () => ({ ...origin, ...folder }) }) },
    })
  }

  it.each(['getDirectoryHandle', 'getFileHandle'])('is no room, where %s meets the quota', async (what) => {
    failing(what, new DOMException('Over the quota.', 'QuotaExceededError'))
    await expect(opfsFiles.open('files/a')).rejects.toThrow(NoRoom)
  })

  it.each(['getDirectoryHandle', 'getFileHandle'])('is a sentence, where %s just fails', async (what) => {
    failing(what, new DOMException('State had changed.', 'InvalidStateError'))
    await expect(opfsFiles.open('files/a')).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringMatching(
        /^The browser could not write to its storage \(State had changed\.\)\. The disk may be full/,
      ) as string,
    })
    failing('nothing', new DOMException())
    await opfsFiles.open('files/a') // control
  })
})

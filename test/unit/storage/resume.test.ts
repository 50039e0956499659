// Power cuts at any operation of a download: it always goes on, and a byte that is called good is good.
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { downloadFile, pieceBytesFor, type DownloadOptions } from '../../../src/storage/download-file'
import { dataPath, readState, type ListedFile } from '../../../src/storage/entries'
import { sha256Hex } from '../../../src/weights/sources/sha256'
import { memoryFiles, PowerCut, type MemoryFiles } from './memory-files'
import { serveFromMemory } from './memory-server'

afterEach(() => void vi.unstubAllGlobals())

const KEY = 'abc'
const SOURCE = { repository: 'owner/model', revision: '0123' }
const pieceBytes = (): number => 50

function contentOf(size: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length: size }, (_, i) => (i * 31 + (i >> 6) * 7) & 255)
}

function get(files: MemoryFiles, file: ListedFile, options: Partial<DownloadOptions> = {}): Promise<void> {
  return downloadFile(files, KEY, file, SOURCE, {
    signal: new AbortController().signal,
    pause: async () => undefined,
    pieceBytes,
    rangeBytes: 200,
    ...options,
  })
}

/** What the journal calls good must be so. */
async function expectTruth(files: MemoryFiles, content: Uint8Array): Promise<void> {
  const { header, pieces, verified } = await readState(files, KEY, 'dit')
  const data = files.bytes(dataPath(KEY)) ?? new Uint8Array()
  for (const index of pieces.keys()) {
    const [start, end] = [
      index * header!.pieceBytes,
      Math.min(header!.size, (index + 1) * header!.pieceBytes),
    ]
    expect(data.subarray(start, end)).toEqual(content.subarray(start, end))
  }
  if (verified !== undefined) expect(data).toEqual(content)
}

const fates = fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))

describe('a download', () => {
  it('survives power cuts at any operation, and broken lines between', async () => {
    let cutsSeen = 0
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 1200 }),
        fc.integer({ min: 1, max: 4 }),
        fc.array(fc.nat({ max: 90 }), { maxLength: 4 }),
        fc.array(fc.nat({ max: 200 }), { maxLength: 6 }),
        fc.boolean(),
        fc.boolean(),
        fates,
        async (size, connections, cutPoints, lineCuts, servesRanges, isKnown, luck) => {
          const content = contentOf(size)
          const server = serveFromMemory(content)
          server.servesRanges = servesRanges
          server.cuts = [...lineCuts]
          const file: ListedFile = {
            path: 'dit',
            url: 'http://server/dit',
            bytes: size,
            ...(isKnown && { sha256: await sha256Hex(content) }),
          }
          let files = memoryFiles()
          let cuts = 0
          for (const point of cutPoints) {
            files.cutAfter(point)
            await get(files, file, { connections }).catch((error: unknown) =>
              expect(error).toBeInstanceOf(PowerCut),
            )
            if (!files.isCut) break
            cuts += 1
            files = files.afterCut(() => luck.next().value ?? 0)
            await expectTruth(files, content)
          }
          files.cutAfter(Infinity)
          await get(files, file, { connections })
          expect((await readState(files, KEY, 'dit')).verified).toBe(await sha256Hex(content))
          await expectTruth(files, content)
          // Lost at most: of each request under way one piece and what the line held of the next.
          if (servesRanges)
            expect(server.served).toBeLessThanOrEqual(
              size + (cuts * connections + lineCuts.length) * (50 + 37),
            )
          cutsSeen += cuts
        },
      ),
      { numRuns: 150 },
    )
    expect(cutsSeen).toBeGreaterThan(50)
  })

  it('fetches a piece that was damaged at rest again, alone, wherever it is and whenever it is found', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 1200 }),
        fc.nat(),
        fc.boolean(),
        async (size, at, isWhole) => {
          const content = contentOf(size)
          const server = serveFromMemory(content)
          const file: ListedFile = {
            path: 'dit',
            url: 'http://server/dit',
            bytes: size,
            sha256: await sha256Hex(content),
          }
          const files = memoryFiles()
          if (isWhole) await get(files, file)
          else {
            const stop = new AbortController()
            await get(files, file, {
              signal: stop.signal,
              onDone: (bytes) => void (bytes >= size / 2 && stop.abort(new Error('Paused.'))),
            }).catch(() => undefined)
          }
          const here = [...(await readState(files, KEY, 'dit')).pieces.keys()]
          const damaged = here[at % here.length]! * 50
          files.damage(dataPath(KEY), damaged)
          const before = server.served
          await get(files, file, { check: true })
          await expectTruth(files, content)
          const missing = size - here.reduce((sum, index) => sum + Math.min(50, size - index * 50), 0)
          expect(server.served - before).toBe(missing + Math.min(50, size - damaged))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('uses no network for what is verified, nor to verify what is all here', async () => {
    const content = contentOf(1000)
    const server = serveFromMemory(content)
    const file: ListedFile = {
      path: 'dit',
      url: 'http://server/dit',
      bytes: 1000,
      sha256: await sha256Hex(content),
    }
    const files = memoryFiles()
    files.cutAfter(2 + 3 + 1 + 20 * 4) // opened, agreed, all pieces; not the last record
    await get(files, file).catch((error: unknown) => expect(error).toBeInstanceOf(PowerCut))
    const after = files.afterCut(() => 0.9)
    const state = await readState(after, KEY, 'dit')
    expect([state.pieces.size, state.verified]).toEqual([20, undefined])
    const { requests } = server
    await get(after, file)
    await get(after, file)
    expect((await readState(after, KEY, 'dit')).verified).toBe(file.sha256)
    expect(server.requests).toBe(requests)
  })

  it('says so when the disk gives back something else again and again', async () => {
    const content = contentOf(300)
    serveFromMemory(content)
    const files = memoryFiles()
    const failing = {
      ...files,
      open: async (path: string) => {
        const file = await files.open(path)
        return path === dataPath(KEY)
          ? { ...file, read: (offset: number, length: number) => file.read(offset, length).fill(0) }
          : file
      },
    }
    await expect(
      downloadFile(failing, KEY, { path: 'dit', url: 'http://server/dit', bytes: 300 }, SOURCE, {
        signal: new AbortController().signal,
        pieceBytes,
      }),
    ).rejects.toThrow(
      /dit: the bytes from 0 on were written 4 times, and different bytes came back each time\. The disk may be failing/,
    )
    expect((await readState(files, KEY, 'dit')).verified).toBeUndefined()
  })

  it('says so when there is no room, keeps what came, and goes on when there is', async () => {
    const content = contentOf(1000)
    const server = serveFromMemory(content)
    const files = memoryFiles()
    let room = 6
    const full = {
      ...files,
      open: async (path: string) => {
        const file = await files.open(path)
        const write = (offset: number, bytes: Uint8Array<ArrayBuffer>): void => {
          if (path === dataPath(KEY) && --room < 0) {
            file.write(offset, bytes.slice(0, 10))
            throw new DOMException('full', 'QuotaExceededError')
          }
          file.write(offset, bytes)
        }
        return { ...file, write }
      },
    }
    const file: ListedFile = { path: 'dit', url: 'http://server/dit', bytes: 1000 }
    const download = (): Promise<void> =>
      downloadFile(full, KEY, file, SOURCE, { signal: new AbortController().signal, pieceBytes })
    await expect(download()).rejects.toMatchObject({
      code: 'storage-failed',
      message: expect.stringMatching(
        /^There is no room for dit in this browser's storage, which takes 1\.0 kB\. .* what has arrived stays/,
      ),
    })
    await expectTruth(files, content)
    const served = server.served
    expect((await readState(files, KEY, 'dit')).pieces.size).toBe(6)
    room = Infinity
    await download()
    await expectTruth(files, content)
    expect(server.served - served).toBe(700)
  })
})

it('a piece is about a thousandth of its file: four under way are less than a half of a percent', () => {
  for (const size of [1, 1e5, 64e6, 200e6, 254e6, 3e9, 11.4e9, 1e12]) {
    const piece = pieceBytesFor(size)
    expect(Number.isInteger(piece)).toBe(true)
    expect((8 * 1024 ** 2) % piece).toBe(0)
    if (size >= 64e6) expect(piece * 4).toBeLessThanOrEqual(Math.max(size * 0.0045, 0))
  }
})

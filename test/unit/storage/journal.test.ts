import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openJournal, readJournal } from '../../../src/storage/journal'
import { memoryFiles, PowerCut } from './memory-files'

const records = fc.array(
  fc.oneof(fc.string(), fc.record({ type: fc.constant('piece'), index: fc.nat(), sha256: fc.string() })),
  { maxLength: 12 },
)

async function written(all: readonly unknown[]): Promise<Uint8Array<ArrayBuffer>> {
  const files = memoryFiles()
  const { journal } = openJournal<unknown>(await files.open('files/a.journal'))
  for (const record of all) journal.append(record)
  return files.bytes('files/a.journal') ?? new Uint8Array()
}

/** Ends of the lines: the last byte is the new line. */
const ends = (bytes: Uint8Array): number[] =>
  [...bytes.keys()].filter((at) => bytes[at] === 10).map((at) => at + 1)

it('gives back what was appended, on every visit', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(records, { maxLength: 4 }), async (visits) => {
      const files = memoryFiles()
      const before: unknown[] = []
      for (const visit of visits) {
        const opened = openJournal<unknown>(await files.open('files/a.journal'))
        expect(opened.records).toEqual(before)
        for (const record of visit) opened.journal.append(record)
        before.push(...visit)
      }
      expect(readJournal(files.bytes('files/a.journal') ?? new Uint8Array()).records).toEqual(before)
    }),
  )
})

it('cut at any byte it keeps the whole lines, and goes on behind them', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.nat(), async (all, at) => {
      const bytes = await written(all)
      const cut = bytes.slice(0, at % (bytes.length + 1))
      const whole = ends(bytes).filter((end) => end <= cut.length).length
      const files = memoryFiles()
      const file = await files.open('files/a.journal')
      file.write(0, cut)
      const opened = openJournal<unknown>(file)
      expect(opened.records).toEqual(all.slice(0, whole))
      opened.journal.append('more')
      expect(readJournal(files.bytes('files/a.journal')!).records).toEqual([...all.slice(0, whole), 'more'])
    }),
  )
})

it('never takes a changed line, nor one behind it', async () => {
  await fc.assert(
    fc.asyncProperty(records, fc.nat(), fc.integer({ min: 1, max: 255 }), async (all, at, mask) => {
      const bytes = await written(all)
      if (bytes.length === 0) return
      const position = at % bytes.length
      const line = ends(bytes).filter((end) => end <= position).length
      bytes[position]! ^= mask
      expect(readJournal(bytes).records).toEqual(all.slice(0, line))
    }),
    { numRuns: 400 },
  )
})

it('never takes lines that were moved, left out, or of another journal', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(fc.string(), { minLength: 2, maxLength: 8 }),
      fc.nat(),
      fc.nat(),
      fc.uint8Array({ maxLength: 200 }),
      async (all, a, b, noise) => {
        const bytes = await written(all)
        const stops = [0, ...ends(bytes)]
        const lines = all.map((_, index) => bytes.slice(stops[index], stops[index + 1]))
        const [from, to] = [a % lines.length, b % lines.length]
        const moved = [...lines]
        moved[to] = lines[from]!
        const join = (parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]))
        expect(readJournal(join(moved)).records).toEqual(from === to ? all : all.slice(0, to))
        expect(readJournal(join([...lines.slice(0, from), ...lines.slice(from + 1)])).records).toEqual(
          all.slice(0, from),
        )
        expect(readJournal(join([...lines, noise])).records).toEqual(all)
      },
    ),
  )
})

it('after a power cut at any operation it has every record whose append returned', async () => {
  await fc.assert(
    fc.asyncProperty(
      records,
      fc.nat({ max: 30 }),
      fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
      async (all, operations, fates) => {
        const files = memoryFiles()
        const { journal } = openJournal<unknown>(await files.open('files/a.journal'))
        files.cutAfter(operations)
        let appended = 0
        try {
          for (const record of all) {
            journal.append(record)
            appended += 1
          }
        } catch (error) {
          expect(error).toBeInstanceOf(PowerCut)
        }
        const after = files.afterCut(() => fates.next().value ?? 0)
        const { records: found } = openJournal<unknown>(await after.open('files/a.journal'))
        expect(found).toEqual(all.slice(0, found.length))
        expect(found.length).toBeGreaterThanOrEqual(appended)
      },
    ),
  )
})

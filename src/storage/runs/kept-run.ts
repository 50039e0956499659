import { sha256Hex } from '../../weights/sources/sha256'
import type { OpenFile, StoreFiles } from '../files'
import type { Journal } from '../journal'
import { FORMAT, withSave, type PartHash, type RunLine, type RunLines, type SaveLine } from './run-lines'
import { framesPath, savePath, SLOTS } from './run-paths'

type Bytes = Uint8Array<ArrayBuffer>

/** What was saved under a name, whole. */
export interface Saved {
  readonly about: unknown
  readonly count: number
  part(index: number): Promise<Bytes>
  /** All parts, one after the other, where they lie. */
  readonly whole: Blob
}

/** Frames in order, each with its hash. */
export interface StoredFrames {
  readonly count: number
  keep(bytes: Bytes): Promise<void>
  /** @throws RangeError where it was not kept, or came back otherwise */
  read(index: number): Promise<Bytes>
  /** Forgets all but the first `count`. */
  cut(count: number): void
  /** They stay until the run is discarded. */
  release(): void
}

/** A run of which this thread has the journal. */
export interface KeptRun {
  readonly id: string
  readonly facts: unknown
  readonly frames: StoredFrames
  /** Replaces the facts. */
  revise(facts: unknown): void
  /** Everything is on the disk when this resolves; until then the save before counts. */
  save(name: string, about: unknown, parts: Iterable<Bytes> | AsyncIterable<Bytes>): Promise<void>
  /** The newest save of a name that comes back as it was written. */
  load(name: string): Promise<Saved | undefined>
  /** Removes what was saved under a name, and gives its room back. */
  drop(name: string): Promise<void>
  /** Leaves it to be taken up again. */
  close(): void
  /** Removes every trace. */
  discard(): Promise<void>
}

export interface RunParts {
  readonly id: string
  readonly lines: RunLines
  readonly journal: Journal<RunLine>
}

class RunClosed extends Error {
  override readonly name = 'RunClosed'
}

/** What its store does for it. */
export interface RunKeeper {
  /** It is closed. */
  forget(): void
  /** Removes its files; all are closed. */
  erase(): Promise<void>
}

export function keptRun(
  files: StoreFiles,
  { id, lines, journal }: RunParts,
  { forget, erase }: RunKeeper,
): KeptRun {
  let { facts } = lines
  const saves = new Map<string, readonly SaveLine[]>(lines.saves)
  let frames: PartHash[] = [...lines.frames]
  let framesFile: OpenFile | undefined
  const open = new Set<OpenFile>()
  let isClosed = false

  const check = (): void => {
    if (isClosed) throw new RunClosed('The record of this run was taken over.')
  }
  /** Closed with the run, so that whoever takes it over can open it. */
  const opened = async (path: string): Promise<OpenFile> => {
    check()
    const file = await files.open(path)
    open.add(file)
    if (isClosed) file.close()
    check()
    return file
  }
  const ofFrames = async (): Promise<OpenFile> => (framesFile ??= await opened(framesPath(id)))
  const startOf = (index: number): number => frames.slice(0, index).reduce((sum, { bytes }) => sum + bytes, 0)
  const close = (): void => {
    if (isClosed) return
    isClosed = true
    for (const file of open) file.close()
    journal.close()
    forget()
  }

  /** Undefined where a part is not what was written. */
  const whole = async ({ name, slot, about, parts }: SaveLine): Promise<Saved | undefined> => {
    const blob = await files.snapshot(savePath(id, name, slot))
    if (blob === undefined) return undefined
    const starts = parts.map((_, i) => parts.slice(0, i).reduce((sum, { bytes }) => sum + bytes, 0))
    const part = async (index: number): Promise<Bytes> => {
      const start = starts[index] ?? 0
      return new Uint8Array(await blob.slice(start, start + (parts[index]?.bytes ?? 0)).arrayBuffer())
    }
    for (const [i, { bytes, sha256 }] of parts.entries()) {
      const found = await part(i)
      if (found.length !== bytes || (await sha256Hex(found)) !== sha256) return undefined
    }
    const bytes = parts.reduce((sum, { bytes }) => sum + bytes, 0)
    return { about, count: parts.length, part, whole: blob.slice(0, bytes) }
  }

  return {
    id,
    get facts() {
      return facts
    },
    revise(next) {
      check()
      journal.append({ kind: 'run', format: FORMAT, facts: next })
      facts = next
    },
    async save(name, about, parts) {
      check()
      const before = saves.get(name) ?? []
      const slot = before[0]?.slot === 0 ? 1 : 0
      const file = await opened(savePath(id, name, slot))
      const hashes: PartHash[] = []
      try {
        let at = 0
        for await (const bytes of parts) {
          const sha256 = await sha256Hex(bytes)
          check()
          file.write(at, bytes)
          hashes.push({ bytes: bytes.length, sha256 })
          at += bytes.length
        }
        check()
        file.flush()
      } finally {
        open.delete(file)
        file.close()
      }
      const line: SaveLine = { kind: 'save', name, slot, about, parts: hashes }
      journal.append(line)
      saves.set(name, withSave(before, line))
    },
    async load(name) {
      for (const line of saves.get(name) ?? []) {
        const saved = await whole(line)
        if (saved !== undefined) return saved
      }
      return undefined
    },
    async drop(name) {
      check()
      saves.delete(name)
      for (const slot of SLOTS) await files.remove(savePath(id, name, slot))
    },
    frames: {
      get count() {
        return frames.length
      },
      async keep(bytes) {
        const sha256 = await sha256Hex(bytes)
        const file = await ofFrames()
        check()
        file.write(startOf(frames.length), bytes)
        file.flush()
        const line = { bytes: bytes.length, sha256 }
        journal.append({ kind: 'frame', ...line })
        frames.push(line)
      },
      async read(index) {
        const line = frames[index]
        if (line === undefined) throw new RangeError(`Frame ${index} of ${frames.length} was not kept.`)
        const bytes = (await ofFrames()).read(startOf(index), line.bytes)
        if (bytes.length !== line.bytes || (await sha256Hex(bytes)) !== line.sha256)
          throw new RangeError(`Frame ${index} came back from the disk with other bytes than were written.`)
        return bytes
      },
      cut(count) {
        check()
        if (count >= frames.length) return
        journal.append({ kind: 'cut', frames: count })
        frames = frames.slice(0, count)
      },
      release: () => undefined,
    },
    close,
    async discard() {
      close()
      await erase()
    },
  }
}

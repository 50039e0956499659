// A disk in memory that loses power at any operation: what was flushed stays, of the rest anything may be there or not.
import type { OpenFile, StoreFiles } from '../../../src/storage/files'

export class PowerCut extends Error {
  override readonly name = 'PowerCut'
}

type Change = { offset: number; bytes: Uint8Array } | { size: number }

interface Disk {
  /** Survives. */
  flushed: Uint8Array<ArrayBuffer>
  /** May survive. */
  changes: Change[]
  /** As the program sees it. */
  seen: Uint8Array<ArrayBuffer>
}

function resized(bytes: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const next = new Uint8Array(size)
  next.set(bytes.subarray(0, size))
  return next
}

function applied(bytes: Uint8Array<ArrayBuffer>, change: Change): Uint8Array<ArrayBuffer> {
  if ('size' in change) return resized(bytes, change.size)
  const next = resized(bytes, Math.max(bytes.length, change.offset + change.bytes.length))
  next.set(change.bytes, change.offset)
  return next
}

export interface MemoryFiles extends StoreFiles {
  /** From now on so many operations go well. */
  cutAfter(operations: number): void
  readonly isCut: boolean
  /** The disk after the power cut. `fate` in [0, 1): of each change that was not flushed. */
  afterCut(fate: () => number): MemoryFiles
  /** As a program sees it. */
  bytes(path: string): Uint8Array<ArrayBuffer> | undefined
  /** Damage at rest. */
  damage(path: string, offset: number): void
}

export function memoryFiles(disks = new Map<string, Disk>()): MemoryFiles {
  let left = Infinity
  let isCut = false
  const step = (change?: () => void): void => {
    if (isCut) throw new PowerCut('The power is gone.')
    left -= 1
    if (left < 0) {
      isCut = true
      change?.() // begun, and perhaps done in part
      throw new PowerCut('The power went.')
    }
    change?.()
  }
  const change = (disk: Disk, what: Change): void => {
    disk.changes.push(what)
    disk.seen = applied(disk.seen, what)
  }
  const opened = (disk: Disk): OpenFile => ({
    size: () => disk.seen.length,
    read: (offset, length) => disk.seen.slice(offset, offset + length),
    write: (offset, bytes) => step(() => change(disk, { offset, bytes: bytes.slice() })),
    truncate: (size) => step(() => change(disk, { size })),
    flush() {
      step()
      disk.flushed = disk.seen.slice()
      disk.changes = []
    },
    close: () => undefined,
  })
  return {
    async open(path) {
      step()
      const disk = disks.get(path) ?? { flushed: new Uint8Array(), changes: [], seen: new Uint8Array() }
      disks.set(path, disk)
      return opened(disk)
    },
    async snapshot(path) {
      const disk = disks.get(path)
      return disk && new Blob([disk.seen])
    },
    names: async (folder) =>
      [...disks.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1)),
    async remove(path) {
      step()
      disks.delete(path)
    },
    cutAfter: (operations) => void (left = operations),
    get isCut() {
      return isCut
    },
    afterCut(fate) {
      const survivors = Array.from(disks, ([path, disk]): [string, Disk] => {
        let bytes = disk.flushed
        for (const each of disk.changes) {
          const luck = fate()
          if (luck < 1 / 3) continue
          const torn =
            'bytes' in each && luck < 2 / 3
              ? { ...each, bytes: each.bytes.subarray(0, Math.floor((luck * 3 - 1) * each.bytes.length)) }
              : each
          bytes = applied(bytes, torn)
        }
        return [path, { flushed: bytes, changes: [], seen: bytes.slice() }]
      })
      return memoryFiles(new Map(survivors))
    },
    bytes: (path) => disks.get(path)?.seen,
    damage(path, offset) {
      const disk = disks.get(path)
      if (disk === undefined || offset >= disk.seen.length) throw new Error(`${path} has no byte ${offset}.`)
      disk.seen[offset]! ^= 1
      disk.flushed = disk.seen.slice()
    },
  }
}

// Reads the directory of a ZIP archive whose entries are stored, not compressed, with 64-bit sizes. Unpacks nothing.
import type { ByteSource } from '../sources/byte-source'

export interface ZipEntry {
  readonly name: string
  /** Position of the entry's local header in the file. */
  readonly headerOffset: number
  /** Bytes of its content. */
  readonly size: number
  /** Position of the next entry, or of the directory. */
  readonly limit: number
}

type Fail = (problem: string) => never

const END = { signature: 0x06054b50, bytes: 22 }
const END64 = { signature: 0x06064b50, bytes: 56 }
const LOCATOR64 = { signature: 0x07064b50, bytes: 20 }
const ENTRY = { signature: 0x02014b50, bytes: 46 }
const LOCAL = { signature: 0x04034b50, bytes: 30 }
const MAX_COMMENT = 65535
const MAX_DIRECTORY = 64 << 20
const MAX_ENTRIES = 100_000

interface Extent {
  readonly count: number
  readonly size: number
  readonly offset: number
}

function u64(view: DataView, at: number, what: string, fail: Fail): number {
  const value = view.getBigUint64(at, true)
  return value > BigInt(Number.MAX_SAFE_INTEGER)
    ? fail(`${what} is ${value}, which is more than can be counted`)
    : Number(value)
}

async function viewOf(source: ByteSource, offset: number, length: number): Promise<DataView> {
  const bytes = await source.read(offset, length)
  return new DataView(bytes.buffer, bytes.byteOffset, length)
}

/** Count, size and position of the directory, from the records at the file's end. */
async function findDirectory(source: ByteSource, fail: Fail): Promise<Extent> {
  const length = Math.min(source.size, END.bytes + MAX_COMMENT)
  const tail = await viewOf(source, source.size - length, length)
  let at = length - END.bytes
  while (
    at >= 0 &&
    !(tail.getUint32(at, true) === END.signature && tail.getUint16(at + 20, true) === length - at - END.bytes)
  )
    at--
  if (at < 0) return fail('it has no ZIP directory at its end; it may be cut off')
  const narrow = {
    count: tail.getUint16(at + 10, true),
    size: tail.getUint32(at + 12, true),
    offset: tail.getUint32(at + 16, true),
  }
  const end = source.size - length + at
  if (narrow.count !== 0xffff && narrow.size !== 0xffffffff && narrow.offset !== 0xffffffff)
    return checkExtent(narrow, end, fail)
  if (end < LOCATOR64.bytes + END64.bytes) return fail('its ZIP directory lacks the record of 64-bit sizes')
  const locator = await viewOf(source, end - LOCATOR64.bytes, LOCATOR64.bytes)
  if (locator.getUint32(0, true) !== LOCATOR64.signature) return checkExtent(narrow, end, fail)
  const record = u64(locator, 8, 'the place of its ZIP64 record', fail)
  if (record > end - LOCATOR64.bytes - END64.bytes)
    return fail(`its ZIP64 record begins at byte ${record}, and the file ends at ${source.size}`)
  const wide = await viewOf(source, record, END64.bytes)
  if (wide.getUint32(0, true) !== END64.signature) return fail(`it has no ZIP64 record at byte ${record}`)
  const extent = {
    count: u64(wide, 32, 'the count of its ZIP entries', fail),
    size: u64(wide, 40, 'the size of its ZIP directory', fail),
    offset: u64(wide, 48, 'the place of its ZIP directory', fail),
  }
  return checkExtent(extent, record, fail)
}

function checkExtent(extent: Extent, end: number, fail: Fail): Extent {
  const { count, size, offset } = extent
  if (size > MAX_DIRECTORY)
    fail(`its ZIP directory claims ${size} bytes; the most allowed is ${MAX_DIRECTORY}`)
  if (offset + size > end)
    fail(`its ZIP directory spans bytes ${offset} to ${offset + size} and must end by ${end}`)
  if (count > MAX_ENTRIES || count * ENTRY.bytes > size)
    fail(
      `its ZIP directory claims ${count} entries in ${size} bytes; the most allowed is ${Math.min(MAX_ENTRIES, Math.floor(size / ENTRY.bytes))}`,
    )
  return extent
}

/** The 64-bit fields of an entry, for its 32-bit fields that overflowed. */
function wideFields(
  view: DataView,
  begin: number,
  end: number,
  narrow: readonly number[],
  name: string,
  fail: Fail,
): number[] {
  let at = begin
  while (at + 4 <= end && view.getUint16(at, true) !== 1) at += 4 + view.getUint16(at + 2, true)
  const stop = at + 4 <= end ? at + 4 + view.getUint16(at + 2, true) : at
  if (stop > end) fail(`entry ${name} has an extra field past its end`)
  at += 4
  return narrow.map((value) => {
    if (value !== 0xffffffff) return value
    if (at + 8 > stop) return fail(`entry ${name} lacks its 64-bit size or place`)
    at += 8
    return u64(view, at - 8, `a size or place of entry ${name}`, fail)
  })
}

/** Reads the entry at `at`, without its limit, and the position of the next. */
function parseEntry(
  view: DataView,
  at: number,
  fail: Fail,
): { entry: Omit<ZipEntry, 'limit'>; next: number } {
  if (at + ENTRY.bytes > view.byteLength || view.getUint32(at, true) !== ENTRY.signature)
    return fail(`its ZIP directory has no entry at byte ${at}`)
  const [nameLength, extraLength, commentLength] = [28, 30, 32].map((field) =>
    view.getUint16(at + field, true),
  ) as [number, number, number]
  const extra = at + ENTRY.bytes + nameLength
  const next = extra + extraLength + commentLength
  if (next > view.byteLength) return fail(`the entry at byte ${at} of its ZIP directory ends past it`)
  const name = new TextDecoder().decode(
    new DataView(view.buffer, view.byteOffset + at + ENTRY.bytes, nameLength),
  )
  if (view.getUint16(at + 8, true) & 1) fail(`entry ${name} is encrypted`)
  const method = view.getUint16(at + 10, true)
  const narrow = [24, 20, 42].map((field) => view.getUint32(at + field, true))
  const [size, stored, headerOffset] = wideFields(view, extra, extra + extraLength, narrow, name, fail) as [
    number,
    number,
    number,
  ]
  if (method !== 0 || stored !== size)
    fail(
      `entry ${name} is compressed (method ${method}); PyTorch stores its entries plain, and only those are read. Save it again with torch.save`,
    )
  return { entry: { name, headerOffset, size }, next }
}

/** Reads and checks the directory. `fail` must throw. */
export async function readZipDirectory(
  source: ByteSource,
  fail: Fail,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const { count, size, offset } = await findDirectory(source, fail)
  const view = await viewOf(source, offset, size)
  const found: Omit<ZipEntry, 'limit'>[] = []
  let at = 0
  while (found.length < count) {
    const { entry, next } = parseEntry(view, at, fail)
    found.push(entry)
    at = next
  }
  found.sort((a, b) => a.headerOffset - b.headerOffset)
  const entries = new Map<string, ZipEntry>()
  found.forEach((entry, i) => {
    const limit = found[i + 1]?.headerOffset ?? offset
    if (entry.headerOffset + LOCAL.bytes + entry.size > limit)
      fail(
        `entry ${entry.name} has ${entry.size} bytes from byte ${entry.headerOffset} on and must end by ${limit}`,
      )
    if (entries.has(entry.name)) fail(`it has the entry ${entry.name} twice`)
    entries.set(entry.name, { ...entry, limit })
  })
  return entries
}

/** Position of an entry's content in the file, from its local header. */
export async function contentOffset(source: ByteSource, entry: ZipEntry, fail: Fail): Promise<number> {
  const { name, headerOffset, size, limit } = entry
  const header = await viewOf(source, headerOffset, LOCAL.bytes)
  const start = headerOffset + LOCAL.bytes + header.getUint16(26, true) + header.getUint16(28, true)
  if (header.getUint32(0, true) !== LOCAL.signature || start + size > limit)
    return fail(`entry ${name} has no sound header at byte ${headerOffset}`)
  return start
}

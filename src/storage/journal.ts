// An append-only list of records that survives a crash in the middle of a line. Each line is a checksum and JSON. The
// checksum also covers all lines before it, so a lost, changed or moved line ends the list there.
import { sha256 } from '@noble/hashes/sha2.js'
import type { OpenFile } from './files'

const FIRST_CHAIN = new TextEncoder().encode('zoetrope journal 1')
/** Hex digits of a checksum. */
const CHECK = 16
const NEW_LINE = 10

interface Chained {
  /** Of the line and all before it. */
  chain: Uint8Array
  check: string
}

function chained(chain: Uint8Array, json: Uint8Array): Chained {
  const next = sha256.create().update(chain).update(json).digest()
  return {
    chain: next,
    check: Array.from(next.subarray(0, CHECK / 2), (byte) => byte.toString(16).padStart(2, '0')).join(''),
  }
}

export interface JournalContent {
  records: unknown[]
  /** Bytes up to the end of the last good line. */
  length: number
  chain: Uint8Array
}

/** The records before the first torn or wrong line. */
export function readJournal(bytes: Uint8Array): JournalContent {
  const decoder = new TextDecoder()
  const content: JournalContent = { records: [], length: 0, chain: FIRST_CHAIN }
  for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, content.length)) {
    const line = bytes.subarray(content.length, end)
    const json = line.subarray(CHECK + 1)
    const { chain, check } = chained(content.chain, json)
    if (decoder.decode(line.subarray(0, CHECK + 1)) !== `${check} `) break
    content.records.push(JSON.parse(decoder.decode(json)))
    content.chain = chain
    content.length = end + 1
  }
  return content
}

export interface Journal<Value> {
  /** Appends a record; it is on the disk when this returns. */
  append(record: Value): void
  /** Forgets all records. */
  reset(): void
  close(): void
}

/** Opens for appending, and cuts off a torn tail. `records` are the existing ones. */
export function openJournal<Value>(file: OpenFile): { records: unknown[]; journal: Journal<Value> } {
  const content = readJournal(file.read(0, file.size()))
  let { length, chain } = content
  if (length < file.size()) {
    file.truncate(length)
    file.flush() // otherwise new lines could follow the old tail
  }
  return {
    records: content.records,
    journal: {
      append(record) {
        const json = new TextEncoder().encode(JSON.stringify(record))
        const next = chained(chain, json)
        const line = new Uint8Array(CHECK + json.length + 2)
        line.set(new TextEncoder().encode(`${next.check} `))
        line.set(json, CHECK + 1)
        line[line.length - 1] = NEW_LINE
        file.write(length, line)
        file.flush()
        chain = next.chain
        length += line.length
      },
      reset() {
        file.truncate(0)
        file.flush()
        length = 0
        chain = FIRST_CHAIN
      },
      close: () => file.close(),
    },
  }
}

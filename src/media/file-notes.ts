// The texts that an MP4 or MOV carries about itself: comments and keys in `moov`. The rest of the file is not read.
import { listBoxes, type Box } from './mp4-boxes'

const MOST_HEADERS = 64
const MOST_MOOV_BYTES = 32 << 20
const MOST_TEXT_BYTES = 4 << 20
const HEADER = 16

async function bytesAt(file: Blob, start: number, end: number): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await file.slice(start, end).arrayBuffer())
}

/** The bytes of the box `moov`, without reading what stands before it. */
async function readMoov(file: Blob): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let at = 0
  for (let count = 0; count < MOST_HEADERS && at + 8 <= file.size; count++) {
    const header = await bytesAt(file, at, at + HEADER)
    const view = new DataView(header.buffer)
    const short = view.getUint32(0)
    const size =
      short === 1 && header.length === HEADER
        ? Number(view.getBigUint64(8))
        : short === 0
          ? file.size - at
          : short
    if (size < 8 || at + size > file.size) return undefined
    if (String.fromCharCode(...header.subarray(4, 8)) === 'moov')
      return size > MOST_MOOV_BYTES ? undefined : bytesAt(file, at, at + size)
    at += size
  }
  return undefined
}

function childrenOf(bytes: Uint8Array, box: Box | undefined, skip = 0): Box[] {
  return box === undefined ? [] : listBoxes(bytes, box.bodyStart + skip, box.end)
}

/** `meta` has four bytes of version in MP4, and none in QuickTime. */
function itemsOfMeta(bytes: Uint8Array, meta: Box): Box[] {
  try {
    return childrenOf(bytes, meta, 4)
  } catch {
    return childrenOf(bytes, meta)
  }
}

/** The names of `mdta` items: the box `keys` lists them, and an item's type is its place in the list. */
function keyNames(bytes: Uint8Array, keys: Box | undefined): string[] {
  if (keys === undefined) return []
  return childrenOf(bytes, keys, 8).map((key) =>
    new TextDecoder().decode(bytes.subarray(key.bodyStart, key.end)),
  )
}

function textOf(bytes: Uint8Array, item: Box): string | undefined {
  const data = childrenOf(bytes, item).find(({ type }) => type === 'data')
  if (data === undefined || data.end - data.bodyStart - 8 > MOST_TEXT_BYTES) return undefined
  return new TextDecoder().decode(bytes.subarray(data.bodyStart + 8, data.end))
}

/** Texts by their names: "comment", "prompt", "workflow". Empty where the file is no MP4, is damaged or has none. */
export async function readFileNotes(file: Blob): Promise<ReadonlyMap<string, string>> {
  const notes = new Map<string, string>()
  try {
    const bytes = await readMoov(file)
    if (bytes === undefined) return notes
    const moov = listBoxes(bytes)[0]
    const top = childrenOf(bytes, moov)
    const inUserData = top.filter(({ type }) => type === 'udta').flatMap((box) => childrenOf(bytes, box))
    for (const meta of [...top, ...inUserData].filter(({ type }) => type === 'meta')) {
      const boxes = itemsOfMeta(bytes, meta)
      const names = keyNames(
        bytes,
        boxes.find(({ type }) => type === 'keys'),
      )
      for (const item of childrenOf(
        bytes,
        boxes.find(({ type }) => type === 'ilst'),
      )) {
        const place = new DataView(bytes.buffer, bytes.byteOffset + item.start + 4, 4).getUint32(0)
        const name = names[place - 1] ?? (item.type === '\u00A9cmt' ? 'comment' : item.type)
        const text = textOf(bytes, item)
        if (text !== undefined) notes.set(name, text)
      }
    }
  } catch {
    // A damaged file has the notes that were found before the damage.
  }
  return notes
}

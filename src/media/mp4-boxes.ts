// The box structure of MP4 (ISO 14496-12): just enough to find, read and write boxes.

export interface Box {
  type: string
  /** Position of the header in the file. */
  start: number
  /** First byte after the header. */
  bodyStart: number
  /** First byte after the box. */
  end: number
}

/** Bytes before the first child of a box that has children and fields. */
const FIELDS_BEFORE_CHILDREN: Record<string, number> = { meta: 4 }

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

// Box types are Latin-1: iTunes' names begin with ©, one byte.
function typeAt(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  )
}

/** The boxes between two offsets; throws at the first impossible size. */
export function listBoxes(bytes: Uint8Array, start = 0, end = bytes.length): Box[] {
  const view = viewOf(bytes)
  const boxes: Box[] = []
  let at = start
  while (at < end) {
    if (end - at < 8) throw new Error(`MP4 box at byte ${at}: ${end - at} bytes are left, a header needs 8.`)
    const short = view.getUint32(at)
    const long = short === 1
    if (long && end - at < 16)
      throw new Error(`MP4 box at byte ${at}: ${end - at} bytes are left, a long header needs 16.`)
    const headerSize = long ? 16 : 8
    const size = long ? Number(view.getBigUint64(at + 8)) : short === 0 ? end - at : short
    if (size < headerSize || at + size > end)
      throw new Error(
        `MP4 box "${typeAt(view, at + 4)}" at byte ${at} claims ${size} bytes; ${end - at} are left.`,
      )
    boxes.push({ type: typeAt(view, at + 4), start: at, bodyStart: at + headerSize, end: at + size })
    at += size
  }
  return boxes
}

/** All boxes at a path of box types from the top of the file. */
export function findBoxes(bytes: Uint8Array, path: readonly string[]): Box[] {
  let level = listBoxes(bytes)
  for (const [depth, type] of path.entries()) {
    const matches = level.filter((box) => box.type === type)
    if (depth === path.length - 1) return matches
    level = matches.flatMap((box) =>
      listBoxes(bytes, box.bodyStart + (FIELDS_BEFORE_CHILDREN[type] ?? 0), box.end),
    )
  }
  return []
}

export function findBox(bytes: Uint8Array, path: readonly string[]): Box | undefined {
  return findBoxes(bytes, path)[0]
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function makeBox(type: string, ...body: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(8)
  const box = concatBytes([header, ...body])
  viewOf(box).setUint32(0, box.length)
  for (let i = 0; i < 4; i++) box[4 + i] = type.charCodeAt(i)
  return box
}

/** Increases every chunk offset by `distance`, in place, for media data that moves back by as much. */
export function moveChunkOffsets(bytes: Uint8Array, distance: number): void {
  const view = viewOf(bytes)
  const table = ['moov', 'trak', 'mdia', 'minf', 'stbl']
  for (const box of findBoxes(bytes, [...table, 'stco'])) {
    const count = view.getUint32(box.bodyStart + 4)
    for (let i = 0; i < count; i++) {
      const at = box.bodyStart + 8 + i * 4
      const moved = view.getUint32(at) + distance
      if (moved > 0xffff_ffff)
        throw new Error(`The video is over 4 GiB: chunk ${i} would begin at byte ${moved}.`)
      view.setUint32(at, moved)
    }
  }
  for (const box of findBoxes(bytes, [...table, 'co64'])) {
    const count = view.getUint32(box.bodyStart + 4)
    for (let i = 0; i < count; i++) {
      const at = box.bodyStart + 8 + i * 8
      view.setBigUint64(at, view.getBigUint64(at) + BigInt(distance))
    }
  }
}

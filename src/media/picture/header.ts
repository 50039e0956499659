// The size of a picture from the first bytes of its file: a hostile or huge one is refused before anything decodes it.
import { ZoetropeError } from '../../protocol/errors'

export type PictureFormat = 'PNG' | 'JPEG' | 'WebP' | 'AVIF'

export interface PictureHeader {
  readonly format: PictureFormat
  /** As stored: a camera's orientation may swap the two. */
  readonly width: number
  readonly height: number
}

export const MAX_PICTURE_PIXELS = 2 ** 26
/** Of a file: no less than a PNG of the largest picture may have. */
const MAX_PICTURE_BYTES = 4 * MAX_PICTURE_PIXELS

/** A file that cannot be read as a picture. */
export function pictureError(name: string, what: string): ZoetropeError {
  return new ZoetropeError('invalid-settings', `${name} ${what}. Choose a PNG, JPEG, WebP or AVIF file.`)
}

/** @throws ZoetropeError where a file is too large to be read as a picture */
export function checkPictureBytes(bytes: number, name: string): void {
  if (bytes > MAX_PICTURE_BYTES)
    throw pictureError(
      name,
      `has ${(bytes / 2 ** 20).toFixed(0)} MiB; a picture may have ${MAX_PICTURE_BYTES / 2 ** 20}`,
    )
}

interface Size {
  readonly width: number
  readonly height: number
}

const ascii = (view: DataView, at: number, length: number): string =>
  String.fromCharCode(...Array.from({ length }, (_, i) => view.getUint8(at + i)))

/** IHDR is the first chunk. */
function pngSize(view: DataView): Size | undefined {
  if (ascii(view, 12, 4) !== 'IHDR') return undefined
  return { width: view.getUint32(16), height: view.getUint32(20) }
}

/** Walks the segments to the start of a frame. */
function jpegSize(view: DataView): Size | undefined {
  let at = 2
  for (;;) {
    if (view.getUint8(at) !== 0xff) return undefined
    const marker = view.getUint8(at + 1)
    if (marker === 0xff || marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += marker === 0xff ? 1 : 2 // padding, or a marker without content
      continue
    }
    const isFrame = marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
    if (isFrame) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) }
    const length = view.getUint16(at + 2)
    if (length < 2 || marker === 0xd9 || marker === 0xda) return undefined
    at += 2 + length
  }
}

const uint24 = (view: DataView, at: number): number =>
  view.getUint16(at, true) | (view.getUint8(at + 2) << 16)

/** The first chunk is lossy, lossless, or the canvas of both. */
function webpSize(view: DataView): Size | undefined {
  switch (ascii(view, 12, 4)) {
    case 'VP8 ':
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
    case 'VP8L': {
      const bits = view.getUint32(21, true)
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 }
    }
    case 'VP8X':
      return { width: uint24(view, 24) + 1, height: uint24(view, 27) + 1 }
    default:
      return undefined
  }
}

interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

/** The boxes of an ISO file between two places. */
function* boxes(view: DataView, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to;) {
    const short = view.getUint32(at)
    const long = short === 1
    const size = long ? Number(view.getBigUint64(at + 8)) : short === 0 ? to - at : short
    const header = long ? 16 : 8
    if (size < header || at + size > to) return
    yield { type: ascii(view, at + 4, 4), start: at + header, end: at + size }
    at += size
  }
}

function* boxesIn(view: DataView, path: readonly string[], from: number, to: number): Generator<Box> {
  const [type, ...rest] = path
  for (const box of boxes(view, from, to)) {
    if (box.type !== type) continue
    if (rest.length === 0) yield box
    else yield* boxesIn(view, rest, box.start + (type === 'meta' ? 4 : 0), box.end)
  }
}

/** The largest of the sizes that the file lists: of a picture made of tiles, that of the whole. */
function avifSize(view: DataView): Size | undefined {
  let largest: Size | undefined
  for (const { start, end } of boxesIn(view, ['meta', 'iprp', 'ipco', 'ispe'], 0, view.byteLength)) {
    if (end - start < 12) continue
    const size = { width: view.getUint32(start + 4), height: view.getUint32(start + 8) }
    if (!largest || size.width * size.height > largest.width * largest.height) largest = size
  }
  return largest
}

const READERS: Readonly<Record<PictureFormat, (view: DataView) => Size | undefined>> = {
  PNG: pngSize,
  JPEG: jpegSize,
  WebP: webpSize,
  AVIF: avifSize,
}

/** The kind of a file by its first bytes: a supported format, or the name of another. */
function formatOf(view: DataView): PictureFormat | { readonly other: string } | undefined {
  const start = ascii(view, 0, 12)
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return 'PNG'
  if (start.startsWith('\xff\xd8\xff')) return 'JPEG'
  if (start.startsWith('RIFF') && start.endsWith('WEBP')) return 'WebP'
  if (start.slice(4, 8) === 'ftyp') {
    const brands = ascii(view, 8, Math.min(view.getUint32(0), 64, view.byteLength) - 8)
    if (/avif|avis/.test(brands)) return 'AVIF'
    return { other: /heic|heix|hevc|mif1/.test(brands) ? 'a HEIC picture' : 'a video' }
  }
  if (start.startsWith('GIF8')) return { other: 'a GIF' }
  if (start.startsWith('BM')) return { other: 'a BMP picture' }
  if (/^(II\*\0|MM\0\*)/.test(start)) return { other: 'a TIFF picture' }
  if (/^\s*<(\?xml|svg|!DOCTYPE)/i.test(start)) return { other: 'an SVG drawing or a web page' }
  return undefined
}

/**
 * The format and size that the bytes of a file state.
 * @param name of the file, for errors. @throws ZoetropeError where it is no such picture, or too large
 */
export function readPictureHeader(bytes: Uint8Array, name: string): PictureHeader {
  if (bytes.byteLength > MAX_PICTURE_BYTES)
    throw pictureError(
      name,
      `has ${(bytes.byteLength / 2 ** 20).toFixed(0)} MiB; a picture may have ${MAX_PICTURE_BYTES / 2 ** 20}`,
    )
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let format: ReturnType<typeof formatOf>
  let size: Size | undefined
  try {
    format = formatOf(view)
    size = typeof format === 'string' ? READERS[format](view) : undefined
  } catch (error) {
    if (!(error instanceof RangeError)) throw error // the file ends before its size
  }
  if (format === undefined) throw pictureError(name, 'is not a picture that Zoetrope reads')
  if (typeof format !== 'string') throw pictureError(name, `is ${format.other}, which Zoetrope does not read`)
  if (!size || size.width === 0 || size.height === 0)
    throw pictureError(name, `begins as ${format} and does not state its size: it is damaged`)
  checkPictureSize(size, name)
  return { format, ...size }
}

/** @throws ZoetropeError where a picture of this size would take too much memory to decode */
export function checkPictureSize({ width, height }: Size, name: string): void {
  if (width * height <= MAX_PICTURE_PIXELS) return
  throw new ZoetropeError(
    'invalid-settings',
    `${name} is ${width}×${height}, ${Math.ceil((width * height) / 1e6)} million pixels; a picture may have ${Math.floor(MAX_PICTURE_PIXELS / 1e6)} million. Make it smaller first.`,
  )
}

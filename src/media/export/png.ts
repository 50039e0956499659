// The mark of a model in a PNG: XMP in an `iTXt` chunk, before the file's end.
import { concatBytes } from '../mp4-boxes'

const END_BYTES = 12 // an empty IEND
const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  return crc
})

function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 255] ?? 0) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

function big(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

export function withXmp(png: Uint8Array, xmp: string): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(`iTXtXML:com.adobe.xmp\0\0\0\0\0${xmp}`)
  const chunk = concatBytes([big(text.length - 4), text, big(crc32(text))])
  return concatBytes([png.subarray(0, -END_BYTES), chunk, png.subarray(-END_BYTES)])
}

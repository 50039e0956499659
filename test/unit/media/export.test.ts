import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inflateSync, deflateSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { gifDelays, openGif } from '../../../src/media/export/gif'
import { withXmp } from '../../../src/media/export/png'
import { animatedWebp } from '../../../src/media/export/webp'
import { DIGITAL_SOURCE_TYPE, xmpPacket } from '../../../src/media/made-by-model'

const XMP = xmpPacket('Zoetrope "1" <&>')

/** What ffprobe finds in a file. */
function probe(
  name: string,
  bytes: Uint8Array,
): { width: number; height: number; frames: number; seconds: number } {
  const folder = mkdtempSync(join(tmpdir(), 'zoetrope-'))
  try {
    const file = join(folder, name)
    writeFileSync(file, bytes)
    const args = ['-v', 'error', '-count_frames', '-show_streams', '-of', 'json', file]
    const { stdout } = spawnSync('ffprobe', args, { encoding: 'utf8' })
    const [stream] = (JSON.parse(stdout) as { streams: Record<string, string>[] }).streams
    return {
      width: Number(stream?.['width']),
      height: Number(stream?.['height']),
      frames: Number(stream?.['nb_read_frames']),
      seconds: Number(stream?.['duration']),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1')

describe('the mark of a model', () => {
  it("is IPTC's digital source type, in XML that holds", () => {
    expect(XMP).toContain(`Iptc4xmpExt:DigitalSourceType="${DIGITAL_SOURCE_TYPE}"`)
    expect(XMP).toContain('xmp:CreatorTool="Zoetrope &#34;1&#34; &#60;&#38;&#62;"')
  })
})

describe('a GIF', () => {
  it('plays its frames in the time of the clip', () => {
    const delays = gifDelays(Array.from({ length: 33 }, (_, i) => (i + 1) / 16))
    expect(new Set(delays)).toEqual(new Set([60, 70]))
    expect(delays.reduce((sum, delay) => sum + delay, 0)).toBe(2060)
  })

  it('is whole, and has the mark before its end', () => {
    const gif = openGif(8, 4)
    for (let frame = 0; frame < 3; frame++)
      gif.add(
        Uint8ClampedArray.from({ length: 8 * 4 * 4 }, (_, i) =>
          i % 4 === 3 ? 255 : (i * 7 + frame * 40) % 256,
        ),
        60,
      )
    const bytes = gif.finish(XMP)
    expect(probe('clip.gif', bytes)).toMatchObject({ width: 8, height: 4, frames: 3 })
    expect(latin(bytes)).toContain('XMP DataXMP<?xpacket')
    expect(bytes.at(-1)).toBe(0x3b)
  })
})

describe('an animated WebP', () => {
  const still = (letter: number): Uint8Array => {
    const body = Uint8Array.of(...Buffer.from('WEBPVP8L'), 5, 0, 0, 0, 0x2f, letter, 0, 0, 0, 0)
    return Uint8Array.of(...Buffer.from('RIFF'), body.length, 0, 0, 0, ...body)
  }

  it('has a frame of pixels each, its size, its time and the mark', () => {
    const bytes = animatedWebp(
      300,
      200,
      [
        { file: still(1), milliseconds: 62 },
        { file: still(2), milliseconds: 63 },
      ],
      XMP,
    )
    const view = new DataView(bytes.buffer)
    expect(view.getUint32(4, true)).toBe(bytes.length - 8)
    const chunks: { name: string; at: number; size: number }[] = []
    for (let at = 12; at < bytes.length;) {
      const size = view.getUint32(at + 4, true)
      chunks.push({ name: latin(bytes.subarray(at, at + 4)), at: at + 8, size })
      at += 8 + size + (size % 2)
    }
    expect(chunks.map(({ name }) => name)).toEqual(['VP8X', 'ANIM', 'ANMF', 'ANMF', 'XMP '])
    const [header, , first] = chunks
    expect([...bytes.subarray(header!.at, header!.at + 10)]).toEqual([6, 0, 0, 0, 43, 1, 0, 199, 0, 0])
    expect([...bytes.subarray(first!.at, first!.at + 16)]).toEqual([
      0, 0, 0, 0, 0, 0, 43, 1, 0, 199, 0, 0, 62, 0, 0, 2,
    ])
    expect(latin(bytes.subarray(first!.at + 16, first!.at + 20))).toBe('VP8L')
  })
})

describe('a PNG', () => {
  it('keeps its picture and gets the mark in a chunk that adds up', () => {
    const chunk = (name: string, data: Uint8Array): Buffer => {
      const body = Buffer.concat([Buffer.from(name), data])
      const out = Buffer.alloc(8 + body.length)
      out.writeUInt32BE(data.length, 0)
      body.copy(out, 4)
      return out // the sums of these are not looked at
    }
    const png = Buffer.concat([
      Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]),
      chunk('IDAT', deflateSync(Buffer.from([0, 1, 2]))),
      chunk('IEND', new Uint8Array()),
    ])
    const marked = Buffer.from(withXmp(png, XMP))
    const at = marked.indexOf('iTXt')
    const length = marked.readUInt32BE(at - 4)
    expect(marked.subarray(at + 4, at + 4 + length).toString()).toBe(`XML:com.adobe.xmp\0\0\0\0\0${XMP}`)
    expect(marked.subarray(-12, -4).toString('latin1')).toBe('\0\0\0\0IEND')
    expect(inflateSync(marked.subarray(16, marked.indexOf('iTXt') - 8))).toEqual(Buffer.from([0, 1, 2]))
    // The checksum is zlib's.
    expect(marked.readUInt32BE(at + 4 + length)).toBe(crcOf(marked.subarray(at, at + 4 + length)))
  })
})

/** By the definition, bit by bit. */
function crcOf(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes)
    for (let bit = 0; bit < 8; bit++) crc = ((crc ^ (byte >> bit)) & 1 ? 0xedb88320 : 0) ^ (crc >>> 1)
  return (crc ^ 0xffffffff) >>> 0
}

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readPictureHeader } from '../../../../src/media/picture/header'
import { ZoetropeError } from '../../../../src/protocol/errors'

const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '../../../fixtures/pictures', name)))
const text = (value: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(value, 'latin1'))

const FILES = [
  ['plain.png', 'PNG'],
  ['clear.png', 'PNG'],
  ['plain.jpg', 'JPEG'],
  ['turned.jpg', 'JPEG'],
  ['lossy.webp', 'WebP'],
  ['lossless.webp', 'WebP'],
  ['extended.webp', 'WebP'],
  ['plain.avif', 'AVIF'],
] as const

/** A PNG that states a size, and ends there. */
function statedPng(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = bytesOf('plain.png').slice(0, 40)
  new DataView(bytes.buffer).setUint32(16, width)
  new DataView(bytes.buffer).setUint32(20, height)
  return bytes
}

describe('the header of a picture', () => {
  it.each(FILES)('of %s states %s and its size', (file, format) => {
    expect(readPictureHeader(bytesOf(file), file)).toEqual({ format, width: 24, height: 16 })
  })

  it.each([
    ['plain.gif', bytesOf('plain.gif'), 'photo is a GIF, which Zoetrope does not read.'],
    [
      'HEIC',
      text('\0\0\0\x18ftypheic\0\0\0\0mif1heic'),
      'photo is a HEIC picture, which Zoetrope does not read.',
    ],
    [
      'a video',
      text('\0\0\0\x18ftypisom\0\0\0\0isomavc1'),
      'photo is a video, which Zoetrope does not read.',
    ],
    ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'photo is an SVG drawing or a web page'],
    ['text', text('Dear reader, this is no picture.'), 'photo is not a picture that Zoetrope reads.'],
    ['nothing', text(''), 'photo is not a picture that Zoetrope reads.'],
    ['no size', statedPng(0, 5), 'photo begins as PNG and does not state its size: it is damaged.'],
  ])('refuses %s', (_, bytes, problem) => {
    expect(() => readPictureHeader(bytes, 'photo')).toThrow(problem)
    expect(() => readPictureHeader(bytes, 'photo')).toThrow('Choose a PNG, JPEG, WebP or AVIF file.')
  })

  it('refuses what is too large to decode, and nothing just below', () => {
    expect(() => readPictureHeader(statedPng(100_000, 100_000), 'bomb.png')).toThrow(
      'bomb.png is 100000×100000, 10000 million pixels; a picture may have 67 million. Make it smaller first.',
    )
    expect(readPictureHeader(statedPng(8192, 8192), 'large.png')).toMatchObject({ width: 8192 })
    expect(() => readPictureHeader(statedPng(8193, 8192), 'large.png')).toThrow(ZoetropeError)
  })

  it('ends in a size or in an error of ours, wherever a file is cut off or changed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), fc.nat(), fc.nat(), fc.nat(255), ([file], cut, at, value) => {
        const bytes = bytesOf(file).slice(0, 1 + (cut % bytesOf(file).length))
        bytes[at % bytes.length] = value
        try {
          const { width, height } = readPictureHeader(bytes, file)
          expect(width * height).toBeGreaterThan(0)
        } catch (error) {
          expect(error).toBeInstanceOf(ZoetropeError)
        }
      }),
      { numRuns: 3000 },
    )
  })
})

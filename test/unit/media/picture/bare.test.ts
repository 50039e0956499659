import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { barePicture, isBarePng } from '../../../../src/media/picture/bare'

const bytesOf = (name: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(join(import.meta.dirname, '../../../fixtures/pictures', name)))
const plain = bytesOf('plain.png')

describe('a PNG is bare', () => {
  it.each(['plain.png', 'clear.png'])('where it has pixels alone: %s', (name) => {
    expect(isBarePng(bytesOf(name))).toBe(true)
  })

  it.each([
    ['says where it was taken', bytesOf('placed.png')],
    ['goes on behind its end', new Uint8Array([...plain, 0])],
    ['ends before its end', plain.slice(0, -1)],
    ['states a chunk longer than itself', plain.with(8 + 3, 200)],
    ['is only a signature', plain.slice(0, 8)],
  ])('and not where it %s', (_what, bytes) => {
    expect(isBarePng(bytes)).toBe(false)
  })
})

it('a bare picture is taken as it is, with its size, and what is none is refused', async () => {
  const { file, width, height } = await barePicture(new Blob([plain]), 'dog.png')
  expect([file.name, file.type, width, height]).toEqual(['dog.png', 'image/png', 24, 16])
  expect(new Uint8Array(await file.arrayBuffer())).toEqual(plain)
  await expect(barePicture(new Blob(['Dear reader']), 'notes.txt')).rejects.toThrow(
    'notes.txt is not a picture that Zoetrope reads.',
  )
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { blobSource, bufferSource } from '../../../src/weights/sources/byte-source'
import { fetchJson } from '../../../src/weights/sources/model-folder'
import { fetchSource } from '../../../src/weights/sources/whole-file'
import type { FileDType } from '../../../src/weights/dtype'
import { openSafetensors, writeSafetensors } from '../../../src/weights/formats/safetensors'
import { requireTensor } from '../../../src/weights/weight-file'

const bytesOf = (array: ArrayBufferView): Uint8Array =>
  new Uint8Array(array.buffer, array.byteOffset, array.byteLength)

async function one(dtype: FileDType, shape: number[], values: ArrayBufferView) {
  return openSafetensors(
    bufferSource('one.safetensors', writeSafetensors([{ name: 't', dtype, shape, bytes: bytesOf(values) }])),
  )
}

describe('byte sources', () => {
  const content = Uint8Array.from({ length: 10 }, (_, i) => i)
  const sources = [bufferSource('memory', content), blobSource('blob', new Blob([content]))]

  it('a file that is taken away is missing, not damaged, and the remedy is named', async () => {
    const gone = new Blob([content])
    const error = new DOMException('A requested file or directory could not be found.', 'NotFoundError')
    gone.slice = () => Object.assign(new Blob(), { arrayBuffer: () => Promise.reject(error) })
    const cut = new Blob([content])
    cut.slice = () => new Blob([content.slice(0, 3)])
    const read = (blob: Blob): Promise<unknown> =>
      blobSource('vae', blob, 'Choose it again.')
        .read(0, 4)
        .catch((error: unknown) => error)
    expect(await read(gone)).toMatchObject({
      code: 'model-missing',
      message:
        'vae can no longer be read: it was moved, deleted or changed, or its disk was taken away. Choose it again.',
    })
    expect(await read(cut)).toMatchObject({ code: 'model-missing' })
  })

  it.each(sources)('$name reads ranges up to its last byte, and no further', async (source) => {
    expect(source.size).toBe(10)
    expect([...(await source.read(3, 4))]).toEqual([3, 4, 5, 6])
    expect([...(await source.read(10, 0))]).toEqual([])
    expect([...(await source.read(9, 1))]).toEqual([9])
    for (const [offset, length] of [
      [10, 1],
      [0, 11],
      [-1, 1],
      [0, -1],
      [0.5, 1],
      [NaN, 1],
      [2 ** 53, 1],
    ] as const) {
      await expect(source.read(offset, length)).rejects.toThrow(
        `${source.name} has 10 bytes; ${length} bytes from offset ${offset} were asked for`,
      )
    }
  })

  it('hands out bytes that the reader may change', async () => {
    const source = bufferSource('memory', content)
    ;(await source.read(0, 2)).fill(99)
    expect([...(await source.read(0, 2))]).toEqual([0, 1])
  })

  afterEach(() => vi.unstubAllGlobals())

  const patient = { pause: async () => undefined }

  it('fetches once, and checks the answer and its length', async () => {
    vi.stubGlobal('fetch', async () => new Response(content))
    expect([...(await (await fetchSource('f', '/f', 10, patient)).read(8, 2))]).toEqual([8, 9])
    await expect(fetchSource('f', '/f', 11, patient)).rejects.toThrow(
      'f arrived with 10 bytes and must have 11',
    )
    vi.stubGlobal('fetch', async () => new Response('gone', { status: 404 }))
    await expect(fetchSource('f', '/f', 10, patient)).rejects.toThrow(
      'f could not be loaded: the server does not have it',
    )
    vi.stubGlobal('fetch', async () => new Response('no', { status: 403 }))
    await expect(fetchSource('f', '/f', 10, patient)).rejects.toThrow(
      'f could not be loaded: the server answered 403',
    )
  })

  it('fetches again after a reset, and says so in a sentence where it stays so', async () => {
    let left = 2
    vi.stubGlobal('fetch', async () => {
      if (left-- > 0) throw new TypeError('Failed to fetch')
      return new Response(content)
    })
    expect((await fetchSource('f', '/f', 10, patient)).size).toBe(10)
    left = Infinity
    await expect(fetchSource('f', '/f', 10, patient)).rejects.toMatchObject({
      name: 'WeightsError',
      code: 'model-missing',
      message: expect.stringMatching(
        /^f could not be read from byte 0 on: no answer came \(Failed to fetch\), at try 5/,
      ),
    })
  })

  it('takes no more from the line than a file may have, and does not wait for ever', async () => {
    let pulled = 0
    const endless = (): Response =>
      new Response(
        new ReadableStream({ pull: (controller) => (pulled++, controller.enqueue(new Uint8Array(1000))) }),
      )
    vi.stubGlobal('fetch', async () => endless())
    await expect(fetchSource('f', '/f', 10, patient)).rejects.toThrow(
      'f has more than the 10 bytes that it may have',
    )
    await expect(fetchJson('http://server/files.json')).rejects.toThrow('has more than the 4194304 bytes')
    expect(pulled).toBeLessThan(5000)
    vi.stubGlobal('fetch', async () => new Response(new ReadableStream()))
    await expect(fetchSource('f', '/f', 10, { ...patient, idle: 20 })).rejects.toThrow(
      'f could not be read from byte 0 on: nothing came for 20 ms, at try 5 of 5',
    )
  })
})

describe('weight files', () => {
  it.each<[FileDType, ArrayBufferView, number[]]>([
    ['F32', Float32Array.of(1.5, -2), [1.5, -2]],
    ['F64', Float64Array.of(1.5, -2), [1.5, -2]],
    ['F16', Uint16Array.of(0x3e00, 0xc000), [1.5, -2]],
    ['BF16', Uint16Array.of(0x3fc0, 0xc000), [1.5, -2]],
    ['F8_E5M2', Uint8Array.of(0x3e, 0xc0), [1.5, -2]],
    ['F8_E4M3', Uint8Array.of(0x3c, 0xc0, 0x01, 0x08, 0x7e, 0x7f), [1.5, -2, 2 ** -9, 2 ** -6, 448, NaN]],
    ['I8', Int8Array.of(-128, 127), [-128, 127]],
    ['U8', Uint8Array.of(0, 255), [0, 255]],
    ['BOOL', Uint8Array.of(0, 1), [0, 1]],
    ['I16', Int16Array.of(-3, 4), [-3, 4]],
    ['U16', Uint16Array.of(65535, 4), [65535, 4]],
    ['I32', Int32Array.of(-3, 4), [-3, 4]],
    ['U32', Uint32Array.of(1, 2 ** 31), [1, 2 ** 31]],
    ['I64', BigInt64Array.of(-3n, 4n), [-3, 4]],
    ['U64', BigUint64Array.of(3n, 4n), [3, 4]],
  ])('reads %s as numbers', async (dtype, values, numbers) => {
    const file = await one(dtype, [numbers.length], values)
    expect([...(await file.floats('t'))]).toEqual(numbers)
  })

  it('has no numbers for types without a plain reading', async () => {
    const file = await one('C64', [1], new Float32Array(2))
    await expect(file.floats('t')).rejects.toThrow(
      'one.safetensors: tensor t has the type C64, which Zoetrope does not read as numbers.',
    )
  })

  it('reads rows alone', async () => {
    const values = Float32Array.from({ length: 24 }, (_, i) => i)
    const bytes = writeSafetensors([{ name: 't', dtype: 'F32', shape: [4, 3, 2], bytes: bytesOf(values) }])
    const memory = bufferSource('one.safetensors', bytes)
    const read = vi.fn(memory.read)
    const file = await openSafetensors({ ...memory, read })
    read.mockClear()
    expect([...(await file.rows('t', 1, 2))]).toEqual(Array.from(values.subarray(6, 18)))
    expect(read).toHaveBeenCalledExactlyOnceWith(bytes.length - 96 + 24, 48)
    expect([...(await file.rows('t', 4, 0))]).toEqual([])
    for (const [first, count] of [
      [4, 1],
      [-1, 1],
      [0, 5],
      [0.5, 1],
    ] as const) {
      await expect(file.rows('t', first, count)).rejects.toThrow('it has 4 (shape [4, 3, 2])')
    }
  })

  it('says which tensor is missing or of another shape', async () => {
    const file = await one('F32', [2, 3], new Float32Array(6))
    expect(requireTensor(file, 't', [2, 3]).dtype).toBe('F32')
    for (const shape of [[3, 2], [2], [2, 3, 1], []]) {
      expect(() => requireTensor(file, 't', shape)).toThrow(
        `one.safetensors: tensor t has the shape [2, 3] and must have [${shape.join(', ')}].`,
      )
    }
    expect(() => requireTensor(file, 'u')).toThrow(
      'one.safetensors has no tensor u, which the model needs; it has 1 others (t, …).',
    )
    await expect(file.floats('u')).rejects.toThrow('has no tensor u')
  })
})

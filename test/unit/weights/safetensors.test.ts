import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bufferSource } from '../../../src/weights/sources/byte-source'
import type { FileDType } from '../../../src/weights/dtype'
import { WeightsError } from '../../../src/weights/error'
import { duplicateKey } from '../../../src/weights/formats/json-keys'
import {
  openSafetensors,
  safetensorsHeader,
  writeSafetensors,
} from '../../../src/weights/formats/safetensors'
import { tensorBytes } from '../../../src/weights/weight-file'

const open = (bytes: Uint8Array) => openSafetensors(bufferSource('model.safetensors', bytes))

/** A file with this text as its header, and `dataBytes` zeros after it. */
function fileOf(header: string, dataBytes = 0): Uint8Array {
  const text = new TextEncoder().encode(header)
  const file = new Uint8Array(8 + text.length + dataBytes)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  return file
}

const tensor = (begin: number, end: number, shape: unknown = [end - begin], dtype: unknown = 'U8') =>
  JSON.stringify({ dtype, shape, data_offsets: [begin, end] })

const anyTensors = fc.uniqueArray(
  fc
    .record({
      name: fc
        .oneof(fc.string({ maxLength: 12 }), fc.constantFrom('12', '__proto__', 'a"b', 'ключ'))
        .filter((name) => name !== '__metadata__'),
      dtype: fc.constantFrom<FileDType>('F64', 'F32', 'F16', 'BF16', 'I64', 'I32', 'I8', 'U8', 'F8_E4M3'),
      shape: fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }),
    })
    .chain((head) => {
      const length = tensorBytes(head.dtype, head.shape)
      return fc.uint8Array({ minLength: length, maxLength: length }).map((bytes) => ({ ...head, bytes }))
    }),
  { selector: ({ name }) => name, maxLength: 5 },
)

describe('safetensors', () => {
  it('gives back what was written', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTensors,
        fc.dictionary(fc.string({ maxLength: 8 }), fc.string(), { maxKeys: 3 }),
        async (tensors, metadata) => {
          const bytes = writeSafetensors(tensors, metadata)
          expect(safetensorsHeader(tensors, metadata).length % 8).toBe(0)
          const file = await open(bytes)
          expect(Object.entries(file.metadata)).toEqual(Object.entries(metadata))
          expect([...file.tensors.keys()].sort()).toEqual(tensors.map(({ name }) => name).sort())
          for (const { name, dtype, shape, bytes: content } of tensors) {
            expect(file.tensors.get(name)).toMatchObject({ name, dtype, shape, byteLength: content.length })
            expect(await file.bytes(name)).toEqual(content)
          }
        },
      ),
    )
  })

  it('refuses the file cut off anywhere, or longer by a byte', async () => {
    const whole = writeSafetensors(
      [
        { name: 'a', dtype: 'F32', shape: [2], bytes: new Uint8Array(8) },
        { name: 'b', dtype: 'F16', shape: [3], bytes: new Uint8Array(6) },
      ],
      { note: 'x' },
    )
    await open(whole)
    for (let length = 0; length < whole.length; length++)
      await expect(open(whole.slice(0, length)), `at ${length}`).rejects.toThrow(WeightsError)
    await expect(open(new Uint8Array([...whole, 0]))).rejects.toThrow(
      `it has ${whole.length + 1} bytes and must have ${whole.length}`,
    )
  })

  it('takes any flipped bit as a sound file or an error of ours, never as another failure', async () => {
    const whole = writeSafetensors(
      [{ name: 'weight', dtype: 'F32', shape: [2, 2], bytes: new Uint8Array(16) }],
      { a: 'b' },
    )
    const headerEnd = whole.length - 16
    for (let bit = 0; bit < headerEnd * 8; bit++) {
      const flipped = whole.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const outcome = await open(flipped).catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WeightsError)
      else
        expect(
          [...(outcome as Awaited<ReturnType<typeof open>>).tensors.values()].reduce(
            (sum, { byteLength }) => sum + byteLength,
            0,
          ),
        ).toBe(16)
    }
  })

  it('takes any bytes so, too', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.uint8Array({ maxLength: 40 }),
          fc.json().map((json) => fileOf(json)),
          fc.string().map((text) => fileOf(`{${text}`)),
        ),
        async (bytes) => {
          const outcome = await open(bytes).catch((error: unknown) => error)
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WeightsError)
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each<[string, Uint8Array]>([
    ['an empty header', fileOf('{}')],
    ['spaces after the header', fileOf(`{"a":${tensor(0, 1)}}   `, 1)],
    ['tensors in another order than their bytes', fileOf(`{"a":${tensor(1, 2)},"b":${tensor(0, 1)}}`, 2)],
    [
      'tensors without elements',
      fileOf(`{"a":${tensor(0, 0, [0, 7])},"b":${tensor(0, 1)},"c":${tensor(1, 1, [0])}}`, 1),
    ],
    ['a scalar', fileOf(`{"a":${tensor(0, 4, [], 'F32')}}`, 4)],
    ['the same key in two objects', fileOf(`{"a":${tensor(0, 1)},"__metadata__":{"a":"dtype"}}`, 1)],
  ])('accepts %s', async (_, bytes) => {
    await expect(open(bytes)).resolves.toBeDefined()
  })

  const MAX = Number.MAX_SAFE_INTEGER
  it.each<[string, Uint8Array, string]>([
    ['7 bytes', new Uint8Array(7), 'it has 7 bytes and must have 8 or more'],
    ['no header', fileOf(''), 'its header starts with byte none'],
    [
      'a header past the end',
      new Uint8Array([3, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]),
      'its header claims 3 bytes, and the file has 2',
    ],
    [
      'a header above 16 MiB',
      new Uint8Array([1, 0xe1, 0xf5, 5, 0, 0, 0, 0]),
      'its header claims 100000001 bytes; the most allowed is 16777216',
    ],
    ['a header of 2^64 − 1', new Uint8Array(8).fill(255), 'its header claims 18446744073709551615 bytes'],
    ['a list', fileOf('[]'), 'its header starts with byte 91 and must start with "{"'],
    ['a space before', fileOf(' {}'), 'its header starts with byte 32'],
    ['a byte order mark', fileOf('\ufeff{}'), 'its header starts with byte 239'],
    ['no JSON', fileOf('{"a":}'), 'its header is not JSON'],
    [
      'no UTF-8',
      new Uint8Array([5, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22, 0x7d]),
      'is not JSON in UTF-8',
    ],
    ['zeros after the header', fileOf(`{}\0`), 'is not JSON'],
    [
      'a tensor twice',
      fileOf(`{"a":${tensor(0, 1)},"\\u0061":${tensor(0, 1)}}`, 1),
      'its header has the key "a" twice',
    ],
    [
      'a field twice',
      fileOf(`{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}`, 1),
      'its header has the key "dtype" twice',
    ],
    ['metadata of numbers', fileOf('{"__metadata__":{"a":1}}'), 'its __metadata__ has for "a" no string'],
    ['metadata as a list', fileOf('{"__metadata__":["a"]}'), 'its __metadata__ is not an object'],
    ['a tensor as a number', fileOf('{"a":1}'), 'tensor a is not described by an object'],
    ['an unknown type', fileOf(`{"a":${tensor(0, 1, [1], 'Q4_0')}}`, 1), 'tensor a has the type "Q4_0"'],
    [
      'a type from the prototype',
      fileOf(`{"a":${tensor(0, 1, [1], 'toString')}}`, 1),
      'tensor a has the type "toString"',
    ],
    ['no type', fileOf('{"a":{"shape":[],"data_offsets":[0,0]}}'), 'tensor a has the type undefined'],
    [
      'a negative size',
      fileOf(`{"a":${tensor(0, 1, [-1])}}`, 1),
      'tensor a has the shape [-1] and must have a list of whole numbers',
    ],
    ['a broken size', fileOf(`{"a":${tensor(0, 1, [0.5])}}`, 1), 'tensor a has the shape [0.5]'],
    ['a size as text', fileOf(`{"a":${tensor(0, 1, ['1'])}}`, 1), 'tensor a has the shape ["1"]'],
    [
      'one offset',
      fileOf('{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}', 1),
      'tensor a has the offsets [0] and must have two',
    ],
    [
      'offsets swapped',
      fileOf(`{"a":${tensor(1, 0, [1])}}`, 1),
      'tensor a ends at byte 0, before it begins at 1',
    ],
    [
      'a shape too large',
      fileOf(`{"a":${tensor(0, 1, [2 ** 40, 2 ** 40])}}`, 1),
      'tensor a has the shape [1099511627776, 1099511627776], which is more than can be counted',
    ],
    [
      'a size above 2^53',
      fileOf('{"a":{"dtype":"U8","shape":[9007199254740993],"data_offsets":[0,1]}}', 1),
      'must have a list of whole numbers',
    ],
    ['an end past all', fileOf(`{"a":${tensor(0, MAX, [MAX])}}`, 1), 'which is more than can be counted'],
    [
      'a span too short',
      fileOf(`{"a":${tensor(0, 3, [1], 'F32')}}`, 3),
      'tensor a spans 3 bytes and must span 4 (F32 [1])',
    ],
    [
      'half a byte',
      fileOf(`{"a":${tensor(0, 1, [3], 'F4')}}`, 1),
      'tensor a spans 1 bytes and must span 1.5 (F4 [3])',
    ],
    [
      'a start after 0',
      fileOf(`{"a":${tensor(1, 2)}}`, 2),
      'tensor a begins at byte 1 of the data and must begin at 0',
    ],
    [
      'a gap',
      fileOf(`{"a":${tensor(0, 1)},"b":${tensor(2, 3)}}`, 3),
      'tensor b begins at byte 2 of the data and must begin at 1',
    ],
    [
      'an overlap',
      fileOf(`{"a":${tensor(0, 2)},"b":${tensor(1, 3)}}`, 3),
      'tensor b begins at byte 1 of the data and must begin at 2',
    ],
    [
      'the same bytes twice',
      fileOf(`{"a":${tensor(0, 1)},"b":${tensor(0, 1)}}`, 1),
      'tensor b begins at byte 0 of the data and must begin at 1',
    ],
    ['a byte too many', fileOf(`{"a":${tensor(0, 1)}}`, 2), 'where its last tensor ends; it may be cut off'],
    ['a byte too few', fileOf(`{"a":${tensor(0, 2)}}`, 1), 'where its last tensor ends; it may be cut off'],
  ])('refuses %s', async (_, bytes, problem) => {
    await expect(open(bytes)).rejects.toThrow(problem)
    await expect(open(bytes)).rejects.toThrow(/^model\.safetensors is not a sound safetensors file: .*\.$/s)
  })

  it('writes nothing that it would not read', () => {
    const one = { name: 'a', dtype: 'F32', shape: [2], bytes: new Uint8Array(8) } as const
    expect(() => writeSafetensors([one, one])).toThrow('Two tensors have the same name.')
    expect(() => writeSafetensors([{ ...one, bytes: new Uint8Array(7) }])).toThrow(
      'Tensor a has 7 bytes and needs 8.',
    )
  })
})

describe('duplicateKey', () => {
  it('finds the second of two keys in one object only, and none in valid stringified JSON', () => {
    fc.assert(fc.property(fc.json(), (json) => void expect(duplicateKey(json)).toBeUndefined()))
    for (const [json, key] of [
      ['{"a":1,"a":2}', 'a'],
      ['[{"x":{"b":[],"c":"\\"b\\":" , "b" : 1}}]', 'b'],
      ['{"a\\\\":1,"a\\u005c":2}', 'a\\'],
    ]) {
      expect(duplicateKey(json!)).toBe(key)
    }
    for (const part of ['x', '\\n', '\\"'])
      expect(duplicateKey(`{"a":"${part.repeat(5e6)}","a":1}`)).toBe('a')
    expect(duplicateKey('[{"a":"a"},{"a":{"a":["a","a"]}}]')).toBeUndefined()
  })
})

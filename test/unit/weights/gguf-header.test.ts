import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bufferSource, type ByteSource } from '../../../src/weights/sources/byte-source'
import { WeightsError } from '../../../src/weights/error'
import { openGguf } from '../../../src/weights/formats/gguf'

const open = (bytes: Uint8Array) => openGguf(bufferSource('model.gguf', bytes))

/** Little-endian bytes of a header, put together by hand. */
const u32 = (value: number) => [0, 8, 16, 24].map((shift) => (value >>> shift) & 255)
const u64 = (value: number | bigint) =>
  Array.from({ length: 8 }, (_, i) => Number((BigInt(value) >> BigInt(8 * i)) & 255n))
const text = (value: string) => [
  ...u64(new TextEncoder().encode(value).length),
  ...new TextEncoder().encode(value),
]
const ALIGNMENT = (value: number) => [...text('general.alignment'), ...u32(4), ...u32(value)]
const tensor = (name: string, dims: readonly (number | bigint)[], type: number, offset: number | bigint) => [
  ...text(name),
  ...u32(dims.length),
  ...dims.flatMap(u64),
  ...u32(type),
  ...u64(offset),
]
const F32 = 0
const Q8_0 = 8

interface Parts {
  readonly values?: readonly (readonly number[])[]
  readonly tensors?: readonly (readonly number[])[]
  readonly data?: number
  readonly version?: number
  readonly counts?: readonly [tensors: number | bigint, values: number | bigint]
}

function fileOf({
  values = [],
  tensors = [],
  data = 0,
  version = 3,
  counts = [tensors.length, values.length],
}: Parts): Uint8Array {
  const header = [
    0x47,
    0x47,
    0x55,
    0x46,
    ...u32(version),
    ...u64(counts[0]),
    ...u64(counts[1]),
    ...values.flat(),
    ...tensors.flat(),
  ]
  const file = new Uint8Array(Math.ceil(header.length / 32) * 32 + data)
  file.set(header)
  return data === 0 ? file.slice(0, header.length) : file
}

const HUGE = 2n ** 63n

describe('a GGUF header', () => {
  it.each<[string, Parts]>([
    ['without anything', {}],
    ['of version 2', { version: 2 }],
    [
      'with an alignment of its own',
      { values: [ALIGNMENT(64)], tensors: [tensor('a', [2], F32, 64)], data: 160 },
    ],
    [
      'with tensors without elements',
      { tensors: [tensor('a', [0], F32, 0), tensor('b', [1], F32, 0)], data: 4 },
    ],
    ['with a scalar', { tensors: [tensor('a', [], F32, 0)], data: 4 }],
    [
      'with arrays of arrays',
      {
        values: [
          [...text('k'), ...u32(9), ...u32(9), ...u64(1), ...u32(8), ...u64(2), ...text('x'), ...text('')],
        ],
      },
    ],
    ['with a gap before a tensor', { tensors: [tensor('a', [1], F32, 32)], data: 36 }],
  ])('%s is read', async (_, parts) => {
    await expect(open(fileOf(parts))).resolves.toBeDefined()
  })

  it.each<[string, Parts, string]>([
    ['version 1', { version: 1 }, 'it has the version 1; versions 2 and 3 are read'],
    ['big-endian', { version: 0x03000000 }, 'it is big-endian'],
    [
      '2^63 tensors',
      { counts: [HUGE, 0] },
      'the number of tensors is 9223372036854775808, which is more than can be counted',
    ],
    ['a million tensors', { counts: [1e6, 0] }, 'it claims 1000000 tensors; the most allowed is 100000'],
    [
      'more tensors than bytes',
      { counts: [9, 0] },
      'the list of its 9 tensors at byte 24 needs 216 bytes, and 0 are left in the file; it may be cut off',
    ],
    ['more values than bytes', { counts: [0, 99] }, 'the list of its 99 metadata values'],
    [
      'a long key',
      { values: [[...u64(65536), ...Array<number>(9).fill(65)]] },
      'metadata key 0 has 65536 bytes; the most allowed is 65535',
    ],
    [
      'a key of 2^63',
      { values: [[...u64(HUGE), ...u64(0)]] },
      'the length of metadata key 0 is 9223372036854775808',
    ],
    [
      'a key twice',
      { values: [ALIGNMENT(32), ALIGNMENT(32)] },
      'it has the metadata key "general.alignment" twice',
    ],
    ['a key that is not UTF-8', { values: [[...u64(1), 0xff, ...u32(0), 0]] }, 'metadata key 0 is not UTF-8'],
    [
      'a value of type 13',
      { values: [[...text('k'), ...u32(13), 0]] },
      'k has the value type 13, which is not one of',
    ],
    [
      'a third truth',
      { values: [[...text('k'), ...u32(7), 2]] },
      'k is the byte 2 and must be true (1) or false (0)',
    ],
    [
      'a string past the end',
      { values: [[...text('k'), ...u32(8), ...u64(99)]] },
      'k at byte 45 needs 99 bytes, and 0 are left',
    ],
    [
      'a long string past the end',
      { values: [[...text('k'), ...u32(8), ...u64(2 ** 40)]] },
      'needs 1099511627776 bytes',
    ],
    [
      'a huge array',
      { values: [[...text('k'), ...u32(9), ...u32(10), ...u64(2 ** 52)]] },
      'the 4503599627370496 elements of k at byte 49 needs 36028797018963970 bytes',
    ],
    [
      'a huge array of strings',
      { values: [[...text('k'), ...u32(9), ...u32(8), ...u64(2 ** 52), ...u64(0)]] },
      'k at byte 57 needs 8 bytes, and 0 are left',
    ],
    [
      'a string of 2^63 in an array',
      { values: [[...text('k'), ...u32(9), ...u32(8), ...u64(1), ...u64(HUGE)]] },
      'string 0 of k at byte 57 needs 9223372036854776000 bytes',
    ],
    [
      'deep arrays',
      {
        values: [
          [...text('k'), ...u32(9), ...Array.from({ length: 9 }, () => [...u32(9), ...u64(1)]).flat()],
        ],
      },
      'k holds arrays more than 4 deep',
    ],
    [
      'many arrays in one',
      { values: [[...text('k'), ...u32(9), ...u32(9), ...u64(100_001)]] },
      'k holds 100001 arrays; the most allowed is 100000',
    ],
    [
      'one part of three',
      { values: [[...text('split.count'), ...u32(2), 3, 0]] },
      'it is one of 3 parts; join them with gguf-split --merge first',
    ],
    [
      'an alignment of 0',
      { values: [ALIGNMENT(0)] },
      'its general.alignment is 0 and must be a power of two',
    ],
    [
      'an alignment of 48',
      { values: [ALIGNMENT(48)] },
      'its general.alignment is 48 and must be a power of two',
    ],
    [
      'an alignment of 2^31',
      { values: [ALIGNMENT(2 ** 31)] },
      'its general.alignment is 2147483648 and must be a power of two',
    ],
    [
      'an alignment as text',
      { values: [[...text('general.alignment'), ...u32(8), ...text('32')]] },
      'its general.alignment is 32 and must be a power of two',
    ],
    [
      'a tensor twice',
      { tensors: [tensor('a', [1], F32, 0), tensor('a', [1], F32, 32)], data: 64 },
      'it has the tensor "a" twice',
    ],
    [
      'a long tensor name',
      { tensors: [tensor('a'.repeat(1025), [1], F32, 0)], data: 4 },
      'the name of tensor 0 has 1025 bytes; the most allowed is 256',
    ],
    [
      'six dimensions',
      { tensors: [tensor('a', [1, 1, 1, 1, 1, 1], F32, 0)], data: 4 },
      'tensor a has 6 dimensions; the most allowed is 5',
    ],
    [
      '2^32 − 1 dimensions',
      { tensors: [[...text('a'), ...u32(0xffffffff), ...u64(1), ...u64(0)]], data: 4 },
      'tensor a has 4294967295 dimensions',
    ],
    [
      'a product that overflows',
      { tensors: [tensor('a', [2 ** 32, 2 ** 32], F32, 0)], data: 4 },
      'tensor a has the shape [4294967296, 4294967296], which is more than can be counted',
    ],
    [
      'a product that is 0 modulo 2^64',
      { tensors: [tensor('a', [2n ** 63n, 2], F32, 0)], data: 4 },
      'dimension 0 of tensor a is 9223372036854775808',
    ],
    [
      'a type of no name',
      { tensors: [tensor('a', [32], 77, 0)], data: 32 },
      'tensor a has the type number 77, which Zoetrope does not read',
    ],
    [
      'a type not read',
      { tensors: [tensor('a', [32], 20, 0)], data: 32 },
      'tensor a has the type IQ4_NL, which Zoetrope does not read (it reads F32, F16, Q4_0',
    ],
    [
      'half a block',
      { tensors: [tensor('a', [48], Q8_0, 0)], data: 51 },
      'tensor a has rows of 48 elements, and Q8_0 needs a multiple of 32',
    ],
    [
      'an offset between',
      { tensors: [tensor('a', [1], F32, 4)], data: 8 },
      'tensor a begins at byte 4 of the data, which is not a multiple of 32',
    ],
    [
      'an offset of 2^63',
      { tensors: [tensor('a', [1], F32, HUGE)], data: 8 },
      'the offset of tensor a is 9223372036854775808',
    ],
    [
      'an offset past the end',
      { tensors: [tensor('a', [1], F32, 2 ** 40)], data: 8 },
      'tensor a ends at byte 1099511627780 of the data, and the file has 8 after its header',
    ],
    [
      'a tensor past the end',
      { tensors: [tensor('a', [3], F32, 0)], data: 8 },
      'tensor a ends at byte 12 of the data, and the file has 8',
    ],
    [
      'an overlap',
      { tensors: [tensor('a', [9], F32, 0), tensor('b', [1], F32, 32)], data: 64 },
      'tensor b begins at byte 32 of the data, inside tensor a, which ends at 36',
    ],
    [
      'the same bytes twice',
      { tensors: [tensor('a', [1], F32, 0), tensor('b', [1], F32, 0)], data: 64 },
      'tensor b begins at byte 0 of the data, inside tensor a',
    ],
    [
      'a true shape of another count',
      {
        values: [[...text('comfy.gguf.orig_shape.a'), ...u32(9), ...u32(5), ...u64(2), ...u32(3), ...u32(2)]],
        tensors: [tensor('a', [5], F32, 0)],
        data: 20,
      },
      'tensor a has the shape [5], and its comfy.gguf.orig_shape.… is [3, 2], of another count',
    ],
  ])('with %s is refused', async (_, parts, problem) => {
    await expect(open(fileOf(parts))).rejects.toThrow(problem)
    await expect(open(fileOf(parts))).rejects.toThrow(/^model\.gguf is not a sound GGUF file: .*\.$/s)
  })

  it('that is not one is refused', async () => {
    await expect(open(new Uint8Array(3))).rejects.toThrow('its magic at byte 0 needs 4 bytes')
    await expect(open(new Uint8Array(64))).rejects.toThrow('it begins with 0x0 and must begin with "GGUF"')
  })

  it('gives a tensor the shape that ComfyUI keeps beside it', async () => {
    const shape = [...text('comfy.gguf.orig_shape.a'), ...u32(9), ...u32(5), ...u64(2), ...u32(3), ...u32(2)]
    const file = await open(fileOf({ values: [shape], tensors: [tensor('a', [6], F32, 0)], data: 24 }))
    expect(file.tensors.get('a')?.shape).toEqual([3, 2])
  })

  it('leaves a long string in the file', async () => {
    const long = 'ü'.repeat(40_000)
    const file = await open(
      fileOf({
        values: [
          [...text('a'), ...u32(8), ...text(long)],
          [...text('b'), ...u32(10), ...u64(2n ** 63n)],
          [...text('c'), ...u32(11), ...u64(2n ** 64n - 3n)],
        ],
      }),
    )
    expect(file.metadata).toEqual({ b: '9223372036854775808', c: '-3' })
    expect(await file.text('a')).toBe(long)
  })

  it('never asks for a range that is longer than its own bytes, nor outside the file', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            fc.constantFrom(u32(8), u32(9), u64(1), u64(2 ** 40), text('key')),
            fc.array(fc.nat(255), { maxLength: 6 }),
          ),
          { maxLength: 30 },
        ),
        fc.tuple(fc.nat(3), fc.nat(3)),
        async (pieces, counts) => {
          const bytes = fileOf({ values: pieces, counts })
          const source: ByteSource = {
            ...bufferSource('model.gguf', bytes),
            async read(offset, length) {
              expect(offset + length).toBeLessThanOrEqual(bytes.length)
              return bytes.slice(offset, offset + length)
            },
          }
          const outcome = await openGguf(source).catch((error: unknown) => error)
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WeightsError)
        },
      ),
      { numRuns: 500 },
    )
  })
})

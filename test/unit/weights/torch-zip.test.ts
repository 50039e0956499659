import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bufferSource, type ByteSource } from '../../../src/weights/sources/byte-source'
import { WeightsError } from '../../../src/weights/error'
import { openTorch } from '../../../src/weights/formats/torch-zip'
import { elementCount } from '../../../src/weights/weight-file'

const fixture = (name: string) =>
  new Uint8Array(readFileSync(`${import.meta.dirname}/../../fixtures/${name}`))
const open = (bytes: Uint8Array) => openTorch(bufferSource('model.pt', bytes))
const ascii = (text: string) => [...new TextEncoder().encode(text)]
const u16 = (value: number) => [value & 255, (value >>> 8) & 255]
const u32 = (value: number) => [...u16(value), ...u16(value >>> 16)]
const u64 = (value: number) => [...u32(value % 2 ** 32), ...u32(Math.floor(value / 2 ** 32))]

interface Entry {
  readonly name: string
  readonly content: readonly number[]
  readonly method?: number
  readonly flags?: number
}

/** An archive of stored entries; with `wide`, every size and place in its 64-bit field. */
function zip(entries: readonly Entry[], wide = false): Uint8Array<ArrayBuffer> {
  const file: number[] = []
  const directory: number[] = []
  for (const { name, content, method = 0, flags = 0 } of entries) {
    const sizes = [...u32(content.length), ...u32(content.length)]
    const extra = wide
      ? [
          ...u16(7),
          ...u16(2),
          0,
          0,
          ...u16(1),
          ...u16(24),
          ...u64(content.length),
          ...u64(content.length),
          ...u64(file.length),
        ]
      : []
    const narrow = wide ? u32(0xffffffff) : u32(file.length)
    directory.push(
      ...u32(0x02014b50),
      ...u16(45),
      ...u16(45),
      ...u16(flags),
      ...u16(method),
      ...u32(0),
      ...u32(0),
    )
    directory.push(
      ...(wide ? [...narrow, ...narrow] : sizes),
      ...u16(name.length),
      ...u16(extra.length),
      ...u16(0),
      ...u16(0),
      ...u16(0),
      ...u32(0),
      ...narrow,
      ...ascii(name),
      ...extra,
    )
    file.push(
      ...u32(0x04034b50),
      ...u16(45),
      ...u16(flags),
      ...u16(method),
      ...u32(0),
      ...u32(0),
      ...sizes,
      ...u16(name.length),
      ...u16(3),
      ...ascii(name),
      0,
      0,
      0,
    )
    for (const byte of content) file.push(byte) // too many for arguments
  }
  const start = file.length
  file.push(...directory)
  const counts = wide
    ? [...u16(0xffff), ...u16(0xffff), ...u32(0xffffffff), ...u32(0xffffffff)]
    : [...u16(entries.length), ...u16(entries.length), ...u32(directory.length), ...u32(start)]
  if (wide) {
    const record = file.length
    file.push(
      ...u32(0x06064b50),
      ...u64(44),
      ...u16(45),
      ...u16(45),
      ...u32(0),
      ...u32(0),
      ...u64(entries.length),
      ...u64(entries.length),
      ...u64(directory.length),
      ...u64(start),
    )
    file.push(...u32(0x07064b50), ...u32(0), ...u64(record), ...u32(1))
  }
  return Uint8Array.from([...file, ...u32(0x06054b50), ...u16(0), ...u16(0), ...counts, ...u16(0)])
}

/** Instructions of a pickle, by hand. */
const text = (value: string) => [0x58, ...u32(value.length), ...ascii(value)]
const int = (value: number) => (value < 2 ** 31 ? [0x4a, ...u32(value)] : [0x8a, 8, ...u64(value)])
const name = (path: string) => [0x63, ...ascii(`${path}\n`)]
const tuple = (...items: readonly number[][]) => [0x28, ...items.flat(), 0x74]
const storage = (count: number, type = 'torch\nFloatStorage') => [
  ...tuple(text('storage'), name(type), text('0'), text('cpu'), int(count)),
  0x51,
]
const tensor = (
  from: readonly number[],
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
) => [
  ...name('torch._utils\n_rebuild_tensor_v2'),
  ...tuple([...from], int(offset), tuple(...shape.map(int)), tuple(...strides.map(int)), [0x89], [0x4e]),
  0x52,
]
const dict = (items: readonly (readonly number[])[]) => [0x7d, 0x28, ...items.flat(), 0x75]
const checkpoint = (pickle: readonly number[], bytes = 16, more: readonly Entry[] = []) =>
  zip([
    { name: 'm/data.pkl', content: [0x80, 2].concat(pickle, 0x2e) },
    { name: 'm/data/0', content: Array.from({ length: bytes }, (_, i) => i) },
    ...more,
  ])
const one = (...made: readonly number[]) => checkpoint(dict([text('w'), made]))

describe('a checkpoint of PyTorch', () => {
  it('gives every tensor, also a view and one in another order, whole and by rows', async () => {
    const file = await open(fixture('torch-small.pt'))
    const found = [...file.tensors.values()].map(
      ({ name: key, dtype, shape }) =>
        `${key.replace('generator.model.', '')} ${dtype} [${shape.join(', ')}]`,
    )
    expect(found).toEqual([
      'f32 F32 [6, 5]',
      'f16 F16 [3, 4]',
      'bf16 BF16 [2, 1, 3]',
      'f8 F8_E4M3 [2, 4]',
      'i64 I64 [4]',
      'u8 U8 [5]',
      'bool BOOL [2]',
      'scalar F32 []',
      'empty F32 [0, 3]',
      'parameter F32 [2, 2]',
      'view F32 [2, 4]',
      'transposed F32 [3, 2]',
      'channels_last F32 [2, 3, 2, 2]',
      'generator_ema.head F32 [4, 3]',
      'generator_ema.step I64 []',
    ])
    for (const { name: key, shape, byteLength } of file.tensors.values()) {
      const ramp =
        key === 'generator_ema.step' ? [7] : Array.from({ length: elementCount(shape) }, (_, i) => i)
      expect([...(await file.floats(key))], key).toEqual(ramp)
      expect((await file.bytes(key)).length).toBe(byteLength)
      const rowLength = elementCount(shape.slice(1))
      if ((shape[0] ?? 0) > 1)
        expect([...(await file.rows(key, 1, 1))], key).toEqual(ramp.slice(rowLength, 2 * rowLength))
    }
  })

  it('runs nothing', async () => {
    await expect(open(fixture('torch-hostile.pt'))).rejects.toThrow(
      'model.pt is not a sound PyTorch checkpoint: it asks for "posix.system", which weights do not need; it is not run. Choose a file of plain tensors, or one in safetensors.',
    )
  })

  it('is read with 64-bit sizes', async () => {
    const pickle = [0x80, 2, ...dict([text('w'), tensor(storage(4), 1, [3], [1])]), 0x2e]
    const floats = [...new Uint8Array(Float32Array.of(9, 1, 2, 3).buffer)]
    const entries = [
      { name: 'm/data.pkl', content: pickle },
      { name: 'm/data/0', content: floats },
    ]
    for (const wide of [false, true])
      expect([...(await (await open(zip(entries, wide))).floats('w'))]).toEqual([1, 2, 3])
  })

  it('reads its end and its pickle, and of a storage only what is asked for', async () => {
    const large = checkpoint(dict([text('w'), tensor(storage(50_000), 0, [100, 500], [500, 1])]), 200_000)
    const reads: number[] = []
    const source: ByteSource = {
      ...bufferSource('model.pt', large),
      read: async (offset, length) => (reads.push(length), large.slice(offset, offset + length)),
    }
    const file = await openTorch(source)
    expect(reads.reduce((sum, length) => sum + length)).toBeLessThan(70_000)
    reads.length = 0
    await file.rows('w', 3, 2)
    expect(reads).toEqual([30, 4000])
    await file.rows('w', 5, 1)
    expect(reads).toEqual([30, 4000, 2000])
  })

  it('is refused cut off anywhere', async () => {
    const whole = fixture('torch-small.pt')
    for (let length = 0; length < whole.length; length += 7)
      await expect(open(whole.slice(0, length)), `at ${length}`).rejects.toThrow(WeightsError)
    const small = one(...tensor(storage(4), 0, [4], [1]))
    await open(small)
    for (let length = 0; length < small.length; length++)
      await expect(open(small.slice(0, length)), `at ${length}`).rejects.toThrow(WeightsError)
  })

  it('is sound or an error of ours with any bit flipped', async () => {
    const small = one(...tensor(storage(4), 0, [2, 2], [2, 1]))
    for (let bit = 0; bit < small.length * 8; bit++) {
      const flipped = small.slice()
      flipped[bit >> 3]! ^= 1 << (bit & 7)
      const outcome = await open(flipped)
        .then(async (file) => Promise.all([...file.tensors.keys()].map((key) => file.bytes(key))))
        .catch((error: unknown) => error)
      if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WeightsError)
    }
  })

  it('is sound or an error of ours with any pickle', async () => {
    const pieces = [
      dict([]),
      tuple(),
      text('k'),
      int(3),
      [0x28],
      [0x75],
      [0x74],
      [0x71, 1],
      [0x68, 1],
      [0x52],
      [0x62],
      [0x51],
      [0x5d],
      [0x61],
      [0x65],
      [0x86],
      [0x95],
      [0x8a],
      [0x93],
      tensor(storage(4), 0, [2, 2], [1, 2]),
      name('collections\nOrderedDict'),
    ]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(...pieces), fc.array(fc.nat(255), { maxLength: 4 })), {
          maxLength: 24,
        }),
        async (parts) => {
          const outcome = await open(checkpoint(parts.flat())).catch((error: unknown) => error)
          if (outcome instanceof Error) expect(outcome).toBeInstanceOf(WeightsError)
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('a checkpoint', () => {
  const w = (...made: readonly number[]) => one(...made)
  const good = tensor(storage(4), 0, [4], [1])
  const entry = (key: string, content: readonly number[] = [], rest: Partial<Entry> = {}): Entry => ({
    name: key,
    content,
    ...rest,
  })
  const nested = (depth: number): number[] => (depth === 0 ? dict([]) : dict([text('d'), nested(depth - 1)]))
  /** Forty dictionaries, each holding the one before twice. */
  const laughs = [
    ...dict([]),
    ...Array.from({ length: 40 }, () => [
      0x71,
      0,
      0x30,
      0x7d,
      0x28,
      ...text('a'),
      0x68,
      0,
      ...text('b'),
      0x68,
      0,
      0x75,
    ]).flat(),
  ].filter((code) => code !== 0x30)
  it.each<[string, Uint8Array, string]>([
    ['no archive', new Uint8Array(100), 'it has no ZIP directory at its end; it may be cut off'],
    ['no pickle', zip([entry('m/other')]), 'it has 0 entries named data.pkl and must have one'],
    ['two pickles', zip([entry('a/data.pkl'), entry('b/data.pkl')]), 'it has 2 entries named data.pkl'],
    ['an entry twice', zip([entry('m/data/0'), entry('m/data/0')]), 'it has the entry m/data/0 twice'],
    [
      'a compressed entry',
      zip([entry('m/data.pkl', [1], { method: 8 })]),
      'entry m/data.pkl is compressed (method 8); PyTorch stores its entries plain',
    ],
    ['an encrypted entry', zip([entry('m/data.pkl', [1], { flags: 1 })]), 'entry m/data.pkl is encrypted'],
    ['a program', checkpoint(dict([]), 16, [entry('m/constants.pkl')]), 'it is a TorchScript program'],
    [
      'the other byte order',
      checkpoint(dict([]), 16, [entry('m/byteorder', ascii('big'))]),
      'it is not little-endian',
    ],
    [
      'an empty pickle',
      zip([entry('m/data.pkl')]),
      'its pickle ends at byte 0, and 1 bytes are needed from byte 0',
    ],
    ['a text past the end', checkpoint([0x58, 255, 255, 255, 255]), 'and 4294967295 bytes are needed'],
    [
      'a class to be built',
      checkpoint([...name('torch\nFloatStorage'), ...tuple(), 0x81]),
      'it calls torch.FloatStorage, which is a type',
    ],
    ['an instruction of old pickles', checkpoint([0x69, 10]), 'the instruction 0x69'],
    ['protocol 6', checkpoint([0x80, 6]), 'its pickle has a protocol above 5'],
    ['a list', checkpoint([0x5d]), 'it holds no dictionary of tensors'],
    ['an empty stack', checkpoint([0x52]), 'its pickle takes at byte 3 a value from an empty stack'],
    ['no mark', checkpoint([0x74]), 'closes at byte 3 a list that it never opened'],
    ['a value never kept', checkpoint([0x68, 9]), 'its pickle recalls at byte 4 the value 9'],
    [
      'another name',
      checkpoint(name('builtins\neval')),
      'it asks for "builtins.eval", which weights do not need',
    ],
    [
      'another name by the stack',
      checkpoint([...text('os'), ...text('system'), 0x93]),
      'it asks for "os.system"',
    ],
    [
      'a type that is called',
      checkpoint([...name('torch\nFloatStorage'), 0x29, 0x52]),
      'it calls torch.FloatStorage, which is a type',
    ],
    [
      'a text that is called',
      checkpoint([...text('x'), 0x29, 0x52]),
      'its pickle calls at byte 10 what is no name',
    ],
    ['another persistent id', checkpoint([...text('x'), 0x51]), 'it refers to something else than a storage'],
    [
      'a million values',
      checkpoint(Array.from({ length: 1_000_000 }, () => 0x4e)),
      'its pickle has more than 1000000 instructions',
    ],
    ['dictionaries too deep', checkpoint(nested(9)), 'it holds dictionaries more than 8 deep'],
    [
      'a tensor twice',
      checkpoint(dict([text('a.b'), good, text('a'), dict([text('b'), good])])),
      'it has the tensor a.b twice',
    ],
    [
      'a storage that is missing',
      zip([entry('m/data.pkl', [0x80, 2, ...dict([text('w'), good]), 0x2e])]),
      'tensor w lies in data/0, which the archive does not have',
    ],
    [
      'a storage too large',
      w(...tensor(storage(5), 0, [4], [1])),
      'tensor w lies in data/0, which has 16 bytes and must have 20',
    ],
    ['a storage of 2^53', w(...tensor(storage(2 ** 52), 0, [4], [1])), 'and must have 18014398509481984'],
    [
      'more elements than the storage has',
      w(...tensor(storage(4), 0, [5], [0])),
      'a tensor of the shape [5] views storage 0, which has 4 elements',
    ],
    [
      'a product that overflows',
      w(...tensor(storage(4), 0, [2 ** 31, 2 ** 33], [0, 0])),
      'views storage 0, which has 4 elements',
    ],
    [
      'an end outside the storage',
      w(...tensor(storage(4), 2, [3], [1])),
      'a tensor of the shape [3] ends at element 4 of storage 0, which has 4',
    ],
    [
      'a stride outside the storage',
      w(...tensor(storage(4), 0, [2], [2 ** 50])),
      'ends at element 1125899906842624 of storage 0',
    ],
    [
      'an offset outside the storage',
      w(...tensor(storage(4), 5, [0], [1])),
      'ends at element 5 of storage 0',
    ],
    [
      'a negative size',
      w(...tensor(storage(4), 0, [-1], [1])),
      'is not described by a storage, an offset, sizes and strides',
    ],
    ['a stride too few', w(...tensor(storage(4), 0, [2, 2], [1])), 'is not described by'],
  ])('with %s is refused', async (_, bytes, problem) => {
    await expect(open(bytes)).rejects.toThrow(problem)
    await expect(open(bytes)).rejects.toThrow(/^model\.pt is not a sound PyTorch checkpoint: .*\.$/s)
  })

  it('that holds one dictionary many times over is refused at once', async () => {
    await expect(open(checkpoint(laughs))).rejects.toThrow(/more than 8 deep|more than 100000 values/)
  })
})

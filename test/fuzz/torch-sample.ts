// Pickles of any shape, in the archive of a PyTorch checkpoint.
import type { Random } from './random'

const latin = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0) & 255)
const u16 = (value: number): number[] => [value & 255, (value >>> 8) & 255]
const u32 = (value: number): number[] => [...u16(value), ...u16(value >>> 16)]

/** An archive of stored entries. */
export function storedZip(
  entries: readonly (readonly [name: string, content: Uint8Array])[],
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  const directory: number[] = []
  let at = 0
  for (const [name, content] of entries) {
    const sizes = [...u32(content.length), ...u32(content.length)]
    const local = Uint8Array.from([
      ...u32(0x04034b50),
      ...u16(20),
      ...u32(0),
      ...u32(0),
      ...u32(0),
      ...sizes,
      ...u16(name.length),
      ...u16(0),
      ...latin(name),
    ])
    directory.push(...u32(0x02014b50), ...u16(20), ...u16(20), ...u32(0), ...u32(0), ...u32(0), ...sizes)
    directory.push(...u16(name.length), ...u32(0), ...u32(0), ...u32(0), ...u32(at), ...latin(name))
    parts.push(local, content)
    at += local.length + content.length
  }
  const count = [...u16(entries.length), ...u16(entries.length)]
  const end = [...u32(0x06054b50), ...u32(0), ...count, ...u32(directory.length), ...u32(at), ...u16(0)]
  const file = new Uint8Array(at + directory.length + end.length)
  let to = 0
  for (const part of [...parts, Uint8Array.from(directory), Uint8Array.from(end)]) {
    file.set(part, to)
    to += part.length
  }
  return file
}

const NAMES = [
  'collections\nOrderedDict\n',
  'torch._utils\n_rebuild_tensor_v2\n',
  'torch._utils\n_rebuild_tensor_v3\n',
  'torch._utils\n_rebuild_parameter\n',
  'torch\nFloatStorage\n',
  'torch\nByteStorage\n',
  'torch.storage\nUntypedStorage\n',
  'torch\nuint64\n',
  'torch\nbfloat16\n',
  'torch\nSize\n',
  '_codecs\nencode\n',
  'builtins\nset\n',
  'os\nsystem\n',
]
/** Instructions without an argument. */
const PLAIN = [
  0x28, 0x29, 0x30, 0x31, 0x32, 0x4e, 0x51, 0x52, 0x5d, 0x61, 0x62, 0x64, 0x65, 0x6c, 0x73, 0x74, 0x75, 0x7d,
]
const MORE_PLAIN = [0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8f, 0x90, 0x91, 0x93, 0x94]

const text = (value: string): number[] => [0x58, ...u32(value.length), ...latin(value)]
const integer = (random: Random): number[] =>
  random.chance(0.7)
    ? [0x4b, random.below(9)]
    : [0x4a, ...u32(random.pick([0, 1, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 60_000]))]

/** A tensor of `count` floats as torch.save writes it, with numbers that need not be right. */
function tensor(random: Random): number[] {
  const tuple = (...items: readonly (readonly number[])[]): number[] => [0x28, ...items.flat(), 0x74]
  const shape = Array.from({ length: random.size(3000) % 64 }, () => integer(random))
  const storage = [
    ...tuple(
      text('storage'),
      [0x63, ...latin(random.pick(NAMES.slice(4, 7)))],
      text('0'),
      text('cpu'),
      integer(random),
    ),
    0x51,
  ]
  const third = random.chance(0.3)
  const type = third ? [[0x63, ...latin(random.pick(NAMES.slice(7, 9)))]] : []
  return [
    0x63,
    ...latin(NAMES[third ? 2 : 1]!),
    ...tuple(
      storage,
      integer(random),
      tuple(...shape),
      tuple(...shape.map(() => integer(random))),
      [0x89],
      [0x4e],
      ...type,
    ),
    0x52,
  ]
}

function instruction(random: Random): number[] {
  switch (random.below(10)) {
    case 0:
      return text(random.pick(['w', 'model', 'generator', '', 'x'.repeat(random.size(100_000))]))
    case 1:
      return integer(random)
    case 2:
      return [0x63, ...latin(random.pick(NAMES))]
    case 3:
      return [random.pick([0x71, 0x68]), random.below(8)]
    case 4:
      return tensor(random)
    case 5:
      return [random.pick([0x43, 0x55, 0x8a]), 3, 1, 2, 3]
    case 6:
      return [random.pick([0x42, 0x54, 0x8b]), ...u32(random.pick([0, 3, 2 ** 32 - 1])), 1, 2, 3]
    case 7:
      return Array.from({ length: 1 + random.size(50_000) }, () => 0).fill(random.pick(PLAIN))
    default:
      return [random.pick(random.chance(0.6) ? PLAIN : MORE_PLAIN)]
  }
}

/** Instructions without a plan, or a dictionary of tensors. */
export function anyPickle(random: Random): Uint8Array<ArrayBuffer> {
  const out: number[] = [0x80, 2]
  const append = (more: readonly number[]): void => more.forEach((byte) => out.push(byte))
  if (random.chance(0.5)) for (let left = random.below(40); left > 0; left--) append(instruction(random))
  else {
    append([0x7d, 0x28])
    for (let left = random.below(6); left > 0; left--) {
      append(random.chance(0.9) ? text(random.pick(['w', 'b', 'head.modulation'])) : instruction(random))
      append(random.chance(0.7) ? tensor(random) : instruction(random))
    }
    append([0x75])
  }
  append([0x2e])
  return Uint8Array.from(out)
}

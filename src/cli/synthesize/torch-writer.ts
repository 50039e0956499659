// Plans a checkpoint in torch.save's form: a ZIP archive of stored entries, one with the pickle, one for each
// tensor's storage.
import { elementCount, tensorBytes } from '../../weights/weight-file'
import { GrowingBytes } from './growing-bytes'
import type { PlannedFile, PlannedTensor } from './planned-file'
import type { Shapes } from './shapes'

/** Alignment of the contents of entries, as in PyTorch. */
const ALIGNMENT = 64
const LOCAL = 0x04034b50
const ENTRY = 0x02014b50
const END = 0x06054b50
/** Of PyTorch's padding, an extra field. */
const PADDING = 0x4246
const MOST = 0xffffffff

interface Content {
  readonly name: string
  readonly size: number
  /** Present where it is known in advance. */
  readonly bytes?: Uint8Array
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

export interface TorchOptions {
  /** Of all tensors; F32 unless given. */
  readonly dtype?: 'F32' | 'F16'
  /** The one key of a dictionary that holds that of the tensors, as in checkpoints of training. */
  readonly inside?: string
}

const STORAGES = { F32: 'FloatStorage', F16: 'HalfStorage' } as const

/** The pickle of `{name: tensor}`, protocol 2; tensor number i lies in `data/i`. */
function pickleOf(
  shapes: ReadonlyMap<string, readonly number[]>,
  { dtype = 'F32', inside }: TorchOptions,
): Uint8Array {
  const out = new GrowingBytes()
  const op = (codes: string): void => out.raw(ascii(codes))
  const text = (value: string): void => {
    const bytes = ascii(value)
    op('X')
    out.u32(bytes.length)
    out.raw(bytes)
  }
  const integers = (values: readonly number[]): void => {
    op('(')
    for (const value of values) {
      op('J')
      out.u32(value)
    }
    op('t')
  }
  out.raw(Uint8Array.of(0x80, 2))
  if (inside !== undefined) {
    op('}(')
    text(inside)
  }
  op('}(')
  let index = 0
  for (const [name, shape] of shapes) {
    text(name)
    op('ctorch._utils\n_rebuild_tensor_v2\n((')
    text('storage')
    op(`ctorch\n${STORAGES[dtype]}\n`)
    text(String(index++))
    text('cpu')
    op('J')
    out.u32(elementCount(shape))
    op('tQJ')
    out.u32(0) // where in its storage it begins
    integers(shape)
    integers(shape.map((_, axis) => elementCount(shape.slice(axis + 1))))
    out.raw(Uint8Array.of(0x89)) // no gradient
    op('ccollections\nOrderedDict\n)RtR')
  }
  op(inside === undefined ? 'u.' : 'uu.')
  return out.taken()
}

/**
 * The fields common to an entry's two headers. The checksum stays zero: the weights are not known yet, and PyTorch
 * ignores it.
 */
function commonFields(out: GrowingBytes, { name, size }: Content, extra: number): void {
  out.u16(20) // the version of ZIP that reads it
  for (let zeros = 0; zeros < 4; zeros++) out.u16(0) // flags; stored plain; time; date
  out.u32(0)
  out.u32(size)
  out.u32(size)
  out.u16(ascii(name).length)
  out.u16(extra)
}

/**
 * All tensors, each in a storage of its own.
 * @throws RangeError above 4 GiB, which would need ZIP's 64-bit records
 */
export function torchFile(
  name: string,
  shapes: Shapes,
  rename: (original: string) => string,
  options: TorchOptions = {},
): PlannedFile {
  const { dtype = 'F32' } = options
  const originals = [...shapes]
  const pickle = pickleOf(new Map(originals.map(([original, shape]) => [rename(original), shape])), options)
  const known = (entry: string, bytes: Uint8Array): Content => ({
    name: `archive/${entry}`,
    size: bytes.length,
    bytes,
  })
  const storages = originals.map(([, shape], i): Content => ({
    name: `archive/data/${i}`,
    size: tensorBytes(dtype, shape),
  }))
  const contents = [
    known('data.pkl', pickle),
    known('byteorder', ascii('little')),
    ...storages,
    known('version', ascii('3\n')),
  ]

  const pieces: { offset: number; bytes: Uint8Array }[] = []
  const starts: number[] = []
  const directory = new GrowingBytes()
  let end = 0
  for (const content of contents) {
    const entryName = ascii(content.name)
    const unpadded = end + 30 + entryName.length + 4
    const padding = (ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT
    const header = new GrowingBytes()
    header.u32(LOCAL)
    commonFields(header, content, 4 + padding)
    header.raw(entryName)
    header.u16(PADDING)
    header.u16(padding)
    header.raw(new Uint8Array(padding))
    directory.u32(ENTRY)
    directory.u16(20)
    commonFields(directory, content, 0)
    for (let zeros = 0; zeros < 5; zeros++) directory.u16(0) // comment; disk; attributes
    directory.u32(end)
    directory.raw(entryName)
    pieces.push({ offset: end, bytes: header.taken() })
    const start = end + header.size
    if (content.bytes) pieces.push({ offset: start, bytes: content.bytes })
    else starts.push(start)
    end = start + content.size
  }
  if (end > MOST)
    throw new RangeError(`${name} would have ${end} bytes; a checkpoint of PyTorch is written up to ${MOST}.`)
  const size = directory.size
  directory.u32(END)
  directory.u32(0) // disks
  directory.u16(contents.length)
  directory.u16(contents.length)
  directory.u32(size)
  directory.u32(end)
  directory.u16(0)
  pieces.push({ offset: end, bytes: directory.taken() })
  const tensors = originals.map(([original, shape], i): PlannedTensor => ({
    original,
    shape,
    dtype,
    offset: starts[i]!,
  }))
  return { name, size: end + directory.size, pieces, tensors }
}

// Reads PyTorch's zip checkpoints (.pt, .pth): the pickle without running it, the tensors by range.
import type { ByteSource } from '../sources/byte-source'
import { DTYPE_BITS } from '../dtype'
import { WeightsError } from '../error'
import { unpickle } from './pickle'
import { isContiguous, torchHost, TorchTensor } from './torch-objects'
import { MAX_NAME, tensorBytes, weightFile, type TensorEntry, type WeightFile } from '../weight-file'
import { contentOffset, readZipDirectory, type ZipEntry } from './zip-directory'

const MAX_PICKLE = 16 << 20
const MAX_DEPTH = 8
/** Most visited tensors and dictionaries; a pickle of a few bytes can contain one dictionary many times. */
const MAX_VISITS = 100_000

type Fail = (problem: string) => never

async function readEntry(source: ByteSource, entry: ZipEntry, fail: Fail): Promise<Uint8Array> {
  return source.read(await contentOffset(source, entry, fail), entry.size)
}

/** The tensors of nested dictionaries, with their keys joined by dots. Leaves out everything else (steps, settings). */
function collectTensors(root: unknown, fail: Fail): Map<string, TorchTensor> {
  if (!(root instanceof Map)) return fail('it holds no dictionary of tensors')
  const tensors = new Map<string, TorchTensor>()
  let visits = 0
  const visit = (dict: Map<unknown, unknown>, prefix: string, depth: number): void => {
    if (depth > MAX_DEPTH) fail(`it holds dictionaries more than ${MAX_DEPTH} deep`)
    for (const [key, value] of dict) {
      if (++visits > MAX_VISITS) fail(`it holds more than ${MAX_VISITS} values`)
      // Keys of settings may be anything; those of weights are names, or the numbers of a list of modules.
      if (typeof key !== 'string' && typeof key !== 'number') continue
      const name = `${prefix}${key}`
      if (name.length > MAX_NAME)
        fail(`a name in it has ${name.length} characters; the most allowed is ${MAX_NAME}`)
      if (value instanceof Map) visit(value, `${name}.`, depth + 1)
      else if (value instanceof TorchTensor) {
        if (tensors.has(name)) fail(`it has the tensor ${name} twice`)
        tensors.set(name, value)
      }
    }
  }
  visit(root, '', 1)
  return tensors
}

/** Reorders the elements of a strided view into the order of its shape. `bytes`: from its first element to its last. */
function gather(
  { shape, strides }: TorchTensor,
  bytes: Uint8Array,
  elementBytes: number,
  out: Uint8Array,
): void {
  const index = shape.map(() => 0)
  let from = 0
  for (let to = 0; to < out.length; to += elementBytes) {
    for (let byte = 0; byte < elementBytes; byte++) out[to + byte] = bytes[from * elementBytes + byte]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      from -= strides[axis]! * shape[axis]!
      index[axis] = 0
    }
  }
}

/** The pickle and the directory of the one checkpoint in an archive. */
async function openArchive(
  source: ByteSource,
  fail: Fail,
): Promise<{ root: unknown; storage: (key: string) => ZipEntry | undefined }> {
  const entries = await readZipDirectory(source, fail)
  const pickles = [...entries.values()].filter(({ name }) => /^[^/]+\/data\.pkl$/.test(name))
  const [pickle] = pickles
  if (!pickle || pickles.length > 1)
    return fail(
      `it has ${pickles.length} entries named data.pkl and must have one; it is another kind of archive`,
    )
  const prefix = pickle.name.slice(0, -'data.pkl'.length)
  if (entries.has(`${prefix}constants.pkl`))
    fail('it is a TorchScript program, not a checkpoint. Choose the file of weights')
  if (pickle.size > MAX_PICKLE) fail(`its pickle has ${pickle.size} bytes; the most allowed is ${MAX_PICKLE}`)
  const order = entries.get(`${prefix}byteorder`)
  if (
    order &&
    (order.size > 16 || new TextDecoder().decode(await readEntry(source, order, fail)) !== 'little')
  )
    fail('it is not little-endian, and Zoetrope reads nothing else')
  const root = unpickle(await readEntry(source, pickle, fail), torchHost(fail))
  return { root, storage: (key) => entries.get(`${prefix}data/${key}`) }
}

/**
 * Reads directory and pickle at once, a tensor's bytes on demand. Joins the names of nested dictionaries:
 * `generator.model.head.modulation`. Rejects with `WeightsError`, a sentence with file, tensor, found and needed.
 */
export async function openTorch(source: ByteSource): Promise<WeightFile> {
  const fail: Fail = (problem) => {
    throw new WeightsError(source.name, `${source.name} is not a sound PyTorch checkpoint: ${problem}.`)
  }
  const { root, storage } = await openArchive(source, fail)
  const tensors = collectTensors(root, fail)
  const places = new Map<string, { readonly tensor: TorchTensor; readonly entry: ZipEntry }>()
  const entries = new Map<string, TensorEntry>()
  for (const [name, tensor] of tensors) {
    const { key, dtype, count } = tensor.storage
    const entry = storage(key) ?? fail(`tensor ${name} lies in data/${key}, which the archive does not have`)
    const needed = dtype ? (count * DTYPE_BITS[dtype]) / 8 : count
    if (entry.size !== needed)
      fail(`tensor ${name} lies in data/${key}, which has ${entry.size} bytes and must have ${needed}`)
    places.set(name, { tensor, entry })
    const { dtype: type, shape, offset } = tensor
    entries.set(name, {
      name,
      dtype: type,
      shape,
      offset: (offset * DTYPE_BITS[type]) / 8,
      byteLength: tensorBytes(type, shape),
    })
  }
  const starts = new Map<ZipEntry, number>()
  return weightFile(source.name, {}, entries, async ({ name, offset: begin, byteLength }, offset, length) => {
    const { tensor, entry } = places.get(name)!
    const start = starts.get(entry) ?? (await contentOffset(source, entry, fail))
    starts.set(entry, start)
    if (isContiguous(tensor)) return source.read(start + begin + offset, length)
    const elementBytes = DTYPE_BITS[tensor.dtype] / 8
    const span =
      tensor.shape.reduce((sum, dim, axis) => sum + (dim - 1) * tensor.strides[axis]!, 1) * elementBytes
    const whole = new Uint8Array(byteLength)
    gather(tensor, await source.read(start + begin, span), elementBytes, whole)
    return whole.slice(offset, offset + length)
  })
}

// The few names in a PyTorch checkpoint's pickle that weights consist of. Refuses every other name.
import { DTYPE_BITS, type FileDType } from '../dtype'
import { MAX_RANK, showShape } from '../weight-file'
import { showText } from './bounded-json'
import { PickleName, PickleOpaque, PickleTuple, type PickleHost } from './pickle'

/** `torch.save`'s storage: the bytes of the archive's entry `data/<key>`. */
export class TorchStorage {
  constructor(
    readonly key: string,
    /** `undefined` for untyped bytes, where the tensor has the type. */
    readonly dtype: FileDType | undefined,
    /** Elements, or bytes of an untyped storage. */
    readonly count: number,
  ) {}
}

/** A view of a storage, in elements. */
export class TorchTensor {
  constructor(
    readonly storage: TorchStorage,
    readonly dtype: FileDType,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly strides: readonly number[],
  ) {}
}

const STORAGES: ReadonlyMap<string, FileDType | undefined> = new Map([
  ['torch.FloatStorage', 'F32'],
  ['torch.DoubleStorage', 'F64'],
  ['torch.HalfStorage', 'F16'],
  ['torch.BFloat16Storage', 'BF16'],
  ['torch.LongStorage', 'I64'],
  ['torch.IntStorage', 'I32'],
  ['torch.ShortStorage', 'I16'],
  ['torch.CharStorage', 'I8'],
  ['torch.ByteStorage', 'U8'],
  ['torch.BoolStorage', 'BOOL'],
  ['torch.storage.UntypedStorage', undefined],
])

/** Types of tensors without a storage type of their own. */
const DTYPES: ReadonlyMap<string, FileDType> = new Map([
  ['torch.float8_e4m3fn', 'F8_E4M3'],
  ['torch.float8_e5m2', 'F8_E5M2'],
  ['torch.uint16', 'U16'],
  ['torch.uint32', 'U32'],
  ['torch.uint64', 'U64'],
])

const CALLS: ReadonlySet<string> = new Set([
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
  'torch._utils._rebuild_parameter',
  'collections.OrderedDict',
  '_codecs.encode',
])

/** Settings beside the weights, whose values are never looked at. */
const HARMLESS: ReadonlySet<string> = new Set([
  'torch.device',
  'torch.Size',
  'torch.serialization._get_layout',
  'collections.Counter',
  'collections.defaultdict',
  'builtins.bytearray',
  'builtins.complex',
  'builtins.set',
  'builtins.frozenset',
  '__builtin__.bytearray',
  '__builtin__.complex',
  '__builtin__.set',
  '__builtin__.frozenset',
])

/** Every type of an element: torch.bfloat16, torch.qint8, torch.float8_e8m0fnu. */
const ELEMENT_TYPE =
  /^torch\.(b?float|q?u?int|complex|c?half|double|bool|long|short|bits|quint|cfloat|cdouble)\w*$/

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function countsOf(value: unknown): readonly number[] | undefined {
  return value instanceof PickleTuple && value.items.every(isCount)
    ? (value.items as readonly number[])
    : undefined
}

/** Whether the elements are contiguous in the order of the shape. */
export function isContiguous({ shape, strides }: TorchTensor): boolean {
  let step = 1
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return shape.includes(0)
    step *= shape[axis]!
  }
  return true
}

function rebuildTensor(
  [storage, offset, size, stride, , , typeName]: readonly unknown[],
  fail: (problem: string) => never,
): TorchTensor {
  const shape = countsOf(size)
  const strides = countsOf(stride)
  if (
    !(storage instanceof TorchStorage) ||
    !isCount(offset) ||
    !shape ||
    !strides ||
    strides.length !== shape.length
  ) {
    return fail('a tensor in it is not described by a storage, an offset, sizes and strides')
  }
  const dtype = typeName instanceof PickleName ? DTYPES.get(typeName.name) : storage.dtype
  if (dtype === undefined) return fail('a tensor in it has no type')
  // The tensor's type may be another than the storage's.
  const bits = storage.count * (storage.dtype ? DTYPE_BITS[storage.dtype] : 8)
  const capacity = Math.floor(bits / DTYPE_BITS[dtype])
  if (shape.length > MAX_RANK)
    return fail(`a tensor in it has ${shape.length} dimensions; the most allowed is ${MAX_RANK}`)
  // Checks that there are no more elements than the storage has, and none outside it; checks products as they grow.
  let count = 1
  let last = offset
  shape.forEach((dim, axis) => {
    count *= dim
    last += Math.max(0, dim - 1) * strides[axis]!
    if (count > capacity && !shape.includes(0))
      fail(
        `a tensor of the shape ${showShape(shape)} views storage ${storage.key}, which has ${capacity} elements`,
      )
  })
  if (offset > capacity || (count > 0 && last >= capacity))
    fail(
      `a tensor of the shape ${showShape(shape)} ends at element ${last} of storage ${storage.key}, which has ${capacity}`,
    )
  return new TorchTensor(storage, dtype, offset, shape, strides)
}

/** The names that `unpickle` may meet in a checkpoint. `fail` must throw. */
export function torchHost(fail: (problem: string) => never): PickleHost {
  return {
    fail,
    name(name) {
      const known = STORAGES.has(name) || CALLS.has(name) || HARMLESS.has(name) || ELEMENT_TYPE.test(name)
      if (!known)
        fail(
          `it asks for ${showText(name)}, which weights do not need; it is not run. Choose a file of plain tensors, or one in safetensors`,
        )
    },
    call(name, args) {
      if (name === 'collections.OrderedDict')
        return args.length === 0
          ? new Map()
          : fail('it fills a collections.OrderedDict as no torch.save does')
      if (name === 'torch._utils._rebuild_parameter')
        return args[0] instanceof TorchTensor ? args[0] : fail('a parameter in it is no tensor')
      if (name === '_codecs.encode') return new PickleOpaque('bytes')
      if (HARMLESS.has(name)) return new PickleOpaque(name)
      if (CALLS.has(name)) return rebuildTensor(args, fail)
      return fail(`it calls ${name}, which is a type`)
    },
    persistent(id) {
      const [tag, type, key, , count] = id instanceof PickleTuple ? id.items : []
      if (
        tag !== 'storage' ||
        !(type instanceof PickleName) ||
        !STORAGES.has(type.name) ||
        typeof key !== 'string' ||
        key.length > 256 ||
        !isCount(count)
      ) {
        return fail('it refers to something else than a storage')
      }
      return new TorchStorage(key, STORAGES.get(type.name), count)
    },
  }
}

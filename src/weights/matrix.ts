// Packs a file's weights. Our quantised form is tensor X as I8 [out, in], with X_scale as F16 [out, ceil(in/32)].
import { BLOCK_TYPES, isBlockDType } from './quant/block-types'
import { aligned } from './dtype'
import { WeightsError } from './error'
import { firstNonFinite, firstNonFiniteCode } from './finite'
import { decodeFloat16 } from './quant/float16'
import { canMove, nativeFormat, packBlocks } from './quant/gguf-pack'
import { packByRows, type RowPacker } from './quant/pack-rows'
import {
  BLOCK,
  packF16,
  packQ8,
  packWeight,
  strideOf,
  unpackWeight,
  type PackedWeight,
  type WeightFormat,
} from './quant/pack'
import {
  elementCount,
  requireTensor,
  showShape,
  type TensorDType,
  type TensorEntry,
  type WeightFile,
} from './weight-file'

export function scaleName(tensor: string): string {
  return `${tensor}_scale`
}

/** Elements of f32 in memory at once: 4 MiB. */
const FLOATS = 1 << 20
/** Elements packed at once where bits are only rearranged. */
const MOVED = 1 << 22

/** @param index in the tensor, of `cols` a row */
function refuseNonFinite(
  file: WeightFile,
  tensor: string,
  index: number,
  cols: number,
  value: number,
): never {
  throw new WeightsError(
    file.name,
    `${file.name}: tensor ${tensor} is ${value} at row ${Math.floor(index / cols)}, column ${index % cols}, and every weight must be a finite number. The file is damaged, or was made by a training that failed: load it again, or choose another.`,
  )
}

/** Returns the same values after checking that all are finite. @param first index in the tensor */
function finite(
  file: WeightFile,
  tensor: string,
  values: Float32Array<ArrayBuffer>,
  cols: number,
  first = 0,
): Float32Array<ArrayBuffer> {
  const at = firstNonFinite(values)
  return at < 0 ? values : refuseNonFinite(file, tensor, first + at, cols, values[at]!)
}

/** Rows `[first, first + count)` of f16 codes of `cols` a row. */
async function codes(
  file: WeightFile,
  tensor: string,
  cols: number,
  first: number,
  count: number,
): Promise<Uint16Array<ArrayBuffer>> {
  const { buffer, offset, length } = aligned(await file.bytes(tensor, first * cols * 2, count * cols * 2), 2)
  const found = new Uint16Array(buffer, offset, length)
  const at = firstNonFiniteCode(found)
  return at < 0 ? found : refuseNonFinite(file, tensor, first * cols + at, cols, decodeFloat16(found[at]!))
}

function checkScales(file: WeightFile, name: string, rows: number, cols: number): void {
  const scale = requireTensor(file, scaleName(name), [rows, strideOf(cols) / BLOCK])
  if (scale.dtype !== 'F16') {
    throw new WeightsError(
      file.name,
      `${file.name}: tensor ${scale.name} has the type ${scale.dtype} and must be F16.`,
    )
  }
}

async function packI8(
  file: WeightFile,
  name: string,
  cols: number,
  first: number,
  count: number,
): Promise<PackedWeight> {
  const q = await file.bytes(name, first * cols, count * cols)
  return packQ8(
    new Int8Array(q.buffer, q.byteOffset, q.length),
    await codes(file, scaleName(name), strideOf(cols) / BLOCK, first, count),
    count,
    cols,
  )
}

/**
 * Checks that the first dimension is `rows` and the product of the others `cols`, so that a convolution's weight is a
 * matrix too.
 */
function requireMatrix(file: WeightFile, name: string, rows: number, cols: number): TensorEntry {
  const entry = requireTensor(file, name)
  const [first, ...rest] = entry.shape
  if (first !== rows || elementCount(rest) !== cols) {
    throw new WeightsError(
      file.name,
      `${file.name}: tensor ${name} has the shape ${showShape(entry.shape)} and must have ${showShape([rows, cols])}. The file belongs to another model or size.`,
    )
  }
  return entry
}

/** The way to pack the matrix `name` [rows, cols] in `format`, which `formatOf` decided. */
function rowPacker(
  file: WeightFile,
  name: string,
  rows: number,
  cols: number,
  format: WeightFormat,
): RowPacker {
  const { dtype } = requireMatrix(file, name, rows, cols)
  if (dtype === 'I8') {
    checkScales(file, name, rows, cols)
    return { rows, most: MOVED, pack: (first, count) => packI8(file, name, cols, first, count) }
  }
  if (dtype === 'F16' && format === 'f16') {
    return {
      rows,
      most: MOVED,
      pack: async (first, count) => packF16(await codes(file, name, cols, first, count), count, cols),
    }
  }
  if (
    isBlockDType(dtype) &&
    format === nativeFormat(dtype) &&
    canMove(dtype) &&
    cols % BLOCK_TYPES[dtype].elements === 0
  ) {
    const rowBytes = (cols / BLOCK_TYPES[dtype].elements) * BLOCK_TYPES[dtype].bytes
    return {
      rows,
      most: MOVED,
      pack: naming(file, name, async (first, count) =>
        packBlocks(await file.bytes(name, first * rowBytes, count * rowBytes), dtype, count, cols),
      ),
    }
  }
  return {
    rows,
    most: FLOATS,
    pack: naming(file, name, async (first, count) =>
      packWeight(
        finite(file, name, await file.rows(name, first, count), cols, first * cols),
        count,
        cols,
        format,
        first,
      ),
    ),
  }
}

/** The same, adding file and tensor to errors. */
function naming(file: WeightFile, name: string, pack: RowPacker['pack']): RowPacker['pack'] {
  return (first, count) =>
    pack(first, count).catch((error: unknown) => {
      if (error instanceof WeightsError) throw error
      throw new WeightsError(
        file.name,
        `${file.name}: tensor ${name}: ${error instanceof Error ? error.message : String(error)}`,
      )
    })
}

/**
 * A matrix in its GPU format, which is decided only here. Reads nothing but the file's directory before `read`, so a
 * memory plan can use it too.
 */
export interface Matrix {
  /** Name of the tensor, or of the first of several stacked ones. */
  readonly name: string
  readonly rows: number
  readonly cols: number
  readonly format: WeightFormat
  /** Elements a row is padded to. */
  readonly stride: number
  /**
   * Packs the matrix. An I8 tensor, F16 as f16, and Q8_0, Q5_0, Q3_K, Q4_0 and Q4_1 in their own format stay exact;
   * Q4_K keeps its quants (see `packBlocks`); all others are rounded. Reads a few rows at a time, and none after an
   * abort.
   * @throws WeightsError where a weight is not finite
   */
  read(signal?: AbortSignal): Promise<PackedWeight>
}

/**
 * The format of a tensor of `dtype` when `asked` is requested. Quantised tensors keep their own: I8 is q8, GGUF's
 * four-bit blocks are q4, its other blocks and fp8 are q8, or q4 where q4 is requested.
 */
export function formatOf(dtype: TensorDType, asked: WeightFormat): WeightFormat {
  if (dtype === 'I8') return 'q8'
  const own = isBlockDType(dtype)
    ? nativeFormat(dtype)
    : dtype === 'F8_E4M3' || dtype === 'F8_E5M2'
      ? 'q8'
      : asked
  return asked === 'q4' ? 'q4' : own
}

function matrix(
  file: WeightFile,
  names: readonly string[],
  rows: number,
  cols: number,
  format: WeightFormat,
): Matrix {
  const packers = names.map((name) => rowPacker(file, name, rows, cols, format))
  return {
    name: names[0] ?? '',
    rows: names.length * rows,
    cols,
    format,
    stride: strideOf(cols),
    read: (signal) => packByRows(packers, { cols, format, signal }),
  }
}

/** The tensor `name` as a matrix [rows, cols]. @throws WeightsError where it is missing or has another shape */
export function matrixOf(
  file: WeightFile,
  name: string,
  rows: number,
  cols: number,
  asked: WeightFormat = 'f16',
): Matrix {
  return matrix(file, [name], rows, cols, formatOf(requireMatrix(file, name, rows, cols).dtype, asked))
}

/**
 * Rows `first … first + count` of the tensor `name` as a matrix [count, cols], `count` even.
 * @throws as `matrixOf`
 */
export function matrixPart(
  file: WeightFile,
  name: string,
  [rows, cols]: readonly [rows: number, cols: number],
  { first, count }: { readonly first: number; readonly count: number },
  asked: WeightFormat = 'f16',
): Matrix {
  const { dtype } = requireMatrix(file, name, rows, cols)
  const format = formatOf(dtype, asked)
  const whole = rowPacker(file, name, rows, cols, format)
  const part: RowPacker = {
    ...whole,
    rows: count,
    pack: (from, some) => whole.pack(first + from, some),
  }
  return {
    name,
    rows: count,
    cols,
    format,
    stride: strideOf(cols),
    read: (signal) => packByRows([part], { cols, format, signal }),
  }
}

/** The tensor `name` as a matrix of its own shape. */
export function matrixIn(file: WeightFile, name: string, asked: WeightFormat = 'f16'): Matrix {
  const [rows = 1, ...rest] = requireTensor(file, name).shape
  return matrixOf(file, name, rows, elementCount(rest), asked)
}

/** The stacked tensors `names`, each [rows, cols] with rows even; undefined where their formats differ. */
export function stackedMatrix(
  file: WeightFile,
  names: readonly string[],
  rows: number,
  cols: number,
  asked: WeightFormat = 'f16',
): Matrix | undefined {
  const formats = names.map((name) => formatOf(requireMatrix(file, name, rows, cols).dtype, asked))
  const [format, ...others] = new Set(formats)
  return format && others.length === 0 ? matrix(file, names, rows, cols, format) : undefined
}

/**
 * Reads any tensor as f32, multiplying an I8 one by its scales. Throws where its shape is not `shape`, or a value is
 * not finite.
 */
export async function readTensor(
  file: WeightFile,
  name: string,
  shape: readonly number[],
): Promise<Float32Array<ArrayBuffer>> {
  const { dtype } = requireTensor(file, name, shape)
  const rows = shape[0] ?? 1
  if (dtype !== 'I8')
    return finite(file, name, await file.floats(name), Math.max(1, elementCount(shape) / Math.max(1, rows)))
  return unpackWeight(await matrixOf(file, name, rows, elementCount(shape) / rows).read())
}

/**
 * Reads rows `[first, first + count)` of the matrix `name` [rows, cols] as f32, multiplying an I8 one by its scales.
 */
export async function readRows(
  file: WeightFile,
  name: string,
  shape: readonly [rows: number, cols: number],
  first: number,
  count: number,
): Promise<Float32Array<ArrayBuffer>> {
  const { dtype } = requireTensor(file, name, shape)
  const [rows, cols] = shape
  const values = finite(file, name, await file.rows(name, first, count), cols, first * cols)
  if (dtype !== 'I8') return values
  const blocks = strideOf(cols) / BLOCK
  requireTensor(file, scaleName(name), [rows, blocks])
  const scales = finite(
    file,
    scaleName(name),
    await file.rows(scaleName(name), first, count),
    blocks,
    first * blocks,
  )
  return values.map((q, i) => q * scales[Math.floor(i / cols) * blocks + Math.floor((i % cols) / BLOCK)]!)
}

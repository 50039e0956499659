// From a file to a packed weight. Our quantised form: tensor X as I8 [out, in], with X_scale as F16 [out, ceil(in/32)].
import { BLOCK_TYPES, isBlockDType } from './quant/block-types'
import { aligned } from './dtype'
import { WeightsError } from './error'
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

/** Elements of f32 held at once: 4 MiB. */
const FLOATS = 1 << 20
/** Elements packed at once where bits are only moved. */
const MOVED = 1 << 22

/** Rows `[first, first + count)` of f16 codes of `cols` a row. */
async function codes(
  file: WeightFile,
  tensor: string,
  cols: number,
  first: number,
  count: number,
): Promise<Uint16Array<ArrayBuffer>> {
  const { buffer, offset, length } = aligned(await file.bytes(tensor, first * cols * 2, count * cols * 2), 2)
  return new Uint16Array(buffer, offset, length)
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

/** A first dimension of `rows`, and the others together `cols`: a convolution's weight is such a matrix too. */
export function requireMatrix(file: WeightFile, name: string, rows: number, cols: number): TensorEntry {
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

/**
 * The format that `readLinear` gives a tensor of `dtype` when `asked` is asked for. What a checkpoint holds quantised
 * keeps its own: I8 is q8, GGUF's four-bit blocks are q4, its other blocks and fp8 are q8; of these `asked` q4 makes
 * all but I8 q4.
 */
export function linearFormat(dtype: TensorDType, asked: WeightFormat): WeightFormat {
  if (dtype === 'I8') return 'q8'
  const own = isBlockDType(dtype)
    ? nativeFormat(dtype)
    : dtype === 'F8_E4M3' || dtype === 'F8_E5M2'
      ? 'q8'
      : asked
  return asked === 'q4' ? 'q4' : own
}

/** How the matrix `name` [rows, cols] is packed in `format`, its `linearFormat`. */
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
      packWeight(await file.rows(name, first, count), count, cols, format, first),
    ),
  }
}

/** The same, with file and tensor in what it throws. */
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
 * The matrix `name` [rows, cols], packed for the GPU in `linearFormat`. Not a bit changes of an I8 tensor, of F16 as
 * f16, and of Q8_0, Q5_0, Q3_K, Q4_0 and Q4_1 in their own format; Q4_K keeps its quants (see `packBlocks`); all others
 * are rounded. A few rows are read at a time; after an abort no more.
 */
export function readLinear(
  file: WeightFile,
  name: string,
  rows: number,
  cols: number,
  asked: WeightFormat = 'f16',
  signal?: AbortSignal,
): Promise<PackedWeight> {
  return readStacked(file, [name], rows, cols, asked, signal)
}

/** The matrices `names`, each [rows, cols] with rows even, all of one `linearFormat`, one below the other as one. */
export async function readStacked(
  file: WeightFile,
  names: readonly string[],
  rows: number,
  cols: number,
  asked: WeightFormat = 'f16',
  signal?: AbortSignal,
): Promise<PackedWeight> {
  const [format, ...others] = new Set(
    names.map((name) => linearFormat(requireMatrix(file, name, rows, cols).dtype, asked)),
  )
  if (!format || others.length > 0)
    throw new RangeError(
      `${names.join(', ')} of ${file.name} are not of one format; they cannot be one matrix.`,
    )
  return packByRows(
    names.map((name) => rowPacker(file, name, rows, cols, format)),
    { cols, format, signal },
  )
}

/** Any tensor as f32, an I8 one multiplied by its scales. Throws where its shape is not `shape`. */
export async function readTensor(
  file: WeightFile,
  name: string,
  shape: readonly number[],
): Promise<Float32Array<ArrayBuffer>> {
  const { dtype } = requireTensor(file, name, shape)
  if (dtype !== 'I8') return file.floats(name)
  const rows = shape[0] ?? 1
  return unpackWeight(await readLinear(file, name, rows, elementCount(shape) / rows))
}

/** Rows `[first, first + count)` of the matrix `name` [rows, cols] as f32, an I8 one multiplied by its scales. */
export async function readRows(
  file: WeightFile,
  name: string,
  shape: readonly [rows: number, cols: number],
  first: number,
  count: number,
): Promise<Float32Array<ArrayBuffer>> {
  const { dtype } = requireTensor(file, name, shape)
  const values = await file.rows(name, first, count)
  if (dtype !== 'I8') return values
  const [rows, cols] = shape
  const blocks = strideOf(cols) / BLOCK
  requireTensor(file, scaleName(name), [rows, blocks])
  const scales = await file.rows(scaleName(name), first, count)
  return values.map((q, i) => q * scales[Math.floor(i / cols) * blocks + Math.floor((i % cols) / BLOCK)]!)
}

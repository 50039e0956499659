// From a file to a packed weight. Our quantised form: tensor X as I8 [out, in], with X_scale as F16 [out, ceil(in/32)].
import { aligned } from './dtype'
import { WeightsError } from './error'
import { BLOCK, packF16, packQ8, packWeight, strideOf, unpackWeight, type PackedWeight, type WeightFormat } from './quant'
import { elementCount, requireTensor, showShape, type TensorEntry, type WeightFile } from './weight-file'

export function scaleName(tensor: string): string {
  return `${tensor}_scale`
}

async function codes(file: WeightFile, tensor: string): Promise<Uint16Array<ArrayBuffer>> {
  const { buffer, offset, length } = aligned(await file.bytes(tensor), 2)
  return new Uint16Array(buffer, offset, length)
}

async function readQ8(file: WeightFile, name: string, rows: number, cols: number): Promise<PackedWeight> {
  const scale = requireTensor(file, scaleName(name), [rows, strideOf(cols) / BLOCK])
  if (scale.dtype !== 'F16') {
    throw new WeightsError(file.name, `${file.name}: tensor ${scale.name} has the type ${scale.dtype} and must be F16.`)
  }
  const q = await file.bytes(name)
  return packQ8(new Int8Array(q.buffer, q.byteOffset, q.length), await codes(file, scale.name), rows, cols)
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
 * The matrix `name` [rows, cols], packed for the GPU. An I8 tensor stays q8, bit for bit, whatever `format` says;
 * an F16 tensor as f16 keeps its bits; all others are packed as `format` asks.
 */
export async function readLinear(
  file: WeightFile,
  name: string,
  rows: number,
  cols: number,
  format: WeightFormat = 'f16',
): Promise<PackedWeight> {
  const { dtype } = requireMatrix(file, name, rows, cols)
  if (dtype === 'I8') return readQ8(file, name, rows, cols)
  if (dtype === 'F16' && format === 'f16') return packF16(await codes(file, name), rows, cols)
  const values = await file.floats(name)
  try {
    return packWeight(values, rows, cols, format)
  } catch (error) {
    throw new WeightsError(file.name, `${file.name}: tensor ${name}: ${error instanceof Error ? error.message : String(error)}`)
  }
}

/** Any tensor as f32, an I8 one multiplied by its scales. Throws where its shape is not `shape`. */
export async function readTensor(file: WeightFile, name: string, shape: readonly number[]): Promise<Float32Array<ArrayBuffer>> {
  const { dtype } = requireTensor(file, name, shape)
  if (dtype !== 'I8') return file.floats(name)
  const rows = shape[0] ?? 1
  return unpackWeight(await readQ8(file, name, rows, elementCount(shape) / rows))
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

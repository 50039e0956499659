// Splits tensors larger than a binding: a kernel is called once for each band of their rows.
import { GpuError } from './errors'
import { dim, DTYPE_BYTES, elementCount, rows, type Tensor } from './tensor'

/** Offsets of bindings are multiples of this on every device. */
const ALIGNMENT = 256

/** Rows `first … first + count`. */
export interface Band {
  readonly first: number
  readonly count: number
}

/** Bytes of a row, and the distance of rows that begin where a binding may. */
function rowOf(tensor: Tensor): { bytes: number; step: number } {
  const bytes = elementCount(tensor.shape.slice(1)) * DTYPE_BYTES[tensor.dtype]
  let step = 1
  while ((bytes * step) % ALIGNMENT !== 0) step *= 2
  return { bytes, step }
}

/**
 * Cuts the rows that all of `tensors` have into bands that fit a binding of `maxBytes` in each tensor and begin where
 * a binding may. One band where all fit whole.
 * @throws GpuError `limit` when not even the smallest band fits
 */
export function bands(maxBytes: number, ...tensors: readonly [Tensor, ...Tensor[]]): Band[] {
  const total = dim(tensors[0], 0)
  if (tensors.every((tensor) => tensor.byteLength <= maxBytes)) return [{ first: 0, count: total }]
  const parts = tensors.map(rowOf)
  const step = Math.max(...parts.map((row) => row.step))
  const size = Math.floor(maxBytes / Math.max(...parts.map((row) => row.bytes)) / step) * step
  if (size === 0) throw tooLarge(tensors[0], maxBytes)
  return cut(total, size)
}

/** Cuts `total` rows into parts of `size`; the last may be shorter. */
export function cut(total: number, size: number): Band[] {
  return Array.from({ length: Math.ceil(total / size) }, (_, i) => ({
    first: i * size,
    count: Math.min(size, total - i * size),
  }))
}

export function bandOf(tensor: Tensor, { first, count }: Band): Tensor {
  return rows(tensor, first, count)
}

/** The rows of `band`, and as many before them as make it begin where a binding may. */
export function alignedBand(tensor: Tensor, { first, count }: Band): Band {
  const { step } = rowOf(tensor)
  const start = Math.floor(first / step) * step
  return { first: start, count: first + count - start }
}

/** The most rows of `tensor` that a binding of `maxBytes` holds, wherever they begin. */
export function rowsPerBinding(tensor: Tensor, maxBytes: number): number {
  const { bytes, step } = rowOf(tensor)
  const count = Math.floor(maxBytes / bytes) - (step - 1)
  if (count < 1) throw tooLarge(tensor, maxBytes)
  return count
}

/** A sliding window over frames [H, W, C], which determines the input rows of each output row. */
export interface Window {
  /** Output rows for each input row: 2 upsampled, 1/2 at stride 2. */
  readonly ratio: number
  /** Additional input rows that an output row needs, above and below. */
  readonly above: number
  readonly below: number
}

export interface WindowBand {
  readonly output: Band
  readonly input: Band
}

/**
 * Cuts into bands of `output` rows with their `input` rows, each within a binding of `maxBytes`.
 * @param multiple output bands begin at multiples of this
 * @throws GpuError `limit` when not even the smallest band fits
 */
export function windowBands(
  maxBytes: number,
  input: Tensor,
  output: Tensor,
  { ratio, above, below }: Window,
  multiple: number,
): WindowBand[] {
  const [inRows, outRows] = [dim(input, 0), dim(output, 0)]
  if (Math.max(input.byteLength, output.byteLength) <= maxBytes)
    return [{ output: { first: 0, count: outRows }, input: { first: 0, count: inRows } }]
  const [from, to] = [rowOf(input), rowOf(output)]
  const step = Math.max(multiple, to.step)
  const fitting = Math.floor(maxBytes / from.bytes) - above - below - from.step // a window may begin up to one step early
  const size = Math.floor(Math.min(maxBytes / to.bytes, fitting * ratio) / step) * step
  if (size <= 0) throw tooLarge(output, maxBytes)
  return cut(outRows, size).map((band) => {
    const first = Math.floor(Math.max(0, Math.floor(band.first / ratio) - above) / from.step) * from.step
    const end = Math.min(inRows, Math.ceil((band.first + band.count) / ratio) + below)
    return { output: band, input: { first, count: end - first } }
  })
}

/** @throws GpuError `limit` when a tensor does not fit a binding. */
export function checkBindings(
  stem: string,
  tensors: Readonly<Record<string, Tensor>>,
  maxBytes: number,
): void {
  for (const tensor of Object.values<Tensor>(tensors)) {
    if (tensor.byteLength > maxBytes) throw tooLarge(tensor, maxBytes, `, where ${stem} binds it whole`)
  }
}

function tooLarge({ label, shape, byteLength }: Tensor, maxBytes: number, where = ''): GpuError {
  return new GpuError(
    'limit',
    `${label} [${shape.join(', ')}] needs ${byteLength} bytes${where}; this GPU allows bindings of ${maxBytes}. Choose a smaller size or fewer frames.`,
  )
}

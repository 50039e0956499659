// The arithmetic of deltas, by rows, in f64 on the values that the file holds.
import { readRows, readTensor } from '../matrix'
import { STRONGEST } from '../../protocol/lora'
import { WeightsError } from '../error'
import { elementCount, requireTensor, type TensorEntry, type WeightFile } from '../weight-file'
import type { CompactDelta, Delta, Factor, Product } from './adapter'

/** A matrix in memory. */
export interface Values {
  readonly rows: number
  readonly cols: number
  readonly data: Float32Array | Float64Array
}

/** A delta whose matrices are read. */
export interface PreparedDelta {
  /**
   * Adds `strength` times the rows from `first` on to `out`.
   * @param base the same rows of the model's tensor, as many as `out` has
   */
  add(out: Float64Array, base: Float32Array, first: number, strength: number): void
}

/** The model's tensor as a matrix. */
export interface BaseMatrix {
  readonly rows: number
  readonly cols: number
  read(first: number, count: number): Promise<Float32Array>
}

/** A tensor of the model's file as a matrix, its numbers multiplied by their scales. */
export function baseMatrix(base: WeightFile, { name, dtype, shape }: TensorEntry): BaseMatrix {
  const rows = shape[0] ?? 1
  const cols = elementCount(shape.slice(1))
  return {
    rows,
    cols,
    read: (first, count) =>
      dtype === 'I8' ? readRows(base, name, [rows, cols], first, count) : base.rows(name, first, count),
  }
}

/** Elements of the model's tensor in memory at once while its columns are normed. */
const CHUNK = 1 << 20

/** @throws WeightsError where a number is not finite */
export async function valuesOf(file: WeightFile, { tensor, rows, cols }: Factor): Promise<Values> {
  return { rows, cols, data: await readTensor(file, tensor, requireTensor(file, tensor).shape) }
}

/** Adds `scale` times row `row` of left·right to `out` from `at` on, four of the inner dimension at a time. */
function addProductRow(
  out: Float64Array,
  at: number,
  left: Values,
  right: Values,
  row: number,
  scale: number,
): void {
  const { cols, data } = right
  const inner = left.cols
  const factors = left.data
  const begin = row * inner
  let k = 0
  for (; k + 4 <= inner; k += 4) {
    const a = scale * factors[begin + k]!
    const b = scale * factors[begin + k + 1]!
    const c = scale * factors[begin + k + 2]!
    const d = scale * factors[begin + k + 3]!
    let i = k * cols
    for (let j = at; j < at + cols; j++, i++)
      out[j]! += a * data[i]! + b * data[i + cols]! + c * data[i + 2 * cols]! + d * data[i + 3 * cols]!
  }
  for (; k < inner; k++) {
    const a = scale * factors[begin + k]!
    let i = k * cols
    for (let j = at; j < at + cols; j++, i++) out[j]! += a * data[i]!
  }
}

async function wholeProduct(file: WeightFile, [left, right]: Product): Promise<Values> {
  const first = await valuesOf(file, left)
  if (!right) return first
  const second = await valuesOf(file, right)
  const data = new Float64Array(first.rows * second.cols)
  for (let row = 0; row < first.rows; row++) addProductRow(data, row * second.cols, first, second, row, 1)
  return { rows: first.rows, cols: second.cols, data }
}

type RowAdder = (out: Float64Array, at: number, row: number, strength: number) => void

async function lohaRows(file: WeightFile, scale: number, products: readonly Product[]): Promise<RowAdder> {
  const factors = await Promise.all(
    products.map(
      async ([left, right]) => [await valuesOf(file, left), right && (await valuesOf(file, right))] as const,
    ),
  )
  return (out, at, row, strength) => {
    const [one, other] = factors.map(([left, right]) => {
      if (!right) return left.data.subarray(row * left.cols, (row + 1) * left.cols)
      const values = new Float64Array(right.cols)
      addProductRow(values, 0, left, right, row, 1)
      return values
    })
    for (let i = 0; i < one!.length; i++) out[at + i]! += strength * scale * one![i]! * other![i]!
  }
}

/** The way to add a row of a delta that is made of few numbers. */
async function rowAdder(file: WeightFile, delta: CompactDelta): Promise<RowAdder> {
  const { scale } = delta
  switch (delta.kind) {
    case 'lora': {
      const [up, down] = [await valuesOf(file, delta.up), await valuesOf(file, delta.down)]
      return (out, at, row, strength) => addProductRow(out, at, up, down, row, strength * scale)
    }
    case 'loha':
      return lohaRows(file, scale, [delta.first, delta.second])
    case 'lokr': {
      const first = await wholeProduct(file, delta.first)
      const second = await wholeProduct(file, delta.second)
      return (out, at, row, strength) => {
        const [i, k] = [Math.floor(row / second.rows), row % second.rows]
        for (let j = 0; j < first.cols; j++) {
          const factor = strength * scale * first.data[i * first.cols + j]!
          for (let l = 0; l < second.cols; l++)
            out[at + j * second.cols + l]! += factor * second.data[k * second.cols + l]!
        }
      }
    }
  }
}

/** W + Δ, of the rows from `first` on. */
function sums(add: RowAdder, base: Float32Array, first: number, cols: number): Float64Array {
  const values = Float64Array.from(base)
  for (let at = 0, row = first; at < values.length; at += cols, row++) add(values, at, row, 1)
  return values
}

async function columnNorms(add: RowAdder, { rows, cols, read }: BaseMatrix): Promise<Float64Array> {
  const squares = new Float64Array(cols)
  const step = Math.max(1, Math.floor(CHUNK / cols))
  for (let first = 0; first < rows; first += step) {
    const values = sums(add, await read(first, Math.min(step, rows - first)), first, cols)
    for (let i = 0; i < values.length; i++) squares[i % cols]! += values[i]! ** 2
  }
  return squares.map(Math.sqrt)
}

function rowNorms(values: Float64Array, cols: number): Float64Array {
  const norms = new Float64Array(values.length / cols)
  for (let i = 0; i < values.length; i++) norms[Math.floor(i / cols)]! += values[i]! ** 2
  return norms.map(Math.sqrt)
}

/** The factor m/‖W + Δ‖ of each row of a DoRA whose rows are normed; zeros stay zeros, whatever their magnitude. */
export async function rowGains(
  file: WeightFile,
  { of, magnitude }: Extract<Delta, { kind: 'dora' }>,
  { rows, cols, read }: BaseMatrix,
): Promise<Float64Array> {
  const add = await rowAdder(file, of)
  const { data } = await valuesOf(file, magnitude)
  const gains = new Float64Array(rows)
  const step = Math.max(1, Math.floor(CHUNK / cols))
  for (let first = 0; first < rows; first += step) {
    const values = sums(add, await read(first, Math.min(step, rows - first)), first, cols)
    rowNorms(values, cols).forEach((norm, i) => {
      gains[first + i] = norm === 0 ? 0 : data[first + i]! / norm
    })
  }
  return gains
}

/**
 * Reads the matrices of a delta.
 * @throws WeightsError where a number in them is not finite
 */
export async function prepareDelta(file: WeightFile, delta: Delta, base: BaseMatrix): Promise<PreparedDelta> {
  const { cols } = base
  if (delta.kind === 'diff') {
    const { data } = await valuesOf(file, delta.values)
    return {
      add(out, _, first, strength) {
        const scale = strength * delta.scale
        for (let i = 0; i < out.length; i++) out[i]! += scale * data[first * cols + i]!
      },
    }
  }
  if (delta.kind !== 'dora') {
    const add = await rowAdder(file, delta)
    return {
      add(out, _, first, strength) {
        for (let at = 0, row = first; at < out.length; at += cols, row++) add(out, at, row, strength)
      },
    }
  }
  const add = await rowAdder(file, delta.of)
  const { data: magnitude } = await valuesOf(file, delta.magnitude)
  const isOfRows = delta.norms === 'rows'
  const ofColumns = isOfRows ? undefined : await columnNorms(add, base)
  return {
    add(out, own, first, strength) {
      const values = sums(add, own, first, cols)
      const ofRows = isOfRows ? rowNorms(values, cols) : undefined
      for (let i = 0; i < out.length; i++) {
        const row = Math.floor(i / cols)
        const norm = ofRows ? ofRows[row]! : ofColumns![i % cols]!
        const m = magnitude[isOfRows ? first + row : i % cols]!
        // Zeros stay zeros, whatever their magnitude.
        const normed = norm === 0 ? 0 : (m * values[i]!) / norm
        out[i]! += strength * (normed - own[i]!)
      }
    },
  }
}

/** @throws WeightsError where the strength is none */
export function checkStrength(file: string, strength: number): number {
  if (Number.isFinite(strength) && Math.abs(strength) <= STRONGEST) return strength
  throw new WeightsError(
    file,
    `The strength of ${file} is ${strength} and must be a number from −${STRONGEST} to ${STRONGEST}.`,
  )
}

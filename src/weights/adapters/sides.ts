// What adapters add to a matrix, as the GPU computes it beside the matrix itself, which stays as it is: no second
// rounding of quantised weights.
import { WeightsError } from '../error'
import { float32ToFloat16 } from '../quant/float16'
import { packF16, packWeight, type PackedWeight } from '../quant/pack'
import type { WeightFile } from '../weight-file'
import type { Delta } from './adapter'
import type { Change } from './merge'
import { prepareDelta, rowGains, valuesOf, type BaseMatrix, type Values } from './prepared'

/** Memory that a part of a delta takes: a pair of thin matrices, a whole one, or a factor of each output. */
export type SideSize =
  { readonly kind: 'thin'; readonly rank: number } | { readonly kind: 'whole' } | { readonly kind: 'own' }

export type PackedSide = { readonly factor: number } & (
  | { readonly kind: 'thin'; readonly down: PackedWeight; readonly up: PackedWeight }
  | { readonly kind: 'whole'; readonly matrix: PackedWeight }
  /** The matrix itself, each output times its factor. */
  | { readonly kind: 'own'; readonly outputs: Float32Array<ArrayBuffer> }
)

/** The thin side's width is a multiple of this, as the kernels read inputs in fours. */
const LANES = 4
/** Elements of a whole delta computed at once. */
const CHUNK = 1 << 20
/** Whole deltas are stored times this, so that small ones keep all bits of f16. */
const WHOLE_FACTOR = 256
/** Rows of the down matrix are scaled to about this length: the thin product of any x in f16 stays finite. */
const DOWN_LENGTH = 1 / 8

const thinRank = (rows: number): number => Math.ceil(rows / LANES) * LANES

/** The parts that a delta becomes. */
export function sideSizes(delta: Delta): SideSize[] {
  if (delta.kind === 'lora') return [{ kind: 'thin', rank: thinRank(delta.down.rows) }]
  if (delta.kind === 'dora' && delta.norms === 'rows' && delta.of.kind === 'lora')
    return [{ kind: 'own' }, { kind: 'thin', rank: thinRank(delta.of.down.rows) }]
  return [{ kind: 'whole' }]
}

/** The power of two below which `value` lies; 1 for zero. */
const powerOf = (value: number): number => (value > 0 ? 2 ** Math.ceil(Math.log2(value)) : 1)

/** The length of the longest row. */
function longestRow({ rows, cols, data }: Values): number {
  let longest = 0
  for (let row = 0; row < rows; row++) {
    let squares = 0
    for (let i = row * cols; i < (row + 1) * cols; i++) squares += data[i]! ** 2
    longest = Math.max(longest, squares)
  }
  return Math.sqrt(longest)
}

function largest(data: Values['data']): number {
  let most = 0
  for (let i = 0; i < data.length; i++) most = Math.max(most, Math.abs(data[i]!))
  return most
}

/** The matrix divided by a power of two, with zeros as further rows and columns, in f16. */
function packed({ rows, cols, data }: Values, power: number, toRows: number, toCols: number): PackedWeight {
  const values = new Float32Array(toRows * toCols)
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++) values[row * toCols + col] = data[row * cols + col]! / power
  return packWeight(values, toRows, toCols, 'f16')
}

/** @param gains of the rows of `up` */
async function thinSide(
  { file, strength }: Change,
  delta: Extract<Delta, { kind: 'lora' }>,
  gains?: Float64Array,
): Promise<PackedSide> {
  const down = await valuesOf(file, delta.down)
  const read = await valuesOf(file, delta.up)
  const up = gains
    ? { ...read, data: Float64Array.from(read.data, (value, i) => value * gains[Math.floor(i / read.cols)]!) }
    : read
  const rank = thinRank(down.rows)
  const ofDown = powerOf(longestRow(down)) / DOWN_LENGTH
  const ofUp = powerOf(largest(up.data))
  return {
    kind: 'thin',
    factor: strength * delta.scale * ofDown * ofUp,
    down: packed(down, ofDown, rank, down.cols),
    up: packed(up, ofUp, up.rows, rank),
  }
}

async function wholeSide(
  { file, delta, strength }: Change,
  tensor: string,
  base: BaseMatrix,
): Promise<PackedSide> {
  const { rows, cols } = base
  const prepared = await prepareDelta(file, delta, base)
  const codes = new Uint16Array(rows * cols)
  const step = Math.max(1, Math.floor(CHUNK / cols))
  for (let first = 0; first < rows; first += step) {
    const count = Math.min(step, rows - first)
    // Only DoRA depends on the model's own numbers.
    const own = delta.kind === 'dora' ? await base.read(first, count) : new Float32Array(0)
    const out = new Float64Array(count * cols)
    prepared.add(out, own, first, WHOLE_FACTOR)
    if (!out.every((value) => Math.abs(value) < 65504)) refuseLarge(file, tensor)
    codes.set(float32ToFloat16(new Float32Array(out)), first * cols)
  }
  return { kind: 'whole', factor: strength / WHOLE_FACTOR, matrix: packF16(codes, rows, cols) }
}

function refuseLarge(file: WeightFile, tensor: string): never {
  throw new WeightsError(
    file.name,
    `${file.name} makes values of ${tensor} that are too large: the file is damaged, or its alpha is wrong. Load it again, or choose another.`,
  )
}

/** Norms depend on no strength, and take long: they are kept as long as the adapter's file. */
const knownGains = new WeakMap<WeightFile, Map<string, Promise<Float64Array>>>()

function gainsOf(file: WeightFile, tensor: string, find: () => Promise<Float64Array>): Promise<Float64Array> {
  const known = knownGains.get(file) ?? new Map<string, Promise<Float64Array>>()
  knownGains.set(file, known)
  const found = known.get(tensor) ?? find()
  found.catch(() => known.delete(tensor))
  known.set(tensor, found)
  return found
}

/** Reads what a change adds to `tensor` of the model. @throws WeightsError where its numbers are not finite */
export async function packSides(change: Change, tensor: string, base: BaseMatrix): Promise<PackedSide[]> {
  const { file, delta, strength } = change
  const sides: PackedSide[] = []
  if (delta.kind === 'lora') sides.push(await thinSide(change, delta))
  else if (delta.kind === 'dora' && delta.norms === 'rows' && delta.of.kind === 'lora') {
    const gains = await gainsOf(file, tensor, () => rowGains(file, delta, base))
    const outputs = Float32Array.from(gains, (gain) => gain - 1)
    if (!outputs.every(Number.isFinite)) refuseLarge(file, tensor)
    sides.push({ kind: 'own', factor: strength, outputs })
    sides.push(await thinSide(change, delta.of, gains))
  } else sides.push(await wholeSide(change, tensor, base))
  if (!sides.every(({ factor }) => Number.isFinite(Math.fround(factor)))) refuseLarge(file, tensor)
  return sides
}

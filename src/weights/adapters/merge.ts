// A model's file with adapters in it: the tensors that they change are computed as they are read.
import { elementCount, weightFile, type TensorEntry, type WeightFile } from '../weight-file'
import { WeightsError } from '../error'
import { firstNonFinite } from '../finite'
import type { Adapter, Delta } from './adapter'
import { baseMatrix, checkStrength, prepareDelta, type BaseMatrix, type PreparedDelta } from './prepared'

export interface AppliedAdapter {
  readonly adapter: Adapter
  /** From −2 to 2. */
  readonly strength: number
}

/** Tensors whose matrices stay in memory: those that a stacked matrix is read of, and the next. */
const KEPT = 4
/** Elements computed at once. */
const CHUNK = 1 << 20

/** What one adapter adds to a tensor. */
export interface Change {
  readonly file: WeightFile
  readonly delta: Delta
  readonly strength: number
}

/** What all adapters add, by the name of the model's tensor. @throws WeightsError where a strength is none */
export function changesOf(applied: readonly AppliedAdapter[]): Map<string, readonly Change[]> {
  const changes = new Map<string, readonly Change[]>()
  for (const { adapter, strength } of applied) {
    if (checkStrength(adapter.file.name, strength) === 0) continue
    for (const [name, deltas] of adapter.deltas) {
      const own = deltas.map((delta) => ({ file: adapter.file, delta, strength }))
      changes.set(name, [...(changes.get(name) ?? []), ...own])
    }
  }
  return changes
}

function refuseNonFinite(changes: readonly Change[], tensor: string): never {
  const file = changes.at(-1)?.file.name ?? tensor
  throw new WeightsError(
    file,
    `${file} makes values of ${tensor} that are too large: the file is damaged, or its alpha is wrong. Load it again, or choose another.`,
  )
}

/** Computes rows of the changed tensors: W + Σ strength·Δ, every Δ of W as the model's file has it. */
function rowComputer(base: WeightFile, changes: ReadonlyMap<string, readonly Change[]>) {
  const kept = new Map<string, Promise<readonly PreparedDelta[]>>()
  const prepared = (name: string, matrix: BaseMatrix): Promise<readonly PreparedDelta[]> => {
    const found = kept.get(name)
    if (found) return found
    const own = (changes.get(name) ?? []).map(({ file, delta }) => prepareDelta(file, delta, matrix))
    const reading = Promise.all(own)
    reading.catch(() => kept.delete(name))
    kept.set(name, reading)
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break
      kept.delete(oldest)
    }
    return reading
  }
  return async (entry: TensorEntry, first: number, count: number): Promise<Float32Array<ArrayBuffer>> => {
    const matrix = baseMatrix(base, entry)
    const deltas = await prepared(entry.name, matrix)
    const own = await matrix.read(first, count)
    const out = Float64Array.from(own)
    for (const [i, { strength }] of (changes.get(entry.name) ?? []).entries())
      deltas[i]!.add(out, own, first, strength)
    const values = new Float32Array(out)
    if (firstNonFinite(values) >= 0) refuseNonFinite(changes.get(entry.name) ?? [], entry.name)
    return values
  }
}

/**
 * The file `base` with changes in it: W + Σ strength·ΔW, whatever their order. Changed tensors are read from `base`
 * and changed as they are read, as f32.
 */
export function mergeChanges(base: WeightFile, changes: ReadonlyMap<string, readonly Change[]>): WeightFile {
  if (changes.size === 0) return base
  const entries = new Map(base.tensors)
  for (const name of changes.keys()) {
    const own = base.tensors.get(name)
    if (own) entries.set(name, { ...own, dtype: 'F32', offset: 0, byteLength: elementCount(own.shape) * 4 })
  }
  return mergedFile(base, entries, changes)
}

function mergedFile(
  base: WeightFile,
  tensors: ReadonlyMap<string, TensorEntry>,
  changes: ReadonlyMap<string, readonly Change[]>,
): WeightFile {
  const compute = rowComputer(base, changes)
  const { name, metadata } = base
  const changed = weightFile(name, metadata, tensors, async ({ name: tensor, shape }, offset, length) => {
    const cols = elementCount(shape.slice(1))
    const rowBytes = cols * 4
    const bytes = new Uint8Array(length)
    const end = Math.ceil((offset + length) / rowBytes)
    const step = Math.max(1, Math.floor(CHUNK / cols))
    for (let first = Math.floor(offset / rowBytes); first < end; first += step) {
      const values = await compute(base.tensors.get(tensor)!, first, Math.min(step, end - first))
      const part = new Uint8Array(values.buffer)
      const at = first * rowBytes - offset
      const skipped = Math.max(0, -at)
      bytes.set(part.subarray(skipped, length - at), at + skipped)
    }
    return bytes
  })
  const of = (tensor: string): WeightFile => (changes.has(tensor) ? changed : base)
  return {
    name,
    metadata,
    tensors,
    bytes: (tensor, offset, length) => of(tensor).bytes(tensor, offset, length),
    floats: (tensor) => of(tensor).floats(tensor),
    rows: (tensor, first, count) => of(tensor).rows(tensor, first, count),
  }
}

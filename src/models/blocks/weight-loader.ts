import { reserveLinear, uploadLinear, type LinearWeight } from '../../gpu/matrix'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'
import { matrixOf, matrixPart, readTensor, stackedMatrix, type Matrix } from '../../weights/matrix'
import { packedWords, type WeightFormat } from '../../weights/quant/pack'
import { elementCount, requireTensor, type WeightFile } from '../../weights/weight-file'

/** The source of a model's weights: a file, or only its directory for a memory plan. */
export interface WeightLoader {
  readonly ops: Ops
  /** The same weights, allocated by `ops` and read until `signal` aborts. */
  on(ops: Ops, signal?: AbortSignal): WeightLoader
  /** The same allocations on `ops`, without reading. */
  planned(ops: Ops): WeightLoader
  /** All elements of a checkpoint tensor, f32. */
  values(name: string, shape: readonly number[]): Promise<Float32Array<ArrayBuffer>>
  /** The tensor on the GPU as f32. */
  tensor(name: string, shape: readonly number[]): Promise<Tensor>
  /** `name.weight` [rows, cols…] and `name.bias` [rows] on the GPU. `format` is the loader's own unless given. */
  linear(name: string, rows: number, cols: number, format?: WeightFormat): Promise<LinearWeight>
  /** Rows `first … first + count` of `name`, which has `rows`, as a layer of their own; in f16 unless quantised. */
  part(
    name: string,
    shape: readonly [rows: number, cols: number],
    part: { readonly first: number; readonly count: number },
  ): Promise<LinearWeight>
  /**
   * The layers `names`, each `linear` [rows, cols] with rows even, stacked into one called `label`; undefined where
   * their formats differ, or one binding cannot hold them together.
   */
  stacked(
    names: readonly string[],
    rows: number,
    cols: number,
    label: string,
  ): Promise<LinearWeight | undefined>
}

/**
 * Loads from a checkpoint.
 * @param format of the linear layers that are not quantised in the checkpoint.
 * @param signal cancels between reads, of which a matrix may need many.
 */
export function fileLoader(
  ops: Ops,
  file: WeightFile,
  format: WeightFormat = 'f16',
  signal?: AbortSignal,
): WeightLoader {
  const values = (name: string, shape: readonly number[]) => readTensor(file, name, shape)
  return {
    ops,
    on: (other, ended = signal) => fileLoader(other, file, format, ended),
    planned: (other) => planLoader(other, file, format),
    values,
    tensor: async (name, shape) => ops.upload(await values(name, shape), shape, 'f32', name),
    async linear(name, rows, cols, own = format) {
      const packed = await matrixOf(file, `${name}.weight`, rows, cols, own).read(signal)
      return uploadLinear(ops, packed, await values(`${name}.bias`, [rows]), name)
    },
    async part(name, shape, part) {
      const packed = await matrixPart(file, `${name}.weight`, shape, part).read(signal)
      const bias = await values(`${name}.bias`, [shape[0]])
      const { first, count } = part
      return uploadLinear(ops, packed, bias.slice(first, first + count), `${name}.${first}`)
    },
    async stacked(names, rows, cols, label) {
      const matrix = stackedIn(ops, file, names, rows, cols, format)
      if (!matrix) return undefined
      const packed = await matrix.read(signal)
      const bias = new Float32Array(packed.rows)
      for (const [i, name] of names.entries()) bias.set(await values(`${name}.bias`, [rows]), i * rows)
      return uploadLinear(ops, packed, bias, label)
    },
  }
}

/**
 * Allocates what `fileLoader` would, reads no weights, and checks name, type and shape of every tensor: run it on
 * `dryOps` for the memory plan, and before any GPU work to check that the file belongs to the model.
 */
export function planLoader(ops: Ops, file: WeightFile, format: WeightFormat = 'f16'): WeightLoader {
  const check = (name: string, shape: readonly number[]) => void requireTensor(file, name, shape)
  return {
    ops,
    on: (other) => planLoader(other, file, format),
    planned: (other) => planLoader(other, file, format),
    async values(name, shape) {
      check(name, shape)
      return zeros(elementCount(shape))
    },
    async tensor(name, shape) {
      check(name, shape)
      return ops.create(shape, 'f32', name)
    },
    async linear(name, rows, cols, own = format) {
      const matrix = matrixOf(file, `${name}.weight`, rows, cols, own)
      check(`${name}.bias`, [rows])
      return reserveLinear(ops, matrix, name)
    },
    async part(name, shape, part) {
      check(`${name}.bias`, [shape[0]])
      return reserveLinear(ops, matrixPart(file, `${name}.weight`, shape, part), `${name}.${part.first}`)
    },
    async stacked(names, rows, cols, label) {
      for (const name of names) check(`${name}.bias`, [rows])
      const matrix = stackedIn(ops, file, names, rows, cols, format)
      return matrix && reserveLinear(ops, matrix, label)
    },
  }
}

let shared = new Float32Array(0)

/** Nobody reads them: one array serves all, since a plan of a large model would allocate gigabytes. */
function zeros(count: number): Float32Array<ArrayBuffer> {
  if (shared.length < count) shared = new Float32Array(count)
  return shared.subarray(0, count)
}

/** The stacked weights of the layers `names`, where they share a format and one binding holds them. */
function stackedIn(
  { maxBindingBytes }: Ops,
  file: WeightFile,
  names: readonly string[],
  rows: number,
  cols: number,
  asked: WeightFormat,
): Matrix | undefined {
  const weights = names.map((name) => `${name}.weight`)
  const matrix = stackedMatrix(file, weights, rows, cols, asked)
  return matrix && packedWords(matrix.rows, cols, matrix.format).data * 4 <= maxBindingBytes
    ? matrix
    : undefined
}

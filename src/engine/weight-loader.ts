import { reserveLinear, uploadLinear, type LinearWeight } from '../gpu/linear-weight'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import { linearFormat, readLinear, readTensor, requireMatrix, scaleName } from '../weights/linear-weight'
import { BLOCK, strideOf, type WeightFormat } from '../weights/quant'
import { elementCount, requireTensor, type WeightFile } from '../weights/weight-file'

/** Where a model's weights come from: a file, or for a memory plan its directory alone. */
export interface WeightLoader {
  readonly ops: Ops
  /** The same weights, put where `ops` puts them, read until `signal` ends it. */
  on(ops: Ops, signal?: AbortSignal): WeightLoader
  /** Allocates on `ops` what this loader would, and reads nothing. */
  planned(ops: Ops): WeightLoader
  /** All elements of a checkpoint tensor, f32. */
  values(name: string, shape: readonly number[]): Promise<Float32Array<ArrayBuffer>>
  /** The tensor on the GPU as f32. */
  tensor(name: string, shape: readonly number[]): Promise<Tensor>
  /** `name.weight` [rows, cols…] and `name.bias` [rows] on the GPU. `format` is the loader's own unless given. */
  linear(name: string, rows: number, cols: number, format?: WeightFormat): Promise<LinearWeight>
}

/**
 * Loads from a checkpoint.
 * @param format of the linear layers that the checkpoint does not hold quantised.
 * @param signal ends a read, of which there may be many to a matrix.
 */
export function fileLoader(ops: Ops, file: WeightFile, format: WeightFormat = 'f16', signal?: AbortSignal): WeightLoader {
  const values = (name: string, shape: readonly number[]) => readTensor(file, name, shape)
  return {
    ops,
    on: (other, ended = signal) => fileLoader(other, file, format, ended),
    planned: (other) => planLoader(other, file, format),
    values,
    tensor: async (name, shape) => ops.upload(await values(name, shape), shape, 'f32', name),
    async linear(name, rows, cols, own = format) {
      const packed = await readLinear(file, `${name}.weight`, rows, cols, own, signal)
      return uploadLinear(ops, packed, await values(`${name}.bias`, [rows]), name)
    },
  }
}

/**
 * Allocates what `fileLoader` would, reads no weights, and checks name, type and shape of every tensor: run it on
 * `planOps` for the memory plan, and before any GPU work to find out whether the file is the model's.
 */
export function planLoader(ops: Ops, file: WeightFile, format: WeightFormat = 'f16'): WeightLoader {
  const check = (name: string, shape: readonly number[]) => void requireTensor(file, name, shape)
  return {
    ops,
    on: (other) => planLoader(other, file, format),
    planned: (other) => planLoader(other, file, format),
    async values(name, shape) {
      check(name, shape)
      return new Float32Array(elementCount(shape))
    },
    async tensor(name, shape) {
      check(name, shape)
      return ops.create(shape, 'f32', name)
    },
    async linear(name, rows, cols, own = format) {
      const { dtype } = requireMatrix(file, `${name}.weight`, rows, cols)
      if (dtype === 'I8') check(scaleName(`${name}.weight`), [rows, strideOf(cols) / BLOCK])
      check(`${name}.bias`, [rows])
      return reserveLinear(ops, rows, cols, linearFormat(dtype, own), name)
    },
  }
}

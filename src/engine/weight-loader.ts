import { uploadLinear, type LinearWeight } from '../gpu/linear-weight'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import { readLinear, readTensor } from '../weights/linear-weight'
import { packWeight, type WeightFormat } from '../weights/quant'
import { elementCount, type WeightFile } from '../weights/weight-file'

/** Where a model's weights come from: a file, or for a memory plan nothing but shapes. */
export interface WeightLoader {
  readonly ops: Ops
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
 */
export function fileLoader(ops: Ops, file: WeightFile, format: WeightFormat = 'f16'): WeightLoader {
  const values = (name: string, shape: readonly number[]) => readTensor(file, name, shape)
  return {
    ops,
    values,
    tensor: async (name, shape) => ops.upload(await values(name, shape), shape, 'f32', name),
    async linear(name, rows, cols, own = format) {
      const packed = await readLinear(file, `${name}.weight`, rows, cols, own)
      return uploadLinear(ops, packed, await values(`${name}.bias`, [rows]), name)
    },
  }
}

/**
 * Allocates what `fileLoader` would and reads nothing.
 * @param stored format of a matrix in the checkpoint, where that is quantised.
 */
export function planLoader(ops: Ops, format: WeightFormat, stored: (name: string) => WeightFormat | undefined): WeightLoader {
  const values = (_name: string, shape: readonly number[]) => Promise.resolve(new Float32Array(elementCount(shape)))
  return {
    ops,
    values,
    tensor: async (name, shape) => ops.upload(await values(name, shape), shape, 'f32', name),
    linear(name, rows, cols, own = format) {
      const packed = packWeight(new Float32Array(rows * cols), rows, cols, stored(`${name}.weight`) ?? own)
      return Promise.resolve(uploadLinear(ops, packed, new Float32Array(rows), name))
    },
  }
}

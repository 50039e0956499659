// Tensors of other files under other names: shards as one file, or a checkpoint under the names that the model expects.
import { WeightsError } from './error'
import { checkRows, elementCount, showShape, type TensorEntry, type WeightFile } from './weight-file'

export interface ViewedTensor {
  readonly file: WeightFile
  /** Its name in that file. */
  readonly tensor: string
  /** Another shape with the same number of elements, which keep their order. */
  readonly shape?: readonly number[]
}

function entryOf(name: string, { file, tensor, shape }: ViewedTensor): TensorEntry {
  const entry = file.tensors.get(tensor)
  if (!entry) throw new WeightsError(file.name, `${file.name} has no tensor ${tensor}.`)
  if (shape && elementCount(shape) !== elementCount(entry.shape)) {
    throw new WeightsError(
      file.name,
      `${file.name}: tensor ${tensor} has the shape ${showShape(entry.shape)}, which cannot be read as ${showShape(shape)}.`,
    )
  }
  return { ...entry, name, shape: shape ?? entry.shape }
}

/** Presents `tensors` as one file under their new names. Read errors use the names of the tensors' own files. */
export function viewFiles(
  name: string,
  metadata: Readonly<Record<string, string>>,
  tensors: ReadonlyMap<string, ViewedTensor>,
): WeightFile {
  const entries = new Map([...tensors].map(([key, viewed]) => [key, entryOf(key, viewed)]))
  const find = (key: string): ViewedTensor => {
    const viewed = tensors.get(key)
    if (viewed) return viewed
    throw new WeightsError(
      name,
      `${name} has no tensor ${key}; it has ${tensors.size} others. Choose a file of this model.`,
    )
  }
  return {
    name,
    metadata,
    tensors: entries,
    async bytes(key, offset, length) {
      const { file, tensor } = find(key)
      return file.bytes(tensor, offset, length)
    },
    async floats(key) {
      const { file, tensor } = find(key)
      return file.floats(tensor)
    },
    async rows(key, first, count) {
      const { file, tensor } = find(key)
      const { shape } = entries.get(key)!
      if (shape[0] === file.tensors.get(tensor)?.shape[0]) return file.rows(tensor, first, count)
      checkRows(name, key, shape, first, count)
      const row = elementCount(shape.slice(1))
      return (await file.floats(tensor)).subarray(first * row, (first + count) * row)
    },
  }
}

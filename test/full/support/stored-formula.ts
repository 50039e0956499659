import type { StoredType } from '../../../src/cli/synthesize/planned-file'
import { storedBytes } from '../../../src/cli/synthesize/fill'
import type { Shapes } from '../../../src/cli/synthesize/shapes'
import { BLOCK_TYPES, isBlockDType } from '../../../src/weights/quant/block-types'
import { DTYPE_BITS } from '../../../src/weights/dtype'
import { tensorBytes, weightFile, type TensorEntry, type WeightFile } from '../../../src/weights/weight-file'

/** A file of formula weights in the types that `dtype` gives, computed as they are read. */
export function storedFormula(
  name: string,
  shapes: Shapes,
  dtype: (tensor: string, shape: readonly number[]) => StoredType,
): WeightFile {
  const tensors = new Map<string, TensorEntry & { readonly dtype: StoredType }>()
  let offset = 0
  for (const [tensor, shape] of shapes) {
    const type = dtype(tensor, shape)
    const byteLength = tensorBytes(type, shape)
    tensors.set(tensor, { name: tensor, dtype: type, shape, offset, byteLength })
    offset += byteLength
  }
  return weightFile(name, {}, tensors, async ({ name: original, shape }, begin, length) => {
    const { dtype: type } = tensors.get(original)!
    const unit = isBlockDType(type) ? BLOCK_TYPES[type] : { elements: 1, bytes: DTYPE_BITS[type] / 8 }
    return storedBytes(
      { original, shape, dtype: type },
      (begin / unit.bytes) * unit.elements,
      (length / unit.bytes) * unit.elements,
    )
  })
}

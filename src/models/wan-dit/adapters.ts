// Wan's video transformer as a model that LoRAs change.
import type { AdapterBase } from '../../weights/adapters/adapter'
import type { WeightFile } from '../../weights/weight-file'
import { toDiffusersNames } from './diffusers-names'
import { DIT_KEYS } from './keys'

/** Widths of the layers that only one of Wan's sizes has: of the model, and of its feed-forward layers. */
const SIZES: readonly (readonly [widths: readonly number[], size: string])[] = [
  [[5120, 13824], 'a Wan model of 14B parameters'],
  [[3072, 14336], 'Wan 2.2 TI2V 5B'],
  [[1536, 8960], 'a Wan model of 1.3B parameters'],
]

/** @param file under Wan's original names and in its original shapes */
export function ditAdapterBase(file: WeightFile): AdapterBase {
  return {
    title: DIT_KEYS.title,
    tensors: file.tensors,
    spellings(name) {
      const other = toDiffusersNames(name)
      return other === name ? [] : [other]
    },
    trainedFor: (shape) => SIZES.find(([widths]) => shape.some((dim) => widths.includes(dim)))?.[1],
  }
}

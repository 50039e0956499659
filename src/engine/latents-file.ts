import { DIGITAL_SOURCE_TYPE } from '../media/made-by-model'
import type { ClipMetadata } from '../protocol/settings'
import { writeSafetensors } from '../weights/formats/safetensors'

/** The final latents [C, T, H, W], normalised as the transformer has them, as a safetensors file with the recipe. */
export function latentsFile(
  bytes: Uint8Array,
  shape: readonly number[],
  recipe: ClipMetadata,
): Uint8Array<ArrayBuffer> {
  return writeSafetensors([{ name: 'latents', dtype: 'F32', shape, bytes }], {
    recipe: JSON.stringify(recipe),
    digital_source_type: DIGITAL_SOURCE_TYPE,
  })
}

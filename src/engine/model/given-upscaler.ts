// An upscaler that the user gives with a clip, whatever the model.
import { blobSource } from '../../weights/sources/byte-source'
import { openWeights } from '../../weights/formats/open'
import { withCompanion } from './companions'
import { asWan } from './key-maps'
import type { ModelFiles } from './opened'

/** The name of a file that was picked. */
export function upscalerName(upscaler: Blob): string {
  return upscaler instanceof File ? upscaler.name : 'The upscaler'
}

/** The model with the upscaler in that file, in the place of its own. @throws WeightsError where that is none */
export async function withUpscaler(files: ModelFiles, upscaler: Blob): Promise<ModelFiles> {
  const name = upscalerName(upscaler)
  const { file } = await openWeights(blobSource(name, upscaler))
  const { networks, weights } = files
  return { ...files, ...withCompanion({ networks, weights }, 'upscaler', asWan(file, 'upscaler').file, name) }
}

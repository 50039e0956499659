import { openSafetensors, writeSafetensors } from '../../src/weights/formats/safetensors'
import { packWeight, unpackWeight, type WeightFormat } from '../../src/weights/quant/pack'
import { bufferSource } from '../../src/weights/sources/byte-source'
import type { WeightFile } from '../../src/weights/weight-file'

/** The same weights after a trip through a quantised format; block matrices only, as the loader does. */
export async function dequantised(file: WeightFile, format: WeightFormat): Promise<WeightFile> {
  const isBlockMatrix = (name: string): boolean =>
    /^(vace_)?blocks\.\d+\..*(attn\.[qkvo]|ffn\.[02]|after_proj)\.weight$/.test(name)
  const tensors = await Promise.all(
    [...file.tensors.values()].map(async ({ name, shape }) => {
      const values = await file.floats(name)
      const data = isBlockMatrix(name)
        ? unpackWeight(packWeight(values, shape[0]!, shape[1]!, format))
        : values
      return { name, dtype: 'F32' as const, shape, bytes: new Uint8Array(data.buffer) }
    }),
  )
  return openSafetensors(bufferSource(`${file.name} through ${format}`, writeSafetensors(tensors)))
}

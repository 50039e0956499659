import { matrixIn } from '../../weights/matrix'
import type { WeightFormat } from '../../weights/quant/pack'
import type { WeightFile } from '../../weights/weight-file'

/** The matrices that take the format that was asked for. */
const BLOCK_MATRIX = /^(vace_)?blocks\.\d+\..*(attn\.([qkvo]|[kv]_img)|ffn\.[02]|after_proj)\.weight$/

/**
 * How most of a DiT's matrices lie on the GPU where `asked` is asked for: what the file holds quantised keeps its
 * format.
 */
export function ditMatrixFormat(file: WeightFile, asked: WeightFormat): WeightFormat {
  const counts = { f16: 0, q8: 0, q4: 0 }
  for (const name of file.tensors.keys()) {
    if (BLOCK_MATRIX.test(name)) counts[matrixIn(file, name, asked).format]++
  }
  return (['q4', 'q8', 'f16'] as const).reduce((best, format) =>
    counts[format] > counts[best] ? format : best,
  )
}

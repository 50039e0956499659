// Quantisations that are not read here, by what they leave beside the weights: named for what they are.
import { elementCount, type TensorEntry } from '../weight-file'

const BY_NAME: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/\.weight\._(data|scale|shift)$/, 'by quanto'],
  [/\.weight\.quant_state\.bitsandbytes__nf4$/, 'as nf4 by bitsandbytes'],
  [/\.weight\.quant_state\.bitsandbytes__fp4$/, 'as fp4 by bitsandbytes'],
  [/\.weight\.(absmax|quant_map|nested_absmax)$/, 'by bitsandbytes'],
  [/\.(SCB|weight_format)$/, 'as int8 by bitsandbytes'],
  [/\.weight_scale_2$/, 'as nvfp4'],
  [/\.(wscales|smooth_factor|lora_down_quant)$/, 'by SVDQuant'],
  [/\.(qweight|qzeros|g_idx)$/, 'as GPTQ or AWQ do'],
  [/\.weight\.(_packed|tensor_impl|qdata)/, 'by torchao'],
]

/** int8 and fp8 with scales of their own: recognised by types and counts. */
function byScale(scale: TensorEntry, weight: TensorEntry | undefined): string | undefined {
  if (weight === undefined) return undefined
  if (scale.dtype === 'F8_E8M0') return weight.dtype === 'U8' ? 'as mxfp4' : 'as mxfp8'
  if (weight.dtype !== 'I8') return undefined
  const [rows = 1, ...rest] = weight.shape
  const count = elementCount(scale.shape)
  const ours = scale.dtype === 'F16' && count === rows * Math.ceil(elementCount(rest) / 32)
  if (ours && elementCount(rest) > 32) return undefined
  if (count === 1) return 'as int8 with one scale per weight'
  return count === rows && !ours ? 'as int8 with one scale a row' : undefined
}

/** How a file is quantised that cannot be read: "as nvfp4"; `undefined` where nothing is known against it. */
export function unreadQuantisation(tensors: ReadonlyMap<string, TensorEntry>): string | undefined {
  for (const [name, entry] of tensors) {
    const found = BY_NAME.find(([pattern]) => pattern.test(name))?.[1]
    if (found !== undefined) return found
    const [, weight] = /^(.*)\.(?:weight_scale|scale_weight)$/.exec(name) ?? []
    const scaled = weight === undefined ? undefined : byScale(entry, tensors.get(`${weight}.weight`))
    if (scaled !== undefined) return scaled
  }
  return undefined
}

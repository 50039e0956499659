// CLIP's vision transformer under the names of Wan's own file, from that and from the transformers library's.
import { WeightsError } from '../../weights/error'
import { viewFiles, type ViewedTensor } from '../../weights/file-view'
import { renameBy } from '../../weights/names'
import { elementCount, type WeightFile } from '../../weights/weight-file'

const ORIGINAL_SIGN = 'visual.transformer.0.attn.to_qkv.weight'
const TRANSFORMERS_SIGN = 'vision_model.encoder.layers.0.self_attn.q_proj.weight'

const fromTransformers = renameBy([
  [/^embeddings\.class_embedding$/, 'cls_embedding'],
  [/^embeddings\.patch_embedding\./, 'patch_embedding.'],
  [/^embeddings\.position_embedding\.weight$/, 'pos_embedding'],
  [/^pre_layrnorm\./, 'pre_norm.'], // spelled so there
  [/^post_layernorm\./, 'post_norm.'],
  [/^encoder\.layers\.(\d+)\.self_attn\.([qkv])_proj\./, 'transformer.$1.attn.$2.'],
  [/^encoder\.layers\.(\d+)\.self_attn\.out_proj\./, 'transformer.$1.attn.proj.'],
  [/^encoder\.layers\.(\d+)\.layer_norm([12])\./, 'transformer.$1.norm$2.'],
  [/^encoder\.layers\.(\d+)\.mlp\.fc1\./, 'transformer.$1.mlp.0.'],
  [/^encoder\.layers\.(\d+)\.mlp\.fc2\./, 'transformer.$1.mlp.2.'],
])

/** The prefix of `sign` in one of the file's names. */
function prefixOf(file: WeightFile, sign: string): string | undefined {
  const name = [...file.tensors.keys()].find((each) => each === sign || each.endsWith(`.${sign}`))
  return name?.slice(0, name.length - sign.length)
}

/** Whether the file holds CLIP's vision transformer. */
export function isClipVision(file: WeightFile): boolean {
  return [ORIGINAL_SIGN, TRANSFORMERS_SIGN].some((sign) => prefixOf(file, sign) !== undefined)
}

/**
 * The vision transformer alone, under Wan's names less "visual." and in their shapes.
 * @throws WeightsError where the file holds none
 */
export function asClipVision(file: WeightFile): WeightFile {
  const original = prefixOf(file, ORIGINAL_SIGN)
  const prefix = original ?? prefixOf(file, TRANSFORMERS_SIGN)
  if (prefix === undefined)
    throw new WeightsError(
      file.name,
      `${file.name} holds no vision transformer of CLIP: neither ${ORIGINAL_SIGN} nor ${TRANSFORMERS_SIGN} is there. Choose clip_vision_h.safetensors.`,
    )
  const start = `${prefix}${original === undefined ? 'vision_model.' : 'visual.'}`
  const tensors = new Map<string, ViewedTensor>()
  for (const { name, shape } of file.tensors.values()) {
    if (!name.startsWith(start)) continue
    const own = name.slice(start.length)
    const renamed = original === undefined ? fromTransformers(own) : own
    const width = shape.at(-1) ?? 0
    const embedding =
      renamed === 'cls_embedding' || renamed === 'pos_embedding'
        ? { shape: [1, elementCount(shape) / width, width] }
        : {}
    tensors.set(renamed, { file, tensor: name, ...embedding })
  }
  return viewFiles(file.name, file.metadata, tensors)
}

// The video transformer's names: original (also in ComfyUI's and GGUF files), and diffusers'.
import { asIs, layersOf, renameBy, weightAndBias, type ModelKeys, type Tensors } from '../../weights/names'
import { elementCount } from '../../weights/weight-file'

/** diffusers' names. Its norm2 is norm3 of the original: the others have no weights. */
const fromDiffusers = renameBy([
  [/^condition_embedder\.time_embedder\.linear_1\./, 'time_embedding.0.'],
  [/^condition_embedder\.time_embedder\.linear_2\./, 'time_embedding.2.'],
  [/^condition_embedder\.text_embedder\.linear_1\./, 'text_embedding.0.'],
  [/^condition_embedder\.text_embedder\.linear_2\./, 'text_embedding.2.'],
  [/^condition_embedder\.time_proj\./, 'time_projection.1.'],
  [/^condition_embedder\.image_embedder\.norm1\./, 'img_emb.proj.0.'],
  [/^condition_embedder\.image_embedder\.ff\.net\.0\.proj\./, 'img_emb.proj.1.'],
  [/^condition_embedder\.image_embedder\.ff\.net\.2\./, 'img_emb.proj.3.'],
  [/^condition_embedder\.image_embedder\.norm2\./, 'img_emb.proj.4.'],
  [/^condition_embedder\.image_embedder\.pos_embed$/, 'img_emb.emb_pos'],
  [/^(vace_blocks\.\d+)\.proj_in\./, '$1.before_proj.'],
  [/^(vace_blocks\.\d+)\.proj_out\./, '$1.after_proj.'],
  [/^scale_shift_table$/, 'head.modulation'],
  [/^proj_out\./, 'head.head.'],
  [/^((?:vace_)?blocks\.\d+)\.scale_shift_table$/, '$1.modulation'],
  [/^((?:vace_)?blocks\.\d+)\.norm2\./, '$1.norm3.'],
  [/^((?:vace_)?blocks\.\d+)\.attn1\.to_([qkv])\./, '$1.self_attn.$2.'],
  [/^((?:vace_)?blocks\.\d+)\.attn2\.to_([qkv])\./, '$1.cross_attn.$2.'],
  [/^((?:vace_)?blocks\.\d+)\.attn1\.to_out\.0\./, '$1.self_attn.o.'],
  [/^((?:vace_)?blocks\.\d+)\.attn2\.to_out\.0\./, '$1.cross_attn.o.'],
  [/^((?:vace_)?blocks\.\d+)\.attn2\.add_([kv])_proj\./, '$1.cross_attn.$2_img.'],
  [/^((?:vace_)?blocks\.\d+)\.attn2\.norm_added_k\./, '$1.cross_attn.norm_k_img.'],
  [/^((?:vace_)?blocks\.\d+)\.attn1\./, '$1.self_attn.'],
  [/^((?:vace_)?blocks\.\d+)\.attn2\./, '$1.cross_attn.'],
  [/^((?:vace_)?blocks\.\d+)\.ffn\.net\.0\.proj\./, '$1.ffn.0.'],
  [/^((?:vace_)?blocks\.\d+)\.ffn\.net\.2\./, '$1.ffn.2.'],
])

function attention(name: string): string[] {
  return [
    ...weightAndBias(`${name}.q`, `${name}.k`, `${name}.v`, `${name}.o`),
    `${name}.norm_q.weight`,
    `${name}.norm_k.weight`,
  ]
}

function blockNames(block: string): string[] {
  return [
    `${block}.modulation`,
    ...attention(`${block}.self_attn`),
    ...attention(`${block}.cross_attn`),
    ...weightAndBias(`${block}.norm3`, `${block}.ffn.0`, `${block}.ffn.2`),
  ]
}

/** VACE's side blocks, where there is anything of them. */
function vaceNames(tensors: Tensors): string[] {
  if (![...tensors.keys()].some((name) => name.startsWith('vace_'))) return []
  return [
    ...weightAndBias('vace_patch_embedding', 'vace_blocks.0.before_proj'),
    ...layersOf(tensors, 'vace_blocks').flatMap((block) => [
      ...blockNames(block),
      ...weightAndBias(`${block}.after_proj`),
    ]),
  ]
}

/** What a model has that attends to pictures, where there is any of it. */
function imageNames(tensors: Tensors): string[] {
  const has = [...tensors.keys()].some((name) => /^img_emb\.|\.cross_attn\.(k|v|norm_k)_img\./.test(name))
  if (!has) return []
  return [
    ...weightAndBias('img_emb.proj.0', 'img_emb.proj.1', 'img_emb.proj.3', 'img_emb.proj.4'),
    ...(tensors.has('img_emb.emb_pos') ? ['img_emb.emb_pos'] : []),
    ...layersOf(tensors, 'blocks').flatMap((block) => [
      ...weightAndBias(`${block}.cross_attn.k_img`, `${block}.cross_attn.v_img`),
      `${block}.cross_attn.norm_k_img.weight`,
    ]),
  ]
}

/** Elements a patch has in time, height and width; the same in every Wan. */
const PATCH = [1, 2, 2]

export const DIT_KEYS: ModelKeys = {
  model: 'dit',
  title: "Wan's video transformer",
  namings: [
    { naming: 'original', sign: 'head.modulation', rename: () => asIs },
    { naming: 'diffusers', sign: 'condition_embedder.time_proj.weight', rename: () => fromDiffusers },
  ],
  dropped: [
    /\.to_gate_compress\.(weight|bias)$/, // FastWan's gate of sparse attention; full attention has none
    /\.attn_op\.local_attn\.proj_l\.(weight|bias)$/, // TurboDiffusion's, of linear attention
    /\._extra_state$/,
    /\.(scale_input|input_scale|comfy_quant)$/, // of activations in fp8
  ],
  extras: [],
  foreign: [[/\.(weight_)?scales$/, 'is quantised in a way that Zoetrope does not read']],
  expected: (tensors) => [
    ...weightAndBias(
      'patch_embedding',
      'text_embedding.0',
      'text_embedding.2',
      'time_embedding.0',
      'time_embedding.2',
      'time_projection.1',
      'head.head',
    ),
    'head.modulation',
    ...layersOf(tensors, 'blocks').flatMap(blockNames),
    ...imageNames(tensors),
    ...vaceNames(tensors),
  ],
  shape: shapeUnder,
}

/** VACE's side blocks alone, to be laid over a video transformer of their size. */
export const VACE_MODULE_KEYS: ModelKeys = {
  model: 'vaceModule',
  title: 'a VACE module',
  namings: [
    { naming: 'original', sign: 'vace_blocks.0.after_proj.weight', rename: () => asIs },
    { naming: 'diffusers', sign: 'vace_blocks.0.proj_out.weight', rename: () => fromDiffusers },
  ],
  dropped: DIT_KEYS.dropped,
  extras: [],
  foreign: DIT_KEYS.foreign,
  expected: vaceNames,
  shape: shapeUnder,
}

/** The shape of a tensor that some files store in another. */
function shapeUnder(name: string, tensors: Tensors): readonly number[] | undefined {
  const found = tensors.get(name)?.shape ?? []
  // GGUF omits leading ones.
  if ((name.endsWith('modulation') || name === 'img_emb.emb_pos') && found.length === 2) return [1, ...found]
  // rCM stores it as the matrix of a linear layer, others with its first dimensions merged: the order is the same.
  if (/^(vace_)?patch_embedding\.weight$/.test(name) && found.length !== 5) {
    const rows = elementCount(tensors.get(name.replace('weight', 'bias'))?.shape ?? [0])
    const channels = elementCount(found) / (rows * elementCount(PATCH))
    return rows > 0 && Number.isInteger(channels) ? [rows, channels, ...PATCH] : undefined
  }
  return undefined
}

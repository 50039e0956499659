// diffusers' names of the video transformer's tensors, by the original ones: the inverse of the key map.
import { renameBy } from '../../weights/names'

/** diffusers' norm2 is norm3 of the original. */
export const toDiffusersNames = renameBy([
  [/^time_embedding\.0\./, 'condition_embedder.time_embedder.linear_1.'],
  [/^time_embedding\.2\./, 'condition_embedder.time_embedder.linear_2.'],
  [/^text_embedding\.0\./, 'condition_embedder.text_embedder.linear_1.'],
  [/^text_embedding\.2\./, 'condition_embedder.text_embedder.linear_2.'],
  [/^time_projection\.1\./, 'condition_embedder.time_proj.'],
  [/^(vace_blocks\.\d+)\.before_proj\./, '$1.proj_in.'],
  [/^(vace_blocks\.\d+)\.after_proj\./, '$1.proj_out.'],
  [/^head\.modulation$/, 'scale_shift_table'],
  [/^head\.head\./, 'proj_out.'],
  [/^((?:vace_)?blocks\.\d+)\.modulation$/, '$1.scale_shift_table'],
  [/^((?:vace_)?blocks\.\d+)\.norm3\./, '$1.norm2.'],
  [/^img_emb\.proj\.0\./, 'condition_embedder.image_embedder.norm1.'],
  [/^img_emb\.proj\.1\./, 'condition_embedder.image_embedder.ff.net.0.proj.'],
  [/^img_emb\.proj\.3\./, 'condition_embedder.image_embedder.ff.net.2.'],
  [/^img_emb\.proj\.4\./, 'condition_embedder.image_embedder.norm2.'],
  [/^img_emb\.emb_pos$/, 'condition_embedder.image_embedder.pos_embed'],
  [/^((?:vace_)?blocks\.\d+)\.cross_attn\.([kv])_img\./, '$1.attn2.add_$2_proj.'],
  [/^((?:vace_)?blocks\.\d+)\.cross_attn\.norm_k_img\./, '$1.attn2.norm_added_k.'],
  [/^((?:vace_)?blocks\.\d+)\.self_attn\.([qkv])\./, '$1.attn1.to_$2.'],
  [/^((?:vace_)?blocks\.\d+)\.cross_attn\.([qkv])\./, '$1.attn2.to_$2.'],
  [/^((?:vace_)?blocks\.\d+)\.self_attn\.o\./, '$1.attn1.to_out.0.'],
  [/^((?:vace_)?blocks\.\d+)\.cross_attn\.o\./, '$1.attn2.to_out.0.'],
  [/^((?:vace_)?blocks\.\d+)\.self_attn\./, '$1.attn1.'],
  [/^((?:vace_)?blocks\.\d+)\.cross_attn\./, '$1.attn2.'],
  [/^((?:vace_)?blocks\.\d+)\.ffn\.0\./, '$1.ffn.net.0.proj.'],
  [/^((?:vace_)?blocks\.\d+)\.ffn\.2\./, '$1.ffn.net.2.'],
])

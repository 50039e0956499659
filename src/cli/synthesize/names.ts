// Names of Wan's tensors in other programs: the inverse of the models' key maps.

export type DitNaming = 'original' | 'comfyui' | 'diffusers'

type Rules = readonly (readonly [pattern: RegExp, replacement: string])[]

function renamed(rules: Rules, name: string): string {
  const rule = rules.find(([pattern]) => pattern.test(name))
  return rule ? name.replace(rule[0], rule[1]) : name
}

/** diffusers' norm2 is norm3 of the original. */
const DIFFUSERS: Rules = [
  [/^time_embedding\.0\./, 'condition_embedder.time_embedder.linear_1.'],
  [/^time_embedding\.2\./, 'condition_embedder.time_embedder.linear_2.'],
  [/^text_embedding\.0\./, 'condition_embedder.text_embedder.linear_1.'],
  [/^text_embedding\.2\./, 'condition_embedder.text_embedder.linear_2.'],
  [/^time_projection\.1\./, 'condition_embedder.time_proj.'],
  [/^head\.modulation$/, 'scale_shift_table'],
  [/^head\.head\./, 'proj_out.'],
  [/^(blocks\.\d+)\.modulation$/, '$1.scale_shift_table'],
  [/^(blocks\.\d+)\.norm3\./, '$1.norm2.'],
  [/^(blocks\.\d+)\.self_attn\.([qkv])\./, '$1.attn1.to_$2.'],
  [/^(blocks\.\d+)\.cross_attn\.([qkv])\./, '$1.attn2.to_$2.'],
  [/^(blocks\.\d+)\.self_attn\.o\./, '$1.attn1.to_out.0.'],
  [/^(blocks\.\d+)\.cross_attn\.o\./, '$1.attn2.to_out.0.'],
  [/^(blocks\.\d+)\.self_attn\./, '$1.attn1.'],
  [/^(blocks\.\d+)\.cross_attn\./, '$1.attn2.'],
  [/^(blocks\.\d+)\.ffn\.0\./, '$1.ffn.net.0.proj.'],
  [/^(blocks\.\d+)\.ffn\.2\./, '$1.ffn.net.2.'],
]

const LLAMA: Rules = [
  [/^token_embedding\./, 'token_embd.'],
  [/^norm\./, 'enc.output_norm.'],
  [/^blocks\.(\d+)\.norm1\./, 'enc.blk.$1.attn_norm.'],
  [/^blocks\.(\d+)\.norm2\./, 'enc.blk.$1.ffn_norm.'],
  [/^blocks\.(\d+)\.attn\.([qkvo])\./, 'enc.blk.$1.attn_$2.'],
  [/^blocks\.(\d+)\.pos_embedding\.embedding\./, 'enc.blk.$1.attn_rel_b.'],
  [/^blocks\.(\d+)\.ffn\.gate\.0\./, 'enc.blk.$1.ffn_gate.'],
  [/^blocks\.(\d+)\.ffn\.fc1\./, 'enc.blk.$1.ffn_up.'],
  [/^blocks\.(\d+)\.ffn\.fc2\./, 'enc.blk.$1.ffn_down.'],
]

export function ditName(original: string, naming: DitNaming): string {
  if (naming === 'comfyui') return `model.diffusion_model.${original}`
  return naming === 'diffusers' ? renamed(DIFFUSERS, original) : original
}

/** llama.cpp's name for a tensor of the text encoder. */
export function llamaName(original: string): string {
  return renamed(LLAMA, original)
}

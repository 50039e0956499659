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
  [/^img_emb\.proj\.0\./, 'condition_embedder.image_embedder.norm1.'],
  [/^img_emb\.proj\.1\./, 'condition_embedder.image_embedder.ff.net.0.proj.'],
  [/^img_emb\.proj\.3\./, 'condition_embedder.image_embedder.ff.net.2.'],
  [/^img_emb\.proj\.4\./, 'condition_embedder.image_embedder.norm2.'],
  [/^img_emb\.emb_pos$/, 'condition_embedder.image_embedder.pos_embed'],
  [/^(blocks\.\d+)\.cross_attn\.([kv])_img\./, '$1.attn2.add_$2_proj.'],
  [/^(blocks\.\d+)\.cross_attn\.norm_k_img\./, '$1.attn2.norm_added_k.'],
  [/^(blocks\.\d+)\.self_attn\.([qkv])\./, '$1.attn1.to_$2.'],
  [/^(blocks\.\d+)\.cross_attn\.([qkv])\./, '$1.attn2.to_$2.'],
  [/^(blocks\.\d+)\.self_attn\.o\./, '$1.attn1.to_out.0.'],
  [/^(blocks\.\d+)\.cross_attn\.o\./, '$1.attn2.to_out.0.'],
  [/^(blocks\.\d+)\.self_attn\./, '$1.attn1.'],
  [/^(blocks\.\d+)\.cross_attn\./, '$1.attn2.'],
  [/^(blocks\.\d+)\.ffn\.0\./, '$1.ffn.net.0.proj.'],
  [/^(blocks\.\d+)\.ffn\.2\./, '$1.ffn.net.2.'],
]

const VAE_OUTSIDE: Rules = [
  [/^conv1\./, 'quant_conv.'],
  [/^conv2\./, 'post_quant_conv.'],
  [/^(encoder|decoder)\.conv1\./, '$1.conv_in.'],
  [/^(encoder|decoder)\.head\.0\./, '$1.norm_out.'],
  [/^(encoder|decoder)\.head\.2\./, '$1.conv_out.'],
  [/^(encoder|decoder)\.middle\.0\./, '$1.mid_block.resnets.0.'],
  [/^(encoder|decoder)\.middle\.1\./, '$1.mid_block.attentions.0.'],
  [/^(encoder|decoder)\.middle\.2\./, '$1.mid_block.resnets.1.'],
]

const VAE_BLOCK: Rules = [
  [/\.residual\.0\./, '.norm1.'],
  [/\.residual\.2\./, '.conv1.'],
  [/\.residual\.3\./, '.norm2.'],
  [/\.residual\.6\./, '.conv2.'],
  [/\.shortcut\./, '.conv_shortcut.'],
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

/** diffusers' name of a tensor of Wan 2.1's VAE, whose decoder has `layers` a level, the upsampler counted. */
export function vaeDiffusersName(original: string, layers: number): string {
  const inBlocks = original
    .replace(/^encoder\.downsamples\.(\d+)\./, 'encoder.down_blocks.$1.')
    .replace(/^decoder\.upsamples\.(\d+)\./, (_, index: string) => {
      const [level, layer] = [Math.floor(Number(index) / layers), Number(index) % layers]
      return `decoder.up_blocks.${level}.${layer < layers - 1 ? `resnets.${layer}` : 'upsamplers.0'}.`
    })
  return renamed(VAE_BLOCK, renamed(VAE_OUTSIDE, inBlocks))
}

/** diffusers' name of a tensor of Wan 2.2's VAE. */
export function vae22DiffusersName(original: string): string {
  const isResampler = /\.(resample|time_conv)\./.test(original)
  const inBlocks = original
    .replace(
      /^encoder\.downsamples\.(\d+)\.downsamples\.(\d+)\./,
      (_, group: string, layer: string) =>
        `encoder.down_blocks.${group}.${isResampler ? 'downsampler' : `resnets.${layer}`}.`,
    )
    .replace(
      /^decoder\.upsamples\.(\d+)\.upsamples\.(\d+)\./,
      (_, group: string, layer: string) =>
        `decoder.up_blocks.${group}.${isResampler ? 'upsampler' : `resnets.${layer}`}.`,
    )
  return renamed(VAE_BLOCK, renamed(VAE_OUTSIDE, inBlocks))
}

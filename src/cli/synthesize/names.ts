// Names of Wan's tensors in other programs: the inverse of the models' key maps.
import { toDiffusersNames } from '../../models/wan-dit/diffusers-names'

export type DitNaming = 'original' | 'comfyui' | 'diffusers'

type Rules = readonly (readonly [pattern: RegExp, replacement: string])[]

function renamed(rules: Rules, name: string): string {
  const rule = rules.find(([pattern]) => pattern.test(name))
  return rule ? name.replace(rule[0], rule[1]) : name
}

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
  return naming === 'diffusers' ? toDiffusersNames(original) : original
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

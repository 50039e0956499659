// The text encoder's names: original, Hugging Face's (also in ComfyUI's files), and llama.cpp's in GGUF.
import { asIs, layersOf, renameBy, type ModelKeys, type Rename, type Tensors } from '../../weights/names'

const fromHuggingFace = renameBy([
  [/^shared\./, 'token_embedding.'],
  [/^encoder\.final_layer_norm\./, 'norm.'],
  [/^encoder\.block\.(\d+)\.layer\.0\.layer_norm\./, 'blocks.$1.norm1.'],
  [/^encoder\.block\.(\d+)\.layer\.0\.SelfAttention\.([qkvo])\./, 'blocks.$1.attn.$2.'],
  [
    /^encoder\.block\.(\d+)\.layer\.0\.SelfAttention\.relative_attention_bias\./,
    'blocks.$1.pos_embedding.embedding.',
  ],
  [/^encoder\.block\.(\d+)\.layer\.1\.layer_norm\./, 'blocks.$1.norm2.'],
  [/^encoder\.block\.(\d+)\.layer\.1\.DenseReluDense\.wi_0\./, 'blocks.$1.ffn.gate.0.'],
  [/^encoder\.block\.(\d+)\.layer\.1\.DenseReluDense\.wi_1\./, 'blocks.$1.ffn.fc1.'],
  [/^encoder\.block\.(\d+)\.layer\.1\.DenseReluDense\.wo\./, 'blocks.$1.ffn.fc2.'],
])

const fromLlama = renameBy([
  [/^token_embd\./, 'token_embedding.'],
  [/^enc\.output_norm\./, 'norm.'],
  [/^enc\.blk\.(\d+)\.attn_norm\./, 'blocks.$1.norm1.'],
  [/^enc\.blk\.(\d+)\.attn_([qkvo])\./, 'blocks.$1.attn.$2.'],
  [/^enc\.blk\.(\d+)\.attn_rel_b\./, 'blocks.$1.pos_embedding.embedding.'],
  [/^enc\.blk\.(\d+)\.ffn_norm\./, 'blocks.$1.norm2.'],
  [/^enc\.blk\.(\d+)\.ffn_gate\./, 'blocks.$1.ffn.gate.0.'],
  [/^enc\.blk\.(\d+)\.ffn_up\./, 'blocks.$1.ffn.fc1.'],
  [/^enc\.blk\.(\d+)\.ffn_down\./, 'blocks.$1.ffn.fc2.'],
])

const TIED = 'encoder.embed_tokens.weight'

/** The encoder's table may be the only one; where there are two, they are equal, and `dropped` lists the second. */
function huggingFaceNames(tensors: Tensors): Rename {
  return (name) =>
    name === TIED && !tensors.has('shared.weight') ? 'token_embedding.weight' : fromHuggingFace(name)
}

export const UMT5_KEYS: ModelKeys = {
  model: 'textEncoder',
  title: "Wan's text encoder umT5",
  namings: [
    { naming: 'original', sign: 'blocks.0.pos_embedding.embedding.weight', rename: () => asIs },
    {
      naming: 'transformers',
      sign: 'encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight',
      rename: huggingFaceNames,
    },
    { naming: 'llama.cpp', sign: 'enc.blk.0.attn_rel_b.weight', rename: () => fromLlama },
  ],
  // The decoder of a complete T5, and its second name for the embedding.
  dropped: [
    /^decoder\./,
    /^lm_head\./,
    /^dec\./,
    /^output\.weight$/,
    /^encoder\.embed_tokens\.weight$/,
    /\.(scale_input|input_scale|comfy_quant)$/,
  ],
  extras: ['spiece_model'],
  foreign: [],
  lookalike: (missing) =>
    missing.every((name) => /^blocks\.[1-9]\d*\.pos_embedding\./.test(name))
      ? 'is a T5 with one table of positions for all its layers, as Flux and SD 3 use; umT5 has one in each'
      : undefined,
  expected: (tensors) => [
    'token_embedding.weight',
    'norm.weight',
    ...layersOf(tensors, 'blocks').flatMap((block) =>
      [
        'norm1',
        'attn.q',
        'attn.k',
        'attn.v',
        'attn.o',
        'norm2',
        'ffn.gate.0',
        'ffn.fc1',
        'ffn.fc2',
        'pos_embedding.embedding',
      ].map((part) => `${block}.${part}.weight`),
    ),
  ],
  shape: () => undefined,
}

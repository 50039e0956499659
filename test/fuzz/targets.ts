// What is fuzzed: for each parser, inputs made of its own structure, and what a reader does with the result.
import { journal, lists, manifest, recipe } from './document-targets'
import { lora } from './lora-targets'
import type { Target } from './target'
import { sentencepiece, tokenizer } from './tokenizer-targets'
import { gguf, index, layout, safetensors, torch } from './weights-targets'

export const TARGETS: readonly Target[] = [
  safetensors,
  layout,
  gguf,
  torch,
  index,
  lora,
  tokenizer,
  sentencepiece,
  manifest,
  lists,
  recipe,
  journal,
]

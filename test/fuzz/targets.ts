// What is fuzzed: for each parser, inputs made of its own structure, and what a reader does with the result.
import { adapters } from './adapter-targets'
import { journal, lists, manifest, recipe, runs } from './document-targets'
import { backups, links, notes, pictures } from './media-targets'
import { messages } from './message-targets'
import type { Target } from './target'
import { sentencepiece, tokenizer } from './tokenizer-targets'
import { gguf, index, layout, safetensors, torch } from './weights-targets'

export const TARGETS: readonly Target[] = [
  safetensors,
  layout,
  gguf,
  torch,
  index,
  adapters,
  tokenizer,
  sentencepiece,
  manifest,
  lists,
  recipe,
  notes,
  links,
  pictures,
  backups,
  messages,
  journal,
  runs,
]

import { env, T5Tokenizer } from '@huggingface/transformers'
import { WeightsError } from '../../weights/error'
import type { Tokenizer } from '../family'
import { cleanPrompt } from './clean-prompt'

const EOS = 1

// Everything comes from the caller: the library must neither fetch nor cache.
env.allowRemoteModels = false
env.allowLocalModels = false
env.useBrowserCache = false
env.useWasmCache = false

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * The tokenizer of a T5 model from the parsed `tokenizer.json` and `tokenizer_config.json`.
 * @throws WeightsError when they are not those of a Unigram tokenizer with eos 1.
 */
export async function loadTokenizer(tokenizerJson: unknown, tokenizerConfig: unknown): Promise<Tokenizer> {
  if (
    !isRecord(tokenizerJson) ||
    !isRecord(tokenizerJson['model']) ||
    tokenizerJson['model']['type'] !== 'Unigram'
  ) {
    throw new WeightsError(
      'tokenizer.json',
      'tokenizer.json is not a Unigram tokenizer, which umT5 needs. Choose the tokenizer.json of the same model.',
    )
  }
  if (!isRecord(tokenizerConfig)) {
    throw new WeightsError(
      'tokenizer_config.json',
      'tokenizer_config.json is not a JSON object. Choose the tokenizer_config.json of the same model.',
    )
  }
  // With T5's own names where the config has none.
  const tokenizer = new T5Tokenizer(tokenizerJson, {
    eos_token: '</s>',
    pad_token: '<pad>',
    unk_token: '<unk>',
    ...tokenizerConfig,
  })
  if (tokenizer.eos_token_id !== EOS) {
    throw new WeightsError(
      'tokenizer.json',
      `tokenizer.json gives eos the id ${tokenizer.eos_token_id}; umT5 needs ${EOS}. Choose the tokenizer.json of the same model.`,
    )
  }
  return {
    encode(prompt, maxTokens) {
      if (!Number.isInteger(maxTokens) || maxTokens < 1)
        throw new RangeError(`maxTokens is ${maxTokens}; it must be a whole number from 1.`)
      const tokens = tokenizer.encode(cleanPrompt(prompt), { add_special_tokens: false })
      const truncated = tokens.length > maxTokens - 1
      return { ids: [...tokens.slice(0, maxTokens - 1), EOS], truncated }
    },
  }
}

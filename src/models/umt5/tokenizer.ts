import { env, T5Tokenizer } from '@huggingface/transformers'
import { WeightsError } from '../../weights/error'
import type { Tokenizer } from '../family'
import { checkedConfig, checkedTokenizer } from './checked-tokenizer'
import { cleanPrompt } from './clean-prompt'

const EOS = 1

// Everything comes from the caller, so the library must neither fetch nor cache.
env.allowRemoteModels = false
env.allowLocalModels = false
env.useBrowserCache = false
env.useWasmCache = false

/**
 * The tokenizer of a T5 model from the parsed `tokenizer.json` and `tokenizer_config.json`.
 * @param source name of the file, for messages
 * @throws WeightsError when they are not those of a Unigram tokenizer with eos 1.
 */
export async function loadTokenizer(
  tokenizerJson: unknown,
  tokenizerConfig: unknown,
  source = 'tokenizer.json',
): Promise<Tokenizer> {
  const document = checkedTokenizer(source, tokenizerJson)
  const tokenizer = madeOf(document, checkedConfig('tokenizer_config.json', tokenizerConfig), source)
  if (tokenizer.eos_token_id !== EOS) {
    throw new WeightsError(
      source,
      `${source} gives eos the id ${tokenizer.eos_token_id}; umT5 needs ${EOS}. Choose the tokenizer.json of the same model.`,
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

/** What the library does not take is the file's fault: the document is sound in form. */
function madeOf(document: object, config: object, source: string): T5Tokenizer {
  try {
    return new T5Tokenizer(document, config)
  } catch (error) {
    throw new WeightsError(
      source,
      `${source} is not a tokenizer that works (${error instanceof Error ? error.message : String(error)}). Choose the tokenizer.json of the same model.`,
    )
  }
}

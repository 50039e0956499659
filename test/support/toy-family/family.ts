// A family of toy networks: everything that a new family has to bring.
import type { Family, Networks, Tokenizer } from '../../../src/models/family'
import { GEOMETRY, openDecoder, openDenoiser, openText, TEXT_DIM } from './networks'

const networks = (maxTokens: number): Networks => ({
  geometry: GEOMETRY,
  maxTokens,
  textDim: TEXT_DIM,
  textSteps: 1,
  openText,
  openDenoiser,
  openDecoder,
  matrixFormat: () => 'f16',
})

/** Words by their place in a list; an unknown one is 0. */
function tokenizerOf(words: readonly string[]): Tokenizer {
  return {
    encode: (prompt, maxTokens) => {
      const ids = prompt.split(' ').map((word) => 1 + words.indexOf(word))
      return { ids: ids.slice(0, maxTokens), truncated: ids.length > maxTokens }
    },
  }
}

export const TOY: Family = {
  id: 'toy',
  roles: ['toy'],
  tokenizer: { roles: ['words'], open: async ({ words }) => tokenizerOf(words as string[]) },
  configure: (config) => networks(config.get('maxTokens').integer(1, 100)),
  recognise: () => undefined,
}

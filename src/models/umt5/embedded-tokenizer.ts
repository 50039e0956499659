// The tokenizer inside a text encoder's file: in GGUF's metadata, or in ComfyUI's tensor `spiece_model`.
import { WeightsError } from '../../weights/error'
import { isGguf, type GgufFile } from '../../weights/formats/gguf'
import { parseSentencePiece } from './sentencepiece'
import {
  MAX_PIECES,
  pieceKind,
  tokenizerDocuments,
  type Piece,
  type TokenizerDocuments,
  type UnigramVocabulary,
} from './tokenizer-json'
import type { WeightFile } from '../../weights/weight-file'

const SPIECE = 'spiece_model'
const MAX_SPIECE = 64 << 20

/** From `tokenizer.ggml.*`, as llama.cpp's converter writes them for T5. */
async function ggufVocabulary(file: GgufFile): Promise<UnigramVocabulary> {
  const fail = (problem: string): never => {
    throw new WeightsError(
      file.name,
      `${file.name}: its tokenizer ${problem}. Choose another file of umT5, or its tokenizer.json.`,
    )
  }
  const kind = file.metadata['tokenizer.ggml.model']
  if (kind !== 't5') fail(`is of the kind ${kind ?? 'unknown'} and must be t5`)
  for (const key of ['tokens', 'scores', 'token_type']) {
    const found = file.values.get(`tokenizer.ggml.${key}`)
    if (found?.kind === 'array' && found.count > MAX_PIECES)
      fail(`has ${found.count} ${key}; the most allowed is ${MAX_PIECES}`)
  }
  const texts = await file.strings('tokenizer.ggml.tokens')
  const scores = await file.numbers('tokenizer.ggml.scores')
  const types = await file.numbers('tokenizer.ggml.token_type')
  if (scores.length !== texts.length || types.length !== texts.length) {
    fail(
      `has ${texts.length} pieces, ${scores.length} scores and ${types.length} kinds, which must be as many`,
    )
  }
  const pieces = texts.map((text, id): Piece => ({
    text,
    score: scores[id]!,
    kind:
      pieceKind(types[id]!) ?? fail(`has for piece ${id} the kind ${types[id]}, which is not one of 1 to 6`),
  }))
  const characterMap = file.values.get('tokenizer.ggml.precompiled_charsmap')
  return {
    pieces,
    hasCharacterMap: characterMap?.kind === 'array' && characterMap.count > 0,
    addsSpacePrefix: file.metadata['tokenizer.ggml.add_space_prefix'] !== 'false',
  }
}

/**
 * Reads the tokenizer inside a weight file, as the documents that `loadTokenizer` takes; `undefined` where there is
 * none. Takes the file as it was opened: a view by `asWan` has lost the metadata.
 * @throws WeightsError where the tokenizer is not a sound Unigram one
 */
export async function embeddedTokenizer(file: WeightFile): Promise<TokenizerDocuments | undefined> {
  if (isGguf(file))
    return file.values.has('tokenizer.ggml.tokens')
      ? tokenizerDocuments(file.name, await ggufVocabulary(file))
      : undefined
  const entry = [...file.tensors.values()].find(({ name }) => name === SPIECE || name.endsWith(`.${SPIECE}`))
  if (!entry) return undefined
  if (entry.byteLength > MAX_SPIECE)
    throw new WeightsError(
      file.name,
      `${file.name}: tensor ${entry.name} has ${entry.byteLength} bytes; a sentencepiece model has at most ${MAX_SPIECE}.`,
    )
  return tokenizerDocuments(file.name, parseSentencePiece(file.name, await file.bytes(entry.name)))
}

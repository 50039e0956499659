// Finds the tokenizer of a set of raw files: tokenizer.json, sentencepiece's spiece.model, or the one inside the text
// encoder's file.
import { embeddedTokenizer } from '../../models/umt5/embedded-tokenizer'
import { checkedTokenizer, TOKENIZER_JSON } from '../../models/umt5/checked-tokenizer'
import { WeightsError } from '../../weights/error'
import { readBoundedJson } from '../../weights/formats/bounded-json'
import type { ModelFolder } from '../../weights/sources/model-folder'
import type { ModelPart } from './parts'
import { parseSentencePiece } from '../../models/umt5/sentencepiece'
import { tokenizerDocuments, type TokenizerDocuments } from '../../models/umt5/tokenizer-json'

/** Of a sentencepiece model; umT5's has 4.5 MB. */
const MAX_BYTES = 64 << 20
/** Tokenizers of one kind that are looked into. */
const MOST_TRIED = 8

function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

async function bytesOf(folder: ModelFolder, path: string): Promise<Uint8Array<ArrayBuffer>> {
  const source = await folder.open(path)
  if (source.size > MAX_BYTES)
    throw new WeightsError(
      path,
      `${path} has ${source.size} bytes; a tokenizer has at most ${MAX_BYTES}. Choose umT5's.`,
    )
  return source.read(0, source.size)
}

async function jsonObject(folder: ModelFolder, path: string): Promise<Record<string, unknown>> {
  const advice = 'Choose the tokenizer.json of umT5.'
  const value = await readBoundedJson(await folder.open(path), TOKENIZER_JSON, advice)
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>
  throw new WeightsError(path, `${path} is not a JSON object. ${advice}`)
}

/** Pieces of a Unigram tokenizer's vocabulary. */
function pieceCount({ tokenizer }: TokenizerDocuments): number | undefined {
  const { model } = tokenizer
  const vocab = typeof model === 'object' && model !== null && 'vocab' in model ? model.vocab : undefined
  return Array.isArray(vocab) ? vocab.length : undefined
}

/**
 * Refuses another model's tokenizer, whose ids would be meaningless: the number of pieces must equal the embedding's
 * rows, less some padding.
 */
function check(
  documents: TokenizerDocuments,
  path: string,
  { path: encoder, wan }: ModelPart,
): TokenizerDocuments {
  const pieces = pieceCount(documents)
  const rows = wan.file.tensors.get('token_embedding.weight')?.shape[0] ?? 0
  if (pieces !== undefined && (pieces > rows || pieces < rows - Math.max(1024, rows / 4))) {
    throw new WeightsError(
      path,
      `${path} has a tokenizer of ${pieces} pieces, and ${encoder} knows ${rows}. Choose the tokenizer of the same text encoder.`,
    )
  }
  return documents
}

/** A tokenizer and the name of the file that it came from. */
export interface FoundTokenizer extends TokenizerDocuments {
  readonly path: string
}

/** The one in `path`. @throws WeightsError where it is not umT5's, or belongs to another encoder */
async function readTokenizer(folder: ModelFolder, path: string, encoder: ModelPart): Promise<FoundTokenizer> {
  if (path.endsWith('.model')) {
    const documents = tokenizerDocuments(path, parseSentencePiece(path, await bytesOf(folder, path)))
    return { path, ...check(documents, path, encoder) }
  }
  const beside = path.replace(/tokenizer\.json$/, 'tokenizer_config.json')
  const config = folder.files.has(beside) ? await jsonObject(folder, beside) : {}
  const tokenizer = checkedTokenizer(path, await jsonObject(folder, path))
  return { path, ...check({ tokenizer, config }, path, encoder) }
}

async function embeddedIn(encoder: ModelPart): Promise<FoundTokenizer | undefined> {
  const found = await embeddedTokenizer(encoder.raw)
  return found && { path: encoder.path, ...check(found, encoder.path, encoder) }
}

/**
 * Those of other models that stand beside are passed over: tokenizer.json first, then sentencepiece's, then the
 * encoder's own.
 * @throws WeightsError where there is none that fits the text encoder
 */
export async function findTokenizer(folder: ModelFolder, textEncoder: ModelPart): Promise<FoundTokenizer> {
  const find = (pattern: RegExp): string[] =>
    [...folder.files.keys()]
      .filter((path) => pattern.test(baseName(path)))
      .sort((a, b) => a.length - b.length)
      .slice(0, MOST_TRIED)
  let problem: WeightsError | undefined
  const paths = [...find(/^tokenizer\.json$/), ...find(/^(spiece|sentencepiece|tokenizer)\.model$/)]
  const ways = [
    ...paths.map((path) => () => readTokenizer(folder, path, textEncoder)),
    () => embeddedIn(textEncoder),
  ]
  for (const way of ways) {
    try {
      const found = await way()
      if (found) return found
    } catch (error) {
      if (!(error instanceof WeightsError)) throw error
      problem ??= error
    }
  }
  throw (
    problem ??
    new WeightsError(
      folder.title,
      `${folder.title} has no tokenizer, and ${textEncoder.path} contains none: put umT5's tokenizer.json or spiece.model beside it, or choose a GGUF file or ComfyUI's, which have it inside.`,
      'model-missing',
    )
  )
}

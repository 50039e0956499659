// The tokenizer of a set of raw files: tokenizer.json, sentencepiece's spiece.model, or what the text encoder's file brings.
import { embeddedTokenizer } from '../../models/umt5/embedded-tokenizer'
import { WeightsError } from '../../weights/error'
import type { ModelFolder } from '../../weights/sources/model-folder'
import type { ModelPart } from './parts'
import { parseSentencePiece } from '../../models/umt5/sentencepiece'
import { tokenizerDocuments, type TokenizerDocuments } from '../../models/umt5/tokenizer-json'

const MAX_BYTES = 128 << 20

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
  const text = new TextDecoder().decode(await bytesOf(folder, path))
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch {
    // said below
  }
  throw new WeightsError(path, `${path} is not a JSON object. Choose the tokenizer.json of umT5.`)
}

/** Pieces of a Unigram tokenizer's vocabulary. */
function pieceCount({ tokenizer }: TokenizerDocuments): number | undefined {
  const { model } = tokenizer
  const vocab = typeof model === 'object' && model !== null && 'vocab' in model ? model.vocab : undefined
  return Array.isArray(vocab) ? vocab.length : undefined
}

/** Another model's tokenizer gives ids without meaning: the pieces must be as many as the embedding has rows, less some padding. */
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

/** @throws WeightsError where there is none, or none that fits the text encoder */
export async function findTokenizer(
  folder: ModelFolder,
  textEncoder: ModelPart,
): Promise<TokenizerDocuments> {
  const find = (pattern: RegExp): string | undefined =>
    [...folder.files.keys()].sort((a, b) => a.length - b.length).find((path) => pattern.test(baseName(path)))
  const json = find(/^tokenizer\.json$/)
  if (json !== undefined) {
    const beside = json.replace(/tokenizer\.json$/, 'tokenizer_config.json')
    const config = folder.files.has(beside) ? await jsonObject(folder, beside) : {}
    return check({ tokenizer: await jsonObject(folder, json), config }, json, textEncoder)
  }
  const pieces = find(/^(spiece|sentencepiece|tokenizer)\.model$/)
  if (pieces !== undefined)
    return check(
      tokenizerDocuments(pieces, parseSentencePiece(pieces, await bytesOf(folder, pieces))),
      pieces,
      textEncoder,
    )
  const embedded = await embeddedTokenizer(textEncoder.raw)
  if (embedded) return check(embedded, textEncoder.path, textEncoder)
  throw new WeightsError(
    folder.title,
    `${folder.title} has no tokenizer, and ${textEncoder.path} brings none: put umT5's tokenizer.json or spiece.model beside it, or choose a GGUF file or ComfyUI's, which have it inside.`,
    'model-missing',
  )
}

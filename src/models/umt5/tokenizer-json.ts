// Turns a Unigram vocabulary from any source into the tokenizer.json that transformers makes of umT5's.
import { WeightsError } from '../../weights/error'
import { showText } from '../../weights/formats/bounded-json'

export type PieceKind = 'normal' | 'unknown' | 'control' | 'user' | 'unused' | 'byte'

/** Numbered as in sentencepiece, from 1. */
const KINDS: readonly PieceKind[] = ['normal', 'unknown', 'control', 'user', 'unused', 'byte']

export interface Piece {
  readonly text: string
  /** Logarithm of its probability. */
  readonly score: number
  readonly kind: PieceKind
}

export interface UnigramVocabulary {
  /** In the order of their ids. */
  readonly pieces: readonly Piece[]
  /**
   * Whether a character map normalises text. The map itself is not read: the tokenizer library applies its own NFKC.
   */
  readonly hasCharacterMap: boolean
  readonly addsSpacePrefix: boolean
}

/** The two documents that `loadTokenizer` takes, as parsed JSON. */
export interface TokenizerDocuments {
  readonly tokenizer: Readonly<Record<string, unknown>>
  readonly config: Readonly<Record<string, unknown>>
}

/** umT5 has 256,384. */
export const MAX_PIECES = 500_000

/** The kind of sentencepiece's number, or `undefined`. */
export function pieceKind(number: number): PieceKind | undefined {
  return KINDS[number - 1]
}

function checkPieces(source: string, pieces: readonly Piece[]): void {
  const fail = (problem: string): never => {
    throw new WeightsError(
      source,
      `${source}: its tokenizer ${problem}. Choose another file of umT5, or its tokenizer.json.`,
    )
  }
  if (pieces.length === 0 || pieces.length > MAX_PIECES)
    fail(`has ${pieces.length} pieces and must have 1 to ${MAX_PIECES}`)
  const seen = new Set<string>()
  pieces.forEach(({ text, score }, id) => {
    if (text === '') fail(`has an empty piece (id ${id})`)
    if (!Number.isFinite(score)) fail(`has for piece ${id} the score ${score}, which must be a finite number`)
    if (seen.has(text)) fail(`has the piece ${showText(text)} twice`)
    seen.add(text)
  })
  const unknown = pieces.filter(({ kind }) => kind === 'unknown').length
  if (unknown !== 1) fail(`has ${unknown} pieces for what is unknown and must have one`)
}

/** Drops the unused pieces at the end: padding to the size of the embedding, whose scores would distort the others. */
function withoutPadding(pieces: readonly Piece[]): readonly Piece[] {
  const last = pieces.findLastIndex(({ kind }) => kind !== 'unused')
  return pieces.slice(0, last + 1)
}

/**
 * The documents of a T5 tokenizer. Ignores byte fallback like transformers' own conversion: text without a piece is
 * unknown, as in Wan's training.
 * @param source name of the file, for messages
 * @throws WeightsError where the pieces are not a sound vocabulary
 */
export function tokenizerDocuments(
  source: string,
  { pieces: all, hasCharacterMap, addsSpacePrefix }: UnigramVocabulary,
): TokenizerDocuments {
  const pieces = withoutPadding(all)
  checkPieces(source, pieces)
  const eos = pieces.findIndex(({ text, kind }) => kind === 'control' && text === '</s>')
  if (eos < 0)
    throw new WeightsError(
      source,
      `${source}: its tokenizer has no control piece </s>, which ends a prompt. Choose a file of umT5.`,
    )
  const added = pieces.flatMap(({ text, kind }, id) =>
    kind === 'control' || kind === 'unknown' || kind === 'user'
      ? [
          {
            id,
            content: text,
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: kind !== 'user',
          },
        ]
      : [],
  )
  const metaspace = {
    type: 'Metaspace',
    replacement: '▁',
    prepend_scheme: addsSpacePrefix ? 'always' : 'never',
    split: true,
  }
  const end = { SpecialToken: { id: '</s>', type_id: 0 } }
  const first = { Sequence: { id: 'A', type_id: 0 } }
  const second = { Sequence: { id: 'B', type_id: 0 } }
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: {
        type: 'Sequence',
        normalizers: [
          ...(hasCharacterMap ? [{ type: 'Precompiled', precompiled_charsmap: null }] : []),
          { type: 'Strip', strip_left: false, strip_right: true },
          { type: 'Replace', pattern: { Regex: ' {2,}' }, content: '▁' },
        ],
      },
      pre_tokenizer: metaspace,
      post_processor: {
        type: 'TemplateProcessing',
        single: [first, end],
        pair: [first, end, second, end],
        special_tokens: { '</s>': { id: '</s>', ids: [eos], tokens: ['</s>'] } },
      },
      decoder: metaspace,
      model: {
        type: 'Unigram',
        unk_id: pieces.findIndex(({ kind }) => kind === 'unknown'),
        vocab: pieces.map(({ text, score }) => [text, score]),
        byte_fallback: false,
      },
    },
    config: {
      tokenizer_class: 'T5Tokenizer',
      eos_token: '</s>',
      pad_token: '<pad>',
      unk_token: pieces.find(({ kind }) => kind === 'unknown')?.text,
      extra_ids: 0,
      additional_special_tokens: [],
    },
  }
}

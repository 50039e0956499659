// A Unigram vocabulary of any size that can tokenise any prompt, with umT5's layout of ids and invented words.
import type { Piece, PieceKind, UnigramVocabulary } from '../../models/umt5/tokenizer-json'

/** T5's fill-in tokens, at the end of its vocabulary. */
const EXTRA_IDS = 300
/** Rows of the embedding beyond the last piece. */
const PADDING = 84

/** First and last code points of the scripts that prompts are written in. */
const SCRIPTS: readonly (readonly [first: number, last: number])[] = [
  [0x21, 0x7e], // ASCII
  [0xa1, 0x24f], // Latin
  [0x370, 0x3ff], // Greek
  [0x400, 0x4ff], // Cyrillic
  [0x5d0, 0x5ea], // Hebrew
  [0x621, 0x64a], // Arabic
  [0x904, 0x939], // Devanagari
  [0xe01, 0xe3a], // Thai
  [0x2013, 0x2026], // dashes and quotation marks
  [0x3001, 0x30ff], // Kana, with the marks of Chinese
  [0xff01, 0xff5e], // full-width ASCII
  [0x4e00, 0x9fff], // Han
  [0xac00, 0xd7a3], // Hangul
]

const CONSONANTS = [...'tnsrhldcmfpgwybvkjxzq']
const VOWELS = [...'eaoiu']

/**
 * Syllables of two letters, three and so on, with and without a leading space: "▁ta", "ta", "▁tan", "tan", … without
 * end.
 */
function* syllables(): Generator<string> {
  let stems = CONSONANTS.flatMap((consonant) => VOWELS.map((vowel) => consonant + vowel))
  for (let grow = CONSONANTS; ; grow = grow === CONSONANTS ? VOWELS : CONSONANTS) {
    for (const stem of stems) {
      yield `▁${stem}`
      yield stem
    }
    stems = stems.flatMap((stem) => grow.map((letter) => stem + letter))
  }
}

function* characters(): Generator<string> {
  for (const [first, last] of SCRIPTS)
    for (let code = first; code <= last; code++) yield String.fromCodePoint(code)
}

/**
 * A vocabulary of `rows` pieces: special ones, bytes, characters, syllables, T5's extra ids, padding. Small
 * vocabularies omit characters.
 */
export function syntheticVocabulary(rows: number): UnigramVocabulary {
  const pieces: Piece[] = []
  const seen = new Set<string>()
  const add = (text: string, kind: PieceKind, score = 0): void => {
    if (seen.has(text)) return
    seen.add(text)
    pieces.push({ text, score, kind })
  }
  for (const text of ['<pad>', '</s>']) add(text, 'control')
  add('<unk>', 'unknown')
  for (let byte = 0; byte < 256; byte++)
    add(`<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`, 'byte')
  const end = rows - EXTRA_IDS - PADDING
  if (pieces.length >= end)
    throw new RangeError(`A vocabulary of ${rows} is too small; choose a smaller --scale.`)
  // By Zipf's law of ranks; a longer piece costs less than its parts.
  const score = (): number => Math.fround(-3 - Math.log(pieces.length))
  add('▁', 'normal', -2)
  const half = end / 2
  for (const text of characters()) if (pieces.length < half) add(text, 'normal', score())
  for (const text of syllables()) {
    if (pieces.length >= end) break
    add(text, 'normal', score())
  }
  for (let i = EXTRA_IDS - 1; i >= 0; i--) add(`<extra_id_${i}>`, 'user')
  for (let i = 0; i < PADDING; i++) add(`[PAD${i}]`, 'unused', -10000)
  return { pieces, hasCharacterMap: false, addsSpacePrefix: true }
}

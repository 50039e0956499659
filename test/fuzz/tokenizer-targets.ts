// Tokenizers: their documents, and sentencepiece's models.
import { checkedTokenizer, TOKENIZER_JSON } from '../../src/models/umt5/checked-tokenizer'
import { parseSentencePiece } from '../../src/models/umt5/sentencepiece'
import { loadTokenizer } from '../../src/models/umt5/tokenizer'
import { tokenizerDocuments } from '../../src/models/umt5/tokenizer-json'
import { mutateBytes } from './mutate-bytes'
import { mutateJsonText } from './mutate-json'
import { boundedJson, encoder, fixture, json, type Target } from './target'

const UMT5 = json(fixture('tokenizer.hf.json')) as {
  model: { vocab: unknown[] }
  normalizer: { normalizers: object[] }
}
const SMALL_TOKENIZER = {
  ...UMT5,
  normalizer: { ...UMT5.normalizer, normalizers: UMT5.normalizer.normalizers.slice(1) },
  model: { ...UMT5.model, vocab: UMT5.model.vocab.slice(0, 40) },
}
export const tokenizer: Target = {
  name: 'tokenizer.json',
  make: (random) => encoder.encode(mutateJsonText(random, SMALL_TOKENIZER)),
  async read(input) {
    const document = boundedJson(input, TOKENIZER_JSON)
    checkedTokenizer('input', document)
    const made = await loadTokenizer(document, {})
    made.encode(`a red ball ${'a'.repeat(40)}!  ▁x`, 64)
  },
}

const SPIECE = fixture('tokenizer.spiece.model').slice(0, 1500)
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)]
export const sentencepiece: Target = {
  name: 'sentencepiece',
  make(random) {
    if (random.chance(0.5)) return mutateBytes(random, SPIECE)
    const field = (number: number, bytes: readonly number[]): number[] => [
      (number << 3) | 2,
      ...varint(bytes.length),
      ...bytes,
    ]
    const piece = (): number[] =>
      field(1, [
        ...field(1, [
          ...encoder.encode(random.pick(['<unk>', '</s>', 'a', '▁b', '', 'x'.repeat(random.size(3000))])),
        ]),
        ...(random.chance(0.5) ? [0x15, ...random.bytes(4)] : []),
        ...(random.chance(0.7) ? [0x18, random.below(9)] : []),
      ])
    const sound = (text: string, kind: number): number[] =>
      field(1, [...field(1, [...encoder.encode(text)]), 0x18, kind])
    const out: number[] = random.chance(0.7)
      ? [...sound('<pad>', 3), ...sound('</s>', 3), ...sound('<unk>', 2), ...sound('▁a', 1)]
      : []
    for (let left = random.below(random.pick([2, 30])); left > 0; left--)
      for (const byte of random.chance(0.9)
        ? piece()
        : field(random.below(16), [...random.bytes(random.size(2000))]))
        out.push(byte)
    return Uint8Array.from(out)
  },
  async read(input) {
    const { tokenizer: document, config } = tokenizerDocuments('input', parseSentencePiece('input', input))
    ;(await loadTokenizer(document, config)).encode('a red ball', 64)
  },
}

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Tokenizer } from '../../../../src/models/family'
import { loadTokenizer } from '../../../../src/models/umt5/tokenizer'
import { bufferSource } from '../../../../src/weights/sources/byte-source'
import { embeddedTokenizer } from '../../../../src/models/umt5/embedded-tokenizer'
import { WeightsError } from '../../../../src/weights/error'
import { openWeights } from '../../../../src/weights/formats/open'
import { writeSafetensors } from '../../../../src/weights/formats/safetensors'
import { writeGguf } from '../../../support/gguf-writer'
import { parseSentencePiece } from '../../../../src/models/umt5/sentencepiece'
import { tokenizerDocuments, type Piece } from '../../../../src/models/umt5/tokenizer-json'

const fixture = (name: string) =>
  new Uint8Array(readFileSync(`${import.meta.dirname}/../../../fixtures/${name}`))
const json = (name: string): unknown => JSON.parse(new TextDecoder().decode(fixture(name)))
const ids = json('tokenizer.ids.json') as Record<'known' | 'unknown', Record<string, number[]>>
const spiece = fixture('tokenizer.spiece.model')
const comfy = (name: string) =>
  writeSafetensors([{ name, dtype: 'U8', shape: [spiece.length], bytes: spiece }])

async function embedded(bytes: Uint8Array): Promise<Tokenizer> {
  const { file } = await openWeights(bufferSource('umt5', bytes))
  const documents = await embeddedTokenizer(file)
  return loadTokenizer(documents!.tokenizer, documents!.config)
}

const forms: readonly (readonly [what: string, make: () => Promise<Tokenizer>])[] = [
  ['tokenizer.json', () => loadTokenizer(json('tokenizer.hf.json'), {})],
  ['the metadata of GGUF', () => embedded(fixture('tokenizer.gguf'))],
  ['the sentencepiece model in safetensors', () => embedded(comfy('spiece_model'))],
  ['that of a larger file', () => embedded(comfy('text_encoders.umt5xxl.transformer.spiece_model'))],
]

describe.each(forms)('the tokenizer from %s', (_, make) => {
  it('gives the ids of sentencepiece in sixteen languages', async () => {
    const tokenizer = await make()
    expect(Object.keys(ids.known).length).toBeGreaterThan(30)
    for (const [text, expected] of Object.entries(ids.known))
      expect(tokenizer.encode(text, 512).ids, text).toEqual(expected)
  })

  it('takes what has no piece as unknown, and added pieces whole', async () => {
    const tokenizer = await make()
    for (const [text, expected] of Object.entries(ids.unknown))
      expect(tokenizer.encode(text, 512).ids, text).toEqual(expected)
  })
})

describe('embeddedTokenizer', () => {
  it('finds none where there is none', async () => {
    for (const name of ['gguf-types.gguf', 'torch-small.pt']) {
      const { file } = await openWeights(bufferSource(name, fixture(name)))
      const found = embeddedTokenizer(file)
      if (name.endsWith('pt')) expect(await found).toBeUndefined()
      else
        await expect(found).rejects.toThrow(
          'gguf-types.gguf: its tokenizer is of the kind unknown and must be t5. Choose',
        )
    }
  })

  it('does not read a vocabulary larger than any tokenizer has', async () => {
    const bytes = new Uint8Array(
      writeGguf(
        {
          'tokenizer.ggml.model': 't5',
          'tokenizer.ggml.tokens': ['a'],
          'tokenizer.ggml.scores': new Float32Array(600_000),
        },
        [],
      ),
    )
    const { file } = await openWeights(bufferSource('umt5.gguf', bytes))
    await expect(embeddedTokenizer(file)).rejects.toThrow(
      'umt5.gguf: its tokenizer has 600000 scores; the most allowed is 500000. Choose',
    )
  })

  it('refuses a sentencepiece model cut off anywhere, or takes a shorter vocabulary, and fails with errors of ours only', () => {
    for (let length = 0; length < spiece.length; length += 13) {
      try {
        tokenizerDocuments('f', parseSentencePiece('f', spiece.slice(0, length)))
      } catch (error) {
        expect(error, `at ${length}`).toBeInstanceOf(WeightsError)
      }
    }
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(spiece.length - 1), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        (changes) => {
          const changed = spiece.slice()
          for (const [at, value] of changes) changed[at] = value
          try {
            tokenizerDocuments('f', parseSentencePiece('f', changed))
          } catch (error) {
            expect(error).toBeInstanceOf(WeightsError)
          }
        },
      ),
    )
  })

  it.each<[string, readonly number[], string]>([
    ['a web page', [0x3c, 0x68], 'are no protocol buffer'],
    ['a length past the end', [0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f], 'are no protocol buffer'],
    ['BPE', [0x12, 2, 0x18, 2], "it is of the type 2, and umT5's is Unigram (1)"],
    [
      'a piece of kind 9',
      [0x0a, 5, 0x0a, 1, 0x61, 0x18, 9],
      'piece "a" is of the kind 9, which is not one of 1 to 6',
    ],
  ])('refuses as a sentencepiece model %s', (_, bytes, problem) => {
    expect(() => parseSentencePiece('f', Uint8Array.from(bytes))).toThrow(problem)
    expect(() => parseSentencePiece('f', Uint8Array.from(bytes))).toThrow(
      /^f has no sound sentencepiece model: .*\.$/s,
    )
  })

  const piece = (text: string, kind: Piece['kind'] = 'normal', score = -1): Piece => ({ text, score, kind })
  const sound = [piece('<pad>', 'control'), piece('</s>', 'control'), piece('<unk>', 'unknown'), piece('a')]
  it.each<[string, readonly Piece[], string]>([
    ['nothing', [], 'has 0 pieces and must have 1 to 500000'],
    ['padding alone', [piece('[PAD0]', 'unused')], 'has 0 pieces'],
    ['an empty piece', [...sound, piece('')], 'has an empty piece (id 4)'],
    ['a piece twice', [...sound, piece('a')], 'has the piece "a" twice'],
    ['a score that is no number', [...sound, piece('b', 'normal', NaN)], 'has for piece 4 the score NaN'],
    ['two unknowns', [...sound, piece('b', 'unknown')], 'has 2 pieces for what is unknown and must have one'],
    ['no end', sound.filter(({ text }) => text !== '</s>'), 'has no control piece </s>, which ends a prompt'],
  ])('refuses a vocabulary with %s', (_, pieces, problem) => {
    expect(() => tokenizerDocuments('f', { pieces, hasCharacterMap: true, addsSpacePrefix: true })).toThrow(
      `f: its tokenizer ${problem}`,
    )
  })
})

// tokenizer.json of strangers: what is not umT5's is refused by the file's name, and no expression of a file is run.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { loadTokenizer } from '../../../../src/models/umt5/tokenizer'
import { WeightsError } from '../../../../src/weights/error'
import { reported } from '../../../support/reported'

const json = (bytes: Uint8Array): Record<string, unknown> =>
  JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
const sound = (): Record<string, unknown> =>
  json(readFileSync(`${import.meta.dirname}/../../../fixtures/tokenizer.hf.json`))
const mini = (): Record<string, unknown> =>
  json(readFileSync(`${import.meta.dirname}/../../../../public/models/mini/tokenizer.json`))

async function refusal(document: unknown): Promise<string> {
  const outcome = await loadTokenizer(document, {}, 'folder/tokenizer.json').catch((error: unknown) => error)
  expect(outcome).toBeInstanceOf(WeightsError)
  return (outcome as WeightsError).message
}

describe('a tokenizer.json', () => {
  it('with a regular expression of its own is refused, and not run', async () => {
    expect(await refusal(json(reported('tokenizer-redos.json')))).toBe(
      `folder/tokenizer.json replaces text by the pattern "(a+)+$", which is not umT5's and is not run. Choose the tokenizer.json of the same model.`,
    )
  })

  it('of a malformed list of tokens is refused', async () => {
    expect(await refusal(json(reported('tokenizer-added-number.json')))).toContain(
      'has as its added tokens 5, which must be a list of at most 10000',
    )
  })

  const model = (changes: object): object => ({
    ...sound(),
    model: { ...(sound()['model'] as object), ...changes },
  })
  it.each<[what: string, document: object, problem: string]>([
    ['BPE', json(reported('a15-tokenizer.json')), 'is not a Unigram tokenizer, which umT5 needs'],
    ['no vocabulary', model({ vocab: 3 }), 'has no pieces and must have 1 to 500000'],
    ['a piece without a score', model({ vocab: [['a']] }), 'has as piece 0 ["a"], which must be a text'],
    ['an unknown piece beyond the last', model({ unk_id: 1e6 }), 'has as its unknown piece 1000000'],
    ['another step', { ...sound(), normalizer: { type: 'ByteLevel' } }, 'prepares text by "ByteLevel"'],
    [
      'another split',
      { ...sound(), pre_tokenizer: { type: 'Split', pattern: { Regex: 'x' } } },
      'splits text by "Split"',
    ],
    [
      'an added token of a number',
      { ...sound(), added_tokens: [{ id: 0, content: 5 }] },
      'has as the text of added token 0 5',
    ],
    [
      'steps without end',
      { ...sound(), normalizer: { type: 'Sequence', normalizers: Array(17).fill({ type: 'NFC' }) } },
      'prepares text by "Sequence"',
    ],
  ])('with %s is refused', async (_, document, problem) => {
    expect(await refusal(document)).toContain(problem)
  })

  it.each([
    ['umT5', sound()],
    ['Mini', mini()],
  ])('of %s is taken', async (_, document) => {
    expect((await loadTokenizer(document, {})).encode('a red ball', 64).ids.length).toBeGreaterThan(3)
  })
})

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { loadTokenizer } from '../../../../src/models/umt5/tokenizer'

const CONFIG = { tokenizer_class: 'T5Tokenizer', eos_token: '</s>', pad_token: '<pad>', unk_token: '<unk>' }

/** A Unigram tokenizer with T5's conventions and eight pieces. */
function small(): Record<string, unknown> {
  const special = (id: number, content: string): object => ({
    id,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  })
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [special(0, '<pad>'), special(1, '</s>'), special(2, '<unk>')],
    normalizer: { type: 'NFKC' },
    pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      pair: [{ Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }],
      special_tokens: { '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] } },
    },
    decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'always', split: true },
    model: {
      type: 'Unigram',
      unk_id: 2,
      vocab: [
        ['<pad>', 0],
        ['</s>', 0],
        ['<unk>', 0],
        ['▁a', -1],
        ['▁red', -2],
        ['▁ball', -2],
        ['▁', -4],
        ['s', -3],
        ['▁balls', -6],
        ['&', -3],
        ["'", -3],
      ],
      byte_fallback: false,
    },
  }
}

const A = 3
const RED = 4
const BALL = 5

beforeEach(() => {
  vi.stubGlobal('fetch', () => {
    throw new Error('The tokenizer went to the network.')
  })
})
afterEach(() => vi.unstubAllGlobals())

describe('loadTokenizer', () => {
  it('ends every prompt in eos', async () => {
    const tokenizer = await loadTokenizer(small(), CONFIG)
    expect(tokenizer.encode('a red ball', 512)).toEqual({ ids: [A, RED, BALL, 1], truncated: false })
    expect(tokenizer.encode('', 512)).toEqual({ ids: [1], truncated: false })
    expect(tokenizer.encode(' \n', 512)).toEqual({ ids: [1], truncated: false })
  })

  it('takes the best path, not the longest piece', async () => {
    const tokenizer = await loadTokenizer(small(), CONFIG)
    expect(tokenizer.encode('balls', 512).ids).toEqual([BALL, 7, 1]) // −2 − 3 is more than −6
  })

  it('cleans as Wan does', async () => {
    const tokenizer = await loadTokenizer(small(), CONFIG)
    expect(tokenizer.encode('  a\u0000\n\nred &amp;amp; ball’s ', 512).ids).toEqual([
      A,
      RED,
      6,
      9,
      BALL,
      10,
      7,
      1,
    ])
  })

  it('keeps eos last where it truncates', async () => {
    const tokenizer = await loadTokenizer(small(), CONFIG)
    expect(tokenizer.encode('a red ball', 4)).toEqual({ ids: [A, RED, BALL, 1], truncated: false })
    expect(tokenizer.encode('a red ball', 3)).toEqual({ ids: [A, RED, 1], truncated: true })
    expect(tokenizer.encode('a red ball', 1)).toEqual({ ids: [1], truncated: true })
    expect(tokenizer.encode('', 1)).toEqual({ ids: [1], truncated: false })
    expect(() => tokenizer.encode('a', 0)).toThrow(/maxTokens is 0/)
  })

  it('takes any text', async () => {
    const tokenizer = await loadTokenizer(small(), CONFIG)
    const anyText = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.string({
        unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
        maxLength: 40,
      }),
    )
    fc.assert(
      fc.property(anyText, fc.integer({ min: 1, max: 30 }), (text, most) => {
        const { ids } = tokenizer.encode(text, most)
        expect(ids.length).toBeLessThanOrEqual(most)
        expect(ids.at(-1)).toBe(1)
        expect(ids.every((id) => Number.isInteger(id) && id >= 0 && id < 11)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('works without a config of its own, and says what is wrong with other files', async () => {
    expect((await loadTokenizer(small(), {})).encode('a', 9).ids).toEqual([A, 1])
    await expect(loadTokenizer({ model: { type: 'BPE' } }, CONFIG)).rejects.toThrow(/not a Unigram tokenizer/)
    await expect(loadTokenizer(null, CONFIG)).rejects.toThrow(/not a Unigram tokenizer/)
    await expect(loadTokenizer(small(), 'no')).rejects.toThrow(/tokenizer_config\.json is not a JSON object/)
    await expect(loadTokenizer(small(), { ...CONFIG, eos_token: '<pad>' })).rejects.toThrow(
      /gives eos the id 0/,
    )
  })

  it("reads Mini's tokenizer: words of its captions are known", async () => {
    const read = (file: string): unknown =>
      JSON.parse(readFileSync(join(import.meta.dirname, '../../../../public/models/mini', file), 'utf8'))
    const tokenizer = await loadTokenizer(read('tokenizer.json'), read('tokenizer_config.json'))
    const { ids } = tokenizer.encode('A red ball', 512)
    expect(ids.length).toBeLessThan(10)
    expect(ids).not.toContain(2)
    expect(ids.at(-1)).toBe(1)
    expect(tokenizer.encode('a  RED ball ', 512).ids).toEqual(ids)
  })
})

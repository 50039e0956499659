import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { cleanPrompt } from '../../../../src/models/umt5/clean-prompt'
import { unescapeHtml } from '../../../../src/models/umt5/clean/html-entities'

const FIXTURES = `${import.meta.dirname}/../../../fixtures/prompts`

/** Prompts and what Wan's own cleaning made of them: Python 3.11, ftfy 6.3.1. */
function pairs(name: string): readonly (readonly [prompt: string, clean: string])[] {
  return JSON.parse(readFileSync(`${FIXTURES}/${name}.json`, 'utf8')) as [string, string][]
}

describe('cleanPrompt', () => {
  it.each([
    ['', ''],
    ['  a \t red\r\n\n ball ', 'a red ball'],
    ['a\u00a0\u2003b\u3000c\u0085d\u001ce', 'a b c…de'], // U+0085 is windows-1252's …
    ['zero\u0000byte', 'zerobyte'],
    ['half a pair \ud83d here', 'half a pair \ufffd here'],
    ['\ufeffa cat', 'a cat'],
    ['“it’s” ‘so’', "\"it's\" 'so'"],
    ['e\u0301', 'é'],
    ['😀 日本語 עברית', '😀 日本語 עברית'],
    ['salt &amp;amp; pepper', 'salt & pepper'], // twice, as Wan
    ['&lt;b&gt; &#66;&#x43;', '<b> BC'],
    ['&nbsp;a&nbsp;&nbsp;b&nbsp;', 'a b'],
  ])('%j → %j', (raw, clean) => {
    expect(cleanPrompt(raw)).toBe(clean)
  })

  it.each([
    ['wan', 181], // languages, quotes, references, decoded wrongly once and twice
    ['reported', 9],
    ['random', 400], // of 230 000 that were compared
  ])('gives what Wan gives: %s', (name, count) => {
    expect(pairs(name)).toHaveLength(count)
    const wrong = pairs(name)
      .map(([prompt, clean]) => ({ prompt, clean, found: cleanPrompt(prompt) }))
      .filter(({ clean, found }) => found !== clean)
    expect(wrong).toEqual([])
  })

  it('takes twenty thousand characters of any kind in less than a second', () => {
    for (const part of ['Ã©', 'â€™ ', '&amp;', '\u001b[', 'Ð¿Ñ€', 'à ', '<', 'é\n']) {
      const started = performance.now()
      cleanPrompt(part.repeat(20_000 / part.length))
      expect(performance.now() - started, JSON.stringify(part)).toBeLessThan(1000)
    }
  })
})

describe('unescapeHtml', () => {
  // As Python's html.unescape gives them.
  it.each([
    ['&copyright; &copy &COPY;', '©right; © ©'],
    ['AT&T & co', 'AT&T & co'],
    ['&hellip; &hellip', '… &hellip'],
    ['&unknown; &; &#; &#x;', '&unknown; &; &#; &#x;'],
    ['&#128;&#150;', '€–'],
    ['&#0; &#xD800; &#x110000; &#99999999999999999999;', '\ufffd \ufffd \ufffd \ufffd'],
    ['&#1;&#x7f;&#xfdd0;&#x1fffe;', ''],
    ['&eacute;&Eacute;&yuml;&nbsp;', 'éÉÿ\u00a0'],
  ])('%j → %j', (raw, text) => {
    expect(unescapeHtml(raw)).toBe(text)
  })
})

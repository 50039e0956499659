import { describe, expect, it } from 'vitest'
import { cleanPrompt, unescapeHtml } from '../../../../src/models/umt5/clean-prompt'

describe('cleanPrompt', () => {
  it.each([
    ['', ''],
    ['  a \t red\r\n\n ball ', 'a red ball'],
    ['a\u00a0\u2003b\u3000c\u0085d\u001ce', 'a b c d e'],
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

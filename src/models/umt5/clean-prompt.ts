// What Wan does to a prompt before its tokenizer: ftfy, html.unescape twice, whitespace. Of ftfy, only the steps below
// that people meet when they paste text; it does not repair text that was decoded with the wrong encoding.

/** Names of U+00A0 to U+00FF in order. HTML takes these, and the four basic ones, without a semicolon too. */
const LATIN_1 = `nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3
acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig
Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave
Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave
iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml`

const LEGACY: ReadonlyMap<string, string> = new Map([
  ...LATIN_1.split(/\s+/).map((name, index): [string, string] => [name, String.fromCharCode(0xa0 + index)]),
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['AMP', '&'],
  ['LT', '<'],
  ['GT', '>'],
  ['QUOT', '"'],
  ['COPY', '©'],
  ['REG', '®'],
])

/** The other names that text on the web has in practice; they need their semicolon. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['apos', "'"],
  ['OElig', 'Œ'],
  ['oelig', 'œ'],
  ['Scaron', 'Š'],
  ['scaron', 'š'],
  ['Yuml', 'Ÿ'],
  ['ensp', '\u2002'],
  ['emsp', '\u2003'],
  ['thinsp', '\u2009'],
  ['zwnj', '\u200c'],
  ['zwj', '\u200d'],
  ['lrm', '\u200e'],
  ['rlm', '\u200f'],
  ['ndash', '–'],
  ['mdash', '—'],
  ['lsquo', '‘'],
  ['rsquo', '’'],
  ['sbquo', '‚'],
  ['ldquo', '“'],
  ['rdquo', '”'],
  ['bdquo', '„'],
  ['dagger', '†'],
  ['Dagger', '‡'],
  ['bull', '•'],
  ['hellip', '…'],
  ['permil', '‰'],
  ['prime', '′'],
  ['Prime', '″'],
  ['lsaquo', '‹'],
  ['rsaquo', '›'],
  ['euro', '€'],
  ['trade', '™'],
  ['larr', '←'],
  ['uarr', '↑'],
  ['rarr', '→'],
  ['darr', '↓'],
  ['harr', '↔'],
  ['minus', '−'],
  ['infin', '∞'],
  ['asymp', '≈'],
  ['ne', '≠'],
  ['le', '≤'],
  ['ge', '≥'],
  ['spades', '♠'],
  ['clubs', '♣'],
  ['hearts', '♥'],
  ['diams', '♦'],
])

/** What the codes 0x80 to 0x9F mean in a numeric reference: windows-1252. */
const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ'

const REFERENCE = /&(?:#([0-9]+);?|#[xX]([0-9a-fA-F]+);?|([A-Za-z][A-Za-z0-9]*)(;?))/g

function character(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252.charAt(code - 0x80)
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\uFFFD'
  const meaningless = code < 9 || code === 0xb || (code >= 0xe && code < 0x20) || code === 0x7f
  return meaningless || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe
    ? ''
    : String.fromCodePoint(code)
}

function named(whole: string, name: string, semicolon: string): string {
  const found = LEGACY.get(name) ?? (semicolon ? NAMED.get(name) : undefined)
  if (found !== undefined) return found
  // As in a browser, `&copyright` is © and "right".
  for (let length = name.length - 1; length > 1; length--) {
    const start = LEGACY.get(name.slice(0, length))
    if (start !== undefined) return start + name.slice(length) + semicolon
  }
  return whole
}

/** Python's `html.unescape`, with the names above. */
export function unescapeHtml(text: string): string {
  return text.replace(REFERENCE, (whole, decimal?: string, hex?: string, name?: string, semicolon = '') => {
    if (name !== undefined) return named(whole, name, semicolon)
    return character(decimal !== undefined ? Number.parseInt(decimal, 10) : Number.parseInt(hex ?? '', 16))
  })
}

const CONTROL = /[\u0000-\u0008\u000B\u000E-\u001B\u007F\u206A-\u206F\uFEFF\uFFF9-\uFFFC]/g
/** Whitespace as Python's `\s` has it: with the four separators, without U+FEFF. */
const SPACE = /[\t-\r\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/g

/** A prompt as Wan hands it to its tokenizer: well-formed, without NUL, in one line. Cleaning twice changes nothing more unless it held escaped HTML. */
export function cleanPrompt(prompt: string): string {
  const fixed = prompt
    .replace(/\p{Surrogate}/gu, '\uFFFD')
    .replace(CONTROL, '')
    .replace(/[\u02BC\u2018-\u201B]/g, "'")
    .replace(/[\u201C-\u201F]/g, '"')
    .normalize('NFC')
  return unescapeHtml(unescapeHtml(fixed)).replace(SPACE, ' ').replace(/^ | $/g, '')
}

// Repeats `ftfy.fix_text` of 6.3.1 step by step, with its defaults.
import { EMBEDDED_UTF8, isBad } from './badness'
import { decodeUtf8, encode, ENCODINGS, WINDOWS_1252, type Encoding } from './encodings'
import { unescapeClosed } from './html-entities'

/** Sequences that would be UTF-8 if the byte A0 had not become a space. */
const SPACED =
  /[\u00C2\u00C3\u00C5\u00CE\u00D0\u00D9][ ]|[\u00E2\u00E3][ ][\u0080-\u0084\u0086-\u009F\u00A1-\u00BF]|[\u00E0-\u00E3][\u0080-\u0084\u0086-\u009F\u00A1-\u00BF][ ]|\u00F0[ ][\u0080-\u00BF][\u0080-\u00BF]|\u00F0[\u0080-\u00BF][ ][\u0080-\u00BF]|\u00F0[\u0080-\u00BF][\u0080-\u00BF][ ]/g
/** The word "à", but not the beginning of words like "àquele". */
const A_GRAVE = /\u00C3 (?! |quele|quela|quilo|s )/g
/** UTF-8 sequences that lost a byte. */
const LOSSY =
  /[\u00C2-\u00DF]\u001A|[\u00C2\u00C3]\?|\u00ED[\u00A0-\u00AF][\u001A?]\u00ED[\u00B0-\u00BF][\u001A?\u0080-\u00BF]|\u00ED[\u00A0-\u00AF][\u001A?\u0080-\u00BF]\u00ED[\u00B0-\u00BF][\u001A?]|[\u00E0-\u00EF][\u001A?][\u001A\u0080-\u00BF]|[\u00E0-\u00EF][\u001A\u0080-\u00BF][\u001A?]|[\u00F0-\u00F4][\u001A?][\u001A\u0080-\u00BF][\u001A\u0080-\u00BF]|[\u00F0-\u00F4][\u001A\u0080-\u00BF][\u001A?][\u001A\u0080-\u00BF]|[\u00F0-\u00F4][\u001A\u0080-\u00BF][\u001A\u0080-\u00BF][\u001A?]|\u001A/g
const C1 = /[\u0080-\u009F]/g
const ASCII = /^[\u0000-\u007F]*$/

const LIGATURES: Readonly<Record<string, string>> = {
  Ĳ: 'IJ',
  ĳ: 'ij',
  ŉ: 'ʼn',
  Ǳ: 'DZ',
  ǲ: 'Dz',
  ǳ: 'dz',
  Ǆ: 'DŽ',
  ǅ: 'Dž',
  ǆ: 'dž',
  Ǉ: 'LJ',
  ǈ: 'Lj',
  ǉ: 'lj',
  Ǌ: 'NJ',
  ǋ: 'Nj',
  ǌ: 'nj',
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'ſt',
  ﬆ: 'st',
}

/** The intended text, if `text` is UTF-8 decoded as `encoding`. */
function reread(text: string, encoding: Encoding): string | undefined {
  let bytes = encode(text, encoding)
  if (bytes === undefined) return undefined
  // Not in macroman, where it would match an en dash and a space.
  if (encoding.name !== 'macroman' && bytes.search(SPACED) >= 0)
    bytes = bytes
      .replace(A_GRAVE, '\u00C3\u00A0 ')
      .replace(SPACED, (found) => found.replaceAll(' ', '\u00A0'))
  if (encoding.isSloppy) bytes = bytes.replace(LOSSY, '\u00EF\u00BF\u00BD')
  return decodeUtf8(bytes)
}

const fromC1 = (text: string): string =>
  text.replace(C1, (control) => WINDOWS_1252.charAt(control.charCodeAt(0) - 0x80))

/** Makes one repair; returns the same text where there is none to make. */
function fixEncodingOnce(text: string): string {
  if (ASCII.test(text) || !isBad(text)) return text
  for (const encoding of ENCODINGS) {
    const fixed = reread(text, encoding())
    if (fixed !== undefined) return fixed
  }
  const embedded = text.replace(EMBEDDED_UTF8, (part) =>
    part.length < text.length && isBad(part) ? fixEncoding(part) : part,
  )
  return embedded !== text ? embedded : fromC1(text)
}

function fixEncoding(text: string): string {
  for (let before = text; ; before = text) {
    text = fixEncodingOnce(before)
    if (text === before) return text
  }
}

const STEPS: readonly ((text: string) => string)[] = [
  fixEncoding,
  fromC1,
  (text) => text.replace(/[ĲĳŉǱ-ǳǄ-ǌﬀ-ﬆ]/g, (ligature) => LIGATURES[ligature] ?? ligature),
  (text) => text.replace(/[\u3000\uFF01-\uFFEF]/g, (wide) => wide.normalize('NFKC')),
  (text) => text.replace(/[\u201C-\u201F]/g, '"').replace(/[\u02BC\u2018-\u201B]/g, "'"),
  (text) => text.replace(/\r\n|[\r\u2028\u2029\u0085]/g, '\n'),
  (text) => text.replace(/\p{Surrogate}/gu, '\uFFFD'),
  (text) => text.replace(/\u001B\[[\p{Nd};]*[a-zA-Z]/gu, ''),
  (text) => text.replace(/[\u0000-\u0008\u000B\u000E-\u001F\u007F\u206A-\u206F\uFEFF\uFFF9-\uFFFC]/g, ''),
  (text) => text.normalize('NFC'),
]

/** Repairs a line until it no longer changes. */
function fixLine(line: string, unescapes: boolean): string {
  for (let before = line; ; before = line) {
    line = STEPS.reduce((text, step) => step(text), unescapes ? unescapeClosed(before) : before)
    if (line === before) return line
  }
}

/** `ftfy.fix_text`, line by line; keeps HTML references from the first line with a "<" on. */
export function fixText(text: string): string {
  let unescapes = true
  return text
    .split(/(?<=\n)/)
    .map((line) => {
      unescapes &&= !line.includes('<')
      return fixLine(line, unescapes)
    })
    .join('')
}

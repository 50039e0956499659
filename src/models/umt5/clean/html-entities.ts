// Decodes HTML character references like Python's `html.unescape`, and like ftfy. Names come from `entities`.
import { decodeHTML, decodeHTMLStrict } from 'entities/decode'
import { WINDOWS_1252 } from './encodings'

const REFERENCE = /&(?:#([0-9]+);?|#[xX]([0-9a-fA-F]+);?|[A-Za-z][A-Za-z0-9]*;?)/g
/** ftfy requires the semicolon. */
const CLOSED = /&#?[0-9A-Za-z]{1,24};/g

/** Numbers as HTML maps them, without those of characters that a document must not contain. */
function character(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252.charAt(code - 0x80)
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return '\uFFFD'
  const meaningless = code < 9 || code === 0xb || (code >= 0xe && code < 0x20) || code === 0x7f
  return meaningless || (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe
    ? ''
    : String.fromCodePoint(code)
}

/** Python's `html.unescape`: as in a browser, `&copyright` is © and "right". */
export function unescapeHtml(text: string): string {
  return text.replace(REFERENCE, (whole, decimal?: string, hex?: string) => {
    if (decimal !== undefined) return character(Number.parseInt(decimal, 10))
    return hex !== undefined ? character(Number.parseInt(hex, 16)) : decodeHTML(whole)
  })
}

/** A name in capitals that HTML lacks means the capital letter: `&EACUTE;` is É. */
function capital(reference: string): string {
  if (reference !== reference.toUpperCase() || unescapeHtml(reference) !== reference) return reference
  const lower = reference.toLowerCase()
  const found = decodeHTMLStrict(lower)
  return found === lower ? reference : found.toUpperCase()
}

/** ftfy's `unescape_html`: references that end in a semicolon, and names in capitals. */
export function unescapeClosed(text: string): string {
  return text.replace(CLOSED, (reference) => {
    if (reference.startsWith('&#')) {
      const unescaped = unescapeHtml(reference)
      return unescaped.includes(';') ? reference : unescaped
    }
    const found = decodeHTMLStrict(reference)
    return found === reference ? capital(reference) : found
  })
}

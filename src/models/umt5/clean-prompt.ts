import { fixText } from './clean/fix-text'
import { unescapeHtml } from './clean/html-entities'

/** Whitespace as in Python's `\s`: with the four separators, without U+FEFF. */
const SPACE = /[\t-\r\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/g

/**
 * Cleans a prompt to the same characters that Wan gives its tokenizer: repaired by ftfy 6.3.1, HTML references
 * decoded twice, on one line. Each half of a broken surrogate pair becomes U+FFFD.
 */
export function cleanPrompt(prompt: string): string {
  return unescapeHtml(unescapeHtml(fixText(prompt)))
    .replace(SPACE, ' ')
    .replace(/^ | $/g, '')
}

import { fixText } from './clean/fix-text'
import { unescapeHtml } from './clean/html-entities'

/** Whitespace as Python's `\s` has it: with the four separators, without U+FEFF. */
const SPACE = /[\t-\r\u001C-\u0020\u0085\u00A0\u1680\u2000-\u200A\u2028\u2029\u202F\u205F\u3000]+/g

/**
 * A prompt as Wan hands it to its tokenizer, with the same characters: repaired by ftfy 6.3.1, references of HTML read
 * twice, in one line. Text of which the halves of a surrogate pair came apart has U+FFFD for each.
 */
export function cleanPrompt(prompt: string): string {
  return unescapeHtml(unescapeHtml(fixText(prompt)))
    .replace(SPACE, ' ')
    .replace(/^ | $/g, '')
}

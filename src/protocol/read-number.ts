const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i
const DIGIT = /\p{Nd}/u
const ARABIC_DECIMAL = '\u066B'
const ARABIC_THOUSANDS = '\u066C'

/** The value of a decimal digit of any script: Unicode keeps each script's ten in a row, zero first. */
function digitValue(digit: string): number {
  const code = digit.codePointAt(0) ?? 0
  let zero = code
  while (DIGIT.test(String.fromCodePoint(zero - 1))) zero -= 1
  return (code - zero) % 10
}

/**
 * A number as people type it: digits of any script, full-width ones too, and a decimal mark of point or comma. A
 * comma is the decimal mark where the text has no point; a text with both has the comma between thousands. NaN where
 * it is none.
 */
export function readNumberText(text: string): number {
  const plain = text
    .normalize('NFKC')
    .trim()
    .replaceAll(ARABIC_DECIMAL, '.')
    .replaceAll(ARABIC_THOUSANDS, '')
    .replace(/[−–]/g, '-')
    .replace(/\p{Nd}/gu, (digit) => String(digitValue(digit)))
  const marked = plain.includes('.')
    ? plain.replace(/(?<=\d),(?=\d{3}(\D|$))/g, '')
    : plain.replace(/^([^,]*),([^,]*)$/, '$1.$2')
  return DECIMAL.test(marked) ? Number(marked) : Number.NaN
}

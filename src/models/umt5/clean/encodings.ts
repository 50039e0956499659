// The single-byte encodings that UTF-8 is mistaken for, and UTF-8 itself. Bytes are strings of the characters 0 to
// 255.

/** The bytes 0x80 to 0x9F in windows-1252; unassigned ones stay. */
export const WINDOWS_1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008DŽ\u008F\u0090‘’“”•–—˜™š›œ\u009DžŸ'
const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00A0'

const UPPER = Array.from({ length: 128 }, (_, i) => String.fromCharCode(0x80 + i))

/** Characters of the upper half by the browser's own table; an unassigned byte becomes the character of its number. */
function upperHalf(label: string): string[] {
  const decoder = new TextDecoder(label)
  return UPPER.map((byte) => {
    const found = decoder.decode(Uint8Array.of(byte.charCodeAt(0)))
    return found === '\uFFFD' ? byte : found
  })
}

export interface Encoding {
  /** Maps U+FFFD to the byte 0x1A, which represents a lost byte. */
  readonly isSloppy: boolean
  readonly name: string
  /** Bytes by character, for non-ASCII characters. */
  readonly bytes: ReadonlyMap<string, string>
}

function encoding(name: string, isSloppy: boolean, upper: () => readonly string[]): () => Encoding {
  let made: Encoding | undefined
  return () =>
    (made ??= {
      name,
      isSloppy,
      bytes: new Map([
        ...upper().map((character, i): [string, string] => [character, UPPER[i]!]),
        ...(isSloppy ? [['\uFFFD', '\u001A'] as const] : []),
      ]),
    })
}

const windows = (number: number): (() => Encoding) =>
  encoding(`windows-${number}`, true, () => upperHalf(`windows-${number}`))

/** In the order of trial. */
export const ENCODINGS: readonly (() => Encoding)[] = [
  encoding('latin-1', false, () => UPPER),
  encoding('windows-1252', true, () => [...WINDOWS_1252, ...UPPER.slice(32)]),
  windows(1251),
  windows(1250),
  windows(1253),
  windows(1254),
  windows(1257),
  encoding('iso-8859-2', false, () => upperHalf('iso-8859-2')),
  encoding('macroman', false, () => upperHalf('macintosh')),
  encoding('cp437', false, () => [...CP437]),
]

/** The bytes that decode to `text`; `undefined` where a character has none. */
export function encode(text: string, { bytes, isSloppy }: Encoding): string | undefined {
  let out = ''
  for (const character of text) {
    const byte =
      character < '\u0080' && !(isSloppy && character === '\u001A') ? character : bytes.get(character)
    if (byte === undefined) return undefined
    out += byte
  }
  return out
}

const SURROGATES = /\u00ED([\u00A0-\u00AF])([\u0080-\u00BF])\u00ED([\u00B0-\u00BF])([\u0080-\u00BF])/g

/** UTF-8 of a code point outside the basic plane. */
function fourBytes(point: number): string {
  return String.fromCharCode(
    0xf0 | (point >> 18),
    0x80 | ((point >> 12) & 63),
    0x80 | ((point >> 6) & 63),
    0x80 | (point & 63),
  )
}

/** Decodes bytes as UTF-8, allowing lone surrogates and Java's NUL; `undefined` where they are not UTF-8. */
export function decodeUtf8(bytes: string): string | undefined {
  const low = (byte: string, mask: number): number => byte.charCodeAt(0) & mask
  const plain = bytes
    .replaceAll('\u00C0\u0080', '\u0000')
    .replace(SURROGATES, (_, a: string, b: string, c: string, d: string) =>
      fourBytes(0x10000 + ((low(a, 15) << 16) | (low(b, 63) << 10) | (low(c, 15) << 6) | low(d, 63))),
    )
  try {
    const values = Uint8Array.from(plain, (byte) => byte.charCodeAt(0))
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(values)
  } catch {
    return undefined
  }
}

// Detects text that was decoded with the wrong encoding. The classes and pairs are those of ftfy 6.3.1 by Robyn Speer
// (Apache-2.0), which Wan's own cleaning uses; others would give the model other words.

const CLASSES = {
  common: '\\u00A0\\u00AD´·–-\\u2015’…',
  c1: '\\u0080-\\u009F',
  bad: '¤¦¨ª¬¯¸ºƒˆˇ˘˛˜†‡‰⌐◊\\uFFFD',
  law: '§¶',
  currency: '¢£¥₧€',
  opening: '¡©«¿΄΅‘‚“„•‹\\uF8FF',
  closing: '®»˝”›™',
  numeric: '±-³µ¹¼-¾×÷⁄№∂∆∏∑√∞∩∫≈≠≡≤≥',
  kaomoji: '°Ò-ÖÙ-Üò-öø-üŌŐŪŲ',
  upper: 'À-ÑØÜÝĀĂĄĆČĎĐĒĖĘĚĞĢĪİĶĹĻĽŁŃŅŇŒŘŚŞŠŢŤŮŰŸŹŻŽҐ',
  lower: 'ß-ñüāăąćčďđēėęěğģīįķĺļľłœŕśşšťźżžґﬁﬂ',
  upperCommon: 'ÞΆΈ-ΊΌΎΏΑ-ΫЁ-Я',
  lowerCommon: 'ά-ωа-џ',
  box: '│┌┐┘├┤┬┼═-╬▀▄█▌▐-▓',
} as const

/** Whitespace and letters as in Python. */
const SPACE =
  '[\\t-\\r\\u001C-\\u0020\\u0085\\u00A0\\u1680\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000]'
const WORD = '[\\p{L}\\p{N}_]'
const any = (...classes: readonly string[]): string => `[${classes.join('')}]`
const { common, c1, bad, law, currency, opening, closing, numeric, upper, lower, box } = CLASSES
const signs = [box, opening, closing, currency, numeric, law] as const

const BAD = new RegExp(
  [
    any(c1),
    any(bad, lower, upper, ...signs) + any(bad),
    `[a-zA-Z]${any(CLASSES.lowerCommon, CLASSES.upperCommon)}${any(bad)}`,
    any(bad) + any(lower, upper, ...signs),
    any(lower, CLASSES.lowerCommon, box, closing, currency, numeric) + any(upper),
    any(box, closing, currency, numeric) + any(lower),
    any(lower, box, closing) + any(currency),
    SPACE + any(upper) + any(currency),
    any(upper, box) + any(numeric, law),
    any(lower, upper, box, currency, closing) + any(opening) + any(numeric),
    any(lower, upper, currency, numeric, box, law) + any(closing) + any(opening),
    any(currency, numeric, box) + any(opening),
    `[a-z]${any(upper)}${any(opening, currency)}`,
    any(box) + any(CLASSES.kaomoji),
    any(lower, upper, currency, numeric, opening, closing, law) + any(box),
    any(box) + any(closing),
    any(lower, upper) + any(opening, closing) + WORD,
    '[Œœ][^A-Za-z]',
    `${any(upper)}°`,
    `[ÂÃÎÐ]${any('€œŠš¢£Ÿž\\u00A0\\u00AD®©°·»', opening, closing, '–—´')}`,
    '×[²³]',
    `(?:[ØÙ]${any(common, currency, bad, numeric, opening, 'ŸŠ®°µ»')}){2}`,
    'à[²µ¹¼½¾]',
    '√[±∂†≠®™´≤≥¥µø]',
    '≈[°¢]',
    '‚Ä[ìîïòôúùû†°¢π]',
    '‚[âó][àä°ê]',
    'вЂ',
    `[ВГРС]${any(c1, bad, opening, closing, currency, '°µ')}[ВГРС]`,
    'ГўВЂВ.[A-Za-z ]',
    'Ã[\\u00A0¡]',
    `[a-z]${SPACE}?[ÃÂ][ ]`,
    '^[ÃÂ][ ]',
    `${any('a-z.,?!', closing)}Â${any(' ', opening, closing)}`,
    'β€[™\\u00A0Ά\\u00AD®°]',
    `[ΒΓΞΟ]${any(c1, bad, opening, closing, currency, '°')}[ΒΓΞΟ]`,
    'ā€',
  ].join('|'),
  'u',
)

/** Whether any of the text seems to have been decoded with the wrong encoding. */
export function isBad(text: string): boolean {
  return BAD.test(text)
}

const STRICT = '\\u0080-¿ÆØæøĄąĽľŁłŒœŖŗŚśŞ-šŤťŸ-žƒˆˇ˘˛-˝΄-ΆΈ-ΊΌΎΏЁ-ЌЎЏё-ќўџҐґ†‡‰‹›€№™'
const CONTINUATION = any(STRICT, ' –-\\u2015‘-‚“-„•…')

/** Runs of characters that are UTF-8 sequences in one of the encodings. */
export const EMBEDDED_UTF8 = new RegExp(
  `(?<!${any(STRICT)})(?:` +
    [
      `[Â-ßĀĂĆČĎĐĒĖĘĚĞĢĪİĶĹĻŁŃŅŇŌŐŘŚŞŠŢŪŮŰŲŹŻŽΒ-ΡΣ-ίВ-Я]${CONTINUATION}`,
      `[à-ïāăąćčďēėęěģīįķĺļŕźΰ-οа-п]${CONTINUATION}{2}`,
      `[ðóđğšπσру]${CONTINUATION}{3}`,
    ].join('|') +
    ')+',
  'gu',
)

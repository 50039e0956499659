// What Zoetrope Mini was trained on: a small drawn world, and the words for it (training/world/captions.py).

/** The id of the first Mini, which drew other pictures. */
export const FIRST_MINI = 'mini'

/** Whether a model is a Mini, of any version. */
export function isMiniId(id: string | undefined): boolean {
  return id !== undefined && /^(zoetrope-)?mini(-\d+)?$/.test(id)
}

const SUBJECTS = ['ball', 'car', 'boat', 'fish', 'bird', 'balloon', 'rocket', 'star', 'windmill', 'jellyfish']
const COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple', 'pink', 'white']
// prettier-ignore
const PLACES = [
  'day', 'night', 'sunset', 'dusk', 'evening', 'dark', 'daytime', 'sunny', 'sunshine', 'sun', 'sky', 'starry', 'moon',
  'moonlight', 'snowy', 'rainy', 'weather', 'water', 'underwater', 'sea', 'ocean', 'snow', 'snows', 'winter', 'rain', 'rains',
  'setting', 'front',
]
// prettier-ignore
const MOTIONS = [
  'move', 'drift', 'go', 'travel', 'glide', 'roll', 'drive', 'sail', 'swim', 'fly', 'slide', 'rise', 'float', 'climb',
  'fall', 'drop', 'sink', 'bounce', 'jump', 'hop', 'spin', 'turn', 'rotate', 'twirl', 'grow', 'get', 'become', 'stay',
  'rest', 'stand', 'slowly', 'gently', 'quietly',
]
// prettier-ignore
const SMALL_WORDS = [
  'a', 'an', 'the', 'and', 'or', 'with', 'beside', 'next', 'of', 'in', 'on', 'at', 'by', 'to', 'towards', 'while', 'that',
  'it', 'is', 'are', 'not', 'does', 'do', 'up', 'down', 'left', 'right', 'around', 'bigger', 'larger', 'still', 'under',
  'video', 'small', 'little', 'tiny', 'big', 'large', 'huge', 'two', 'one', 'hot', 'air', 'space', 'beach', 'tropical',
  'sailing',
]

/** Words that a person may use for what Mini knows by another name. */
// prettier-ignore
const LIKE: Readonly<Record<string, string>> = {
  football: 'ball', sphere: 'ball', ship: 'boat', sailboat: 'boat', vehicle: 'car', automobile: 'car', taxi: 'car',
  spaceship: 'rocket', spacecraft: 'rocket', missile: 'rocket', airship: 'balloon', medusa: 'jellyfish', goldfish: 'fish',
  shark: 'fish', eagle: 'bird', parrot: 'bird', seagull: 'bird', windmills: 'windmill', violet: 'purple', rose: 'pink',
  magenta: 'pink', crimson: 'red', scarlet: 'red', golden: 'yellow', gold: 'yellow', cyan: 'blue', turquoise: 'blue',
  lime: 'green', grey: 'white', gray: 'white', silver: 'white', midnight: 'night', noon: 'day',
  sunrise: 'sunset', dawn: 'sunset', storm: 'rain', soar: 'rise', ascend: 'rise', descend: 'fall', dive: 'fall',
}

const SINGULARS = new Map<string, string>(
  SUBJECTS.flatMap((subject) => [
    [subject, subject],
    [`${subject}s`, subject],
    [`${subject}es`, subject],
  ]),
)

/** "moves", "moving", "hopping", "gliding", "flies" → the word that is known. */
function rootOf(word: string, known: ReadonlySet<string>): string | undefined {
  const stems = [
    word,
    word.replace(/s$/, ''),
    word.replace(/es$/, ''),
    word.replace(/ies$/, 'y'),
    word.replace(/ing$/, ''),
    word.replace(/ing$/, 'e'),
    word.replace(/(.)\1ing$/, '$1'),
    word.replace(/ling$/, ''),
    word.replace(/ed$/, ''),
  ]
  return stems.find((stem) => known.has(stem))
}

const KNOWN = new Set([...COLOURS, ...PLACES, ...MOTIONS, ...SMALL_WORDS, ...Object.keys(LIKE)])

export interface MiniReading {
  /** Nothing that Mini can draw is named. */
  hasNoSubject: boolean
  /** Words that Mini never saw, in the order of the prompt. */
  unknown: readonly string[]
}

function wordsOf(prompt: string): string[] {
  return prompt.toLowerCase().match(/[\p{L}\p{M}']+/gu) ?? []
}

function subjectOf(word: string): string | undefined {
  const like = LIKE[word] ?? LIKE[word.replace(/s$/, '')]
  return SINGULARS.get(word) ?? (like !== undefined && SUBJECTS.includes(like) ? like : undefined)
}

/** What Mini will make of a prompt. */
export function readForMini(prompt: string): MiniReading {
  const words = wordsOf(prompt)
  const unknown = words.filter((word) => subjectOf(word) === undefined && rootOf(word, KNOWN) === undefined)
  return {
    hasNoSubject: !words.some((word) => subjectOf(word) !== undefined),
    unknown: [...new Set(unknown)],
  }
}

const BACKGROUNDS: readonly (readonly [RegExp, string])[] = [
  [/\b(night|dark|starry|midnight|stars?|moon\w*)\b/, 'at night'],
  [/\b(sunset|dusk|evening|sunrise|dawn|setting)\b/, 'at sunset'],
  [/\b(water|underwater|sea|ocean|swim\w*)\b/, 'under water'],
  [/\b(snow\w*|winter)\b/, 'in snow'],
  [/\b(rain\w*|storm\w*)\b/, 'in the rain'],
  [/\b(sunny|sunshine|daytime|day|sky)\b/, 'by day'],
]
const MOTION_FORMS: readonly (readonly [RegExp, string])[] = [
  [/\bleft\b/, 'moves left'],
  [/\b(bounc\w+|jump\w*|hop\w*)\b/, 'bounces'],
  [/\b(ris\w+|up|float\w*|soar\w*|climb\w*|ascend\w*)\b/, 'rises'],
  [/\b(fall\w*|drop\w*|down|sink\w*|descend\w*|div\w+)\b/, 'falls'],
  [/\b(spin\w*|rotat\w+|twirl\w*|turn\w*)\b/, 'spins'],
  [/\b(grow\w*|bigger|larger)\b/, 'grows'],
  [/\b(still|rest\w*|stand\w*|not)\b/, 'stays still'],
  [/\b(right|roll\w*|driv\w+|sail\w*|swim\w*|fl(y|ies)\w*|slid\w+)\b/, 'moves right'],
]
const USUAL: Readonly<Record<string, readonly [motion: string, place: string]>> = {
  ball: ['bounces', 'by day'],
  car: ['moves right', 'by day'],
  boat: ['moves right', 'at sunset'],
  fish: ['moves right', 'under water'],
  bird: ['moves right', 'by day'],
  balloon: ['rises', 'by day'],
  rocket: ['rises', 'at night'],
  star: ['stays still', 'at night'],
  windmill: ['spins', 'by day'],
  jellyfish: ['rises', 'under water'],
}

/** An ordinary sentence in the words that Mini was trained on; undefined where it names nothing that Mini can draw. */
export function rewriteForMini(prompt: string): string | undefined {
  const words = wordsOf(prompt)
  const subject = words.map(subjectOf).find((found) => found !== undefined)
  if (subject === undefined) return undefined
  const colours = words.flatMap((word) => (COLOURS.includes(word) ? [word] : (LIKE[word] ?? [])))
  const colour = colours.find((word) => COLOURS.includes(word)) ?? 'red'
  const size = words.some((word) => ['small', 'little', 'tiny'].includes(word))
    ? 'small '
    : words.some((word) => ['big', 'large', 'huge'].includes(word))
      ? 'big '
      : ''
  const text = words.join(' ')
  const [usualMotion = '', usualPlace = ''] = USUAL[subject] ?? []
  const motion = MOTION_FORMS.find(([pattern]) => pattern.test(text))?.[1] ?? usualMotion
  // "stars" in a prompt about something else is the night sky.
  const place = BACKGROUNDS.find(([pattern]) => pattern.test(text.replace(subject, '')))?.[1] ?? usualPlace
  const first = `${size}${colour}`
  return `${/^[aeiou]/.test(first) ? 'an' : 'a'} ${first} ${subject} ${motion} ${place}`
}

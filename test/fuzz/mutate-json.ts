// Changes to a JSON document that keep it JSON, and some that do not.
import type { Random } from './random'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  2,
  0.5,
  16,
  255,
  65536,
  1e6,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  1e21,
  1e308,
  -1e308,
  5e-324,
]
const TEXTS = [
  '',
  ' ',
  'a',
  '\u0000',
  '\ud800',
  '__proto__',
  'constructor',
  'length',
  '../x',
  '/',
  '▁',
  'NaN',
  '\u202e',
]

function odd(random: Random): Json {
  switch (random.below(9)) {
    case 0:
      return random.pick(NUMBERS)
    case 1:
      return random.pick(TEXTS)
    case 2:
      return null
    case 3:
      return random.chance(0.5)
    case 4:
      return 'x'.repeat(random.size(200_000))
    case 5:
      return Array.from({ length: random.size(20_000) }, () => random.below(9))
    case 6:
      return Array.from({ length: random.size(3000) }, (_, i): Json => (i % 2 ? [] : {}))
    case 7: {
      let nested: Json = random.pick(TEXTS)
      for (let depth = random.size(2000); depth > 0; depth--) nested = depth % 2 ? [nested] : { a: nested }
      return nested
    }
    default:
      return Object.fromEntries(
        Array.from({ length: random.size(3000) }, (_, i) => [`${random.pick(TEXTS)}${i}`, i]),
      )
  }
}

/** Every place in the document: what holds it, and by which key. */
function places(
  value: Json,
  found: [holder: Json[] | { [key: string]: Json }, key: string | number][],
): void {
  if (typeof value !== 'object' || value === null || found.length > 2000) return
  if (Array.isArray(value)) {
    value.forEach((item, i) => {
      found.push([value, i])
      places(item, found)
    })
    return
  }
  for (const [key, item] of Object.entries(value)) {
    found.push([value, key])
    places(item, found)
  }
}

function set(holder: Json[] | { [key: string]: Json }, key: string | number, value: Json): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true })
}

function edit(random: Random, document: Json): Json {
  const found: [Json[] | { [key: string]: Json }, string | number][] = []
  places(document, found)
  if (found.length === 0 || random.chance(0.02)) return odd(random)
  const [holder, key] = random.pick(found)
  const [other, otherKey] = random.pick(found)
  const value = (holder as Record<string | number, Json>)[key] ?? null
  switch (random.below(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(Number(key), 1)
      else delete holder[key]
      break
    case 1:
      set(other, otherKey, structuredClone(value))
      break
    case 2:
      if (Array.isArray(holder))
        holder.push(...Array.from({ length: random.size(2000) }, () => structuredClone(value)))
      else set(holder, random.pick(TEXTS) + String(key), value)
      break
    case 3:
      if (typeof value === 'number') set(holder, key, value + random.pick([-1, 1, 0.5, 1e9]))
      else set(holder, key, odd(random))
      break
    default:
      set(holder, key, odd(random))
  }
  return document
}

/** One to four edits. */
export function mutateJson(random: Random, sample: unknown): unknown {
  let document = structuredClone(sample) as Json
  for (let left = 1 + random.below(4); left > 0; left--) document = edit(random, document)
  return document
}

/** Its text, in which now and then something stands that JSON has not. */
export function mutateJsonText(random: Random, sample: unknown): string {
  const text = JSON.stringify(mutateJson(random, sample)) ?? 'undefined'
  if (random.chance(0.8)) return text
  const at = random.below(text.length + 1)
  const insert = random.pick(['{', '[', ']', '}', '"', ',', ':', '\\', '\u0000', '1e999', '"a":1,'])
  if (random.chance(0.2)) return text.slice(0, at)
  return text.slice(0, at) + insert.repeat(1 + random.size(100_000)) + text.slice(at)
}

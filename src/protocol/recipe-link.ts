// A recipe in an address, after "#": browsers never send that part to a server.
import { parseRecipe, recipeOf, type RecipeFacts, type RecipeReading } from './recipe'
import type { GenerationSettings } from './settings'

const MARK = '#recipe='
const MOST_CHARACTERS = 60_000

/** URL-safe base64 of UTF-8. */
function pack(text: string): string {
  const bytes = new TextEncoder().encode(text)
  const letters = Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')
  return btoa(letters).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '')
}

function unpack(packed: string): string {
  const letters = atob(packed.replaceAll('-', '+').replaceAll('_', '/'))
  return new TextDecoder('utf-8', { fatal: true }).decode(
    Uint8Array.from(letters, (letter) => letter.charCodeAt(0)),
  )
}

/** The address of this page with the recipe in it. */
export function linkFor(page: string, settings: Partial<GenerationSettings>, facts?: RecipeFacts): string {
  const url = new URL(page)
  url.search = ''
  url.hash = MARK + pack(JSON.stringify(recipeOf(settings, facts)))
  return url.href
}

export type LinkReading = { ok: true; reading: RecipeReading } | { ok: false } | undefined

/** Undefined where the address carries none; `ok` is false where what it carries is damaged. */
export function readLink(hash: string): LinkReading {
  if (!hash.startsWith(MARK)) return undefined
  try {
    if (hash.length > MOST_CHARACTERS) return { ok: false }
    const reading = parseRecipe(JSON.parse(unpack(hash.slice(MARK.length))), 'link')
    return reading === undefined ? { ok: false } : { ok: true, reading }
  } catch {
    return { ok: false }
  }
}

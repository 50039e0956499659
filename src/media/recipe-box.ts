// Writes the settings into the file, at moov/udta/meta/ilst: the place of titles and comments, which players, ffprobe
// and file managers show.
import type { ClipMetadata } from '../protocol/settings'
import { XMP_BOX_ID, xmpPacket } from './made-by-model'
import { concatBytes, findBox, makeBox, moveChunkOffsets } from './mp4-boxes'

const COMMENT = '\u00A9cmt'
const TITLE = '\u00A9nam'
const ENCODER = '\u00A9too'
const UTF8_TEXT = 1 // type of the value in a `data` box

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setUint32(0, value)
  return bytes
}

function textItem(type: string, text: string): Uint8Array {
  return makeBox(type, makeBox('data', u32(UTF8_TEXT), u32(0), new TextEncoder().encode(text)))
}

function userData(recipe: ClipMetadata): Uint8Array {
  const handler = makeBox(
    'hdlr',
    u32(0),
    u32(0),
    Uint8Array.from('mdirappl', (letter) => letter.charCodeAt(0)),
    new Uint8Array(9),
  )
  const items = makeBox(
    'ilst',
    textItem(TITLE, recipe.prompt),
    textItem(ENCODER, `${recipe.app} ${recipe.appVersion}, ${recipe.model}`),
    textItem(COMMENT, JSON.stringify(recipe)),
  )
  return makeBox('udta', makeBox('meta', u32(0), handler, items))
}

/**
 * The file with the recipe at the end of `moov`, and the mark that a model made it at its own end. Samples move back
 * by as much.
 */
export function embedRecipe(mp4: Uint8Array<ArrayBuffer>, recipe: ClipMetadata): Uint8Array<ArrayBuffer> {
  const moov = findBox(mp4, ['moov'])
  const media = findBox(mp4, ['mdat'])
  if (moov === undefined || media === undefined)
    throw new Error('The muxer wrote a file without moov or mdat.')
  const extra = userData(recipe)
  const copy = mp4.slice()
  if (media.start > moov.start) moveChunkOffsets(copy, extra.length)
  new DataView(copy.buffer).setUint32(moov.start, moov.end - moov.start + extra.length)
  const creator = `${recipe.app} ${recipe.appVersion}`
  const mark = makeBox('uuid', XMP_BOX_ID, new TextEncoder().encode(xmpPacket(creator)))
  return concatBytes([copy.subarray(0, moov.end), extra, copy.subarray(moov.end), mark])
}

/**
 * The JSON that `embedRecipe` wrote, not yet validated; undefined where the bytes are not an MP4 or contain no
 * settings of ours.
 */
export function readRecipe(mp4: Uint8Array): unknown {
  try {
    const data = findBox(mp4, ['moov', 'udta', 'meta', 'ilst', COMMENT, 'data'])
    if (data === undefined) return undefined
    const recipe: unknown = JSON.parse(new TextDecoder().decode(mp4.subarray(data.bodyStart + 8, data.end)))
    return typeof recipe === 'object' && recipe !== null && 'prompt' in recipe ? recipe : undefined
  } catch {
    return undefined
  }
}

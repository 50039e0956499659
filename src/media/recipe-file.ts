// Which recipe a dropped file carries: one of ours, of ComfyUI or of Wan2GP; as MP4, or as a file of JSON.
import { parseRecipe, type RecipeReading } from '../protocol/recipe'
import { readFileNotes } from './file-notes'
import { readComfyUi } from './recipe-comfyui'
import { readWan2Gp } from './recipe-wan2gp'

const MOST_JSON_BYTES = 1 << 20

function json(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A graph, or the text of one. */
function graphIn(value: unknown): RecipeReading | undefined {
  const graph = typeof value === 'string' ? json(value) : value
  return isObject(graph) ? readComfyUi(graph) : undefined
}

function readValue(value: unknown): RecipeReading | undefined {
  if (!isObject(value)) return undefined
  return readWan2Gp(value) ?? graphIn(value['prompt']) ?? parseRecipe(value)
}

/** Undefined where the file carries none that is known. */
export async function readRecipeFile(file: Blob): Promise<RecipeReading | undefined> {
  const notes = await readFileNotes(file)
  const fromNotes = readValue(json(notes.get('comment'))) ?? graphIn(notes.get('prompt'))
  if (fromNotes !== undefined) return fromNotes
  const isJson = file.size <= MOST_JSON_BYTES && (await file.slice(0, 1).text()) === '{'
  return isJson ? readValue(json(await file.text())) : undefined
}

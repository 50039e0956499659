// Which recipe a dropped file carries: one of ours, of ComfyUI or of Wan2GP; as MP4, or as a file of JSON.
import { parseRecipe, type RecipeReading } from '../protocol/recipe'
import { parseBoundedJson, type JsonLimits } from '../weights/formats/bounded-json'
import { readFileNotes } from './file-notes'
import { readComfyUi } from './recipe-comfyui'
import { readWan2Gp } from './recipe-wan2gp'

const MOST_JSON_BYTES = 1 << 20
/** Far more than the graphs that people draw. */
const NOTE: JsonLimits = { bytes: 4 << 20, depth: 64, containers: 50_000, values: 500_000 }

function json(text: string | undefined): unknown {
  const refuse = (problem: string): never => {
    throw new Error(problem)
  }
  try {
    return text && parseBoundedJson(new TextEncoder().encode(text), NOTE, 'it', refuse)
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

import { openAsBlob, statSync } from 'node:fs'
import { basename } from 'node:path'
import { FIRST_MINI, isMiniId } from '../catalogue/mini-world'
import { readRecipeFile } from '../media/recipe-file'
import type { RecipeReading } from '../protocol/recipe'
import { UsageError } from './usage-error'

/**
 * The settings in a file: an MP4 of Zoetrope, ComfyUI or Wan2GP, or JSON.
 * @throws UsageError where there is no such file, or it carries none
 */
export async function readRecipe(path: string): Promise<RecipeReading> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true)
    throw new UsageError(`There is no file at ${path}. --recipe names an MP4 or a JSON file with settings.`)
  const reading = await readRecipeFile(await openAsBlob(path))
  if (reading !== undefined) return reading
  throw new UsageError(
    `${basename(path)} contains no settings that Zoetrope can read. --recipe takes an MP4 of Zoetrope, ComfyUI or Wan2GP, or JSON with a prompt.`,
  )
}

/** What to know before the clip is made, in sentences. */
export function recipeNotes({ model, leftOut }: RecipeReading, chosen: string): string[] {
  return [
    ...(model !== undefined && model !== chosen
      ? [
          model === FIRST_MINI && isMiniId(chosen)
            ? `The recipe was made with the first Mini, which drew other pictures; this clip will differ.`
            : `The recipe was made with ${model}; this clip is made with ${chosen}, and will differ.`,
        ]
      : []),
    ...(leftOut.length > 0 ? [`Of the recipe is left out: ${leftOut.join(', ')}.`] : []),
  ]
}

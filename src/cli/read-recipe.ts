import { openAsBlob, statSync } from 'node:fs'
import { basename } from 'node:path'
import { FIRST_MINI, isMiniId } from '../catalogue/mini-world'
import { readRecipeFile } from '../media/recipe-file'
import type { RecipeReading } from '../protocol/recipe'
import type { GenerateArguments } from './arguments'
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

/** What the clip cannot have of its recipe, in sentences. */
export function recipeNotes({ leftOut }: RecipeReading): string[] {
  return leftOut.length > 0 ? [`Of the recipe is left out: ${leftOut.join(', ')}.`] : []
}

/** What to know where another model is open than that of the recipe; undefined where it is the same. */
export function otherModel({ model }: RecipeReading, chosen: string): string | undefined {
  if (model === undefined || model === chosen) return undefined
  return model === FIRST_MINI && isMiniId(chosen)
    ? `The recipe was made with the first Mini, which drew other pictures; this clip will differ.`
    : `The recipe was made with ${model}; this clip is made with ${chosen}, and will differ.`
}

/** The options with what the recipe has, and they do not say. Its files are not in it: they are given anew. */
export function withRecipe(
  args: GenerateArguments,
  { control, given }: Pick<RecipeReading, 'control' | 'given'>,
): GenerateArguments {
  const isHeld = args.continueFrom !== undefined && given?.holdsColours === true
  return {
    ...args,
    ...(args.control && { control: { ...control, ...args.control } }),
    holdsColours: args.holdsColours || isHeld,
  }
}

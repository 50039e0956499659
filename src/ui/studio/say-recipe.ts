import type { RecipeReading } from '../../protocol/recipe'
import type { Words } from '../text/en'
import type { Announcer } from './announcer'

/** What came of a recipe from outside: what was restored, and what cannot be. */
export function sayRecipe(
  announcer: Announcer,
  words: Words,
  { origin, model, leftOut }: RecipeReading,
  openModel: string | undefined,
): void {
  const { recipe } = words
  announcer.say(
    [
      recipe.from[origin],
      recipe.restored,
      ...(model !== undefined && openModel !== undefined && model !== openModel
        ? [recipe.otherModel(model)]
        : []),
      ...(leftOut.length > 0 ? [recipe.leftOut(leftOut.join(', '))] : []),
    ].join(' '),
  )
}

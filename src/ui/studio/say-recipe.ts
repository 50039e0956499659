import { FIRST_MINI, isMiniId } from '../../catalogue/mini-world'
import type { RecipeReading } from '../../protocol/recipe'
import type { Session } from '../session-state'
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
        ? [model === FIRST_MINI && isMiniId(openModel) ? recipe.firstMini : recipe.otherModel(model)]
        : []),
      ...(leftOut.length > 0 ? [recipe.leftOut(leftOut.join(', '))] : []),
    ].join(' '),
  )
}

/** The same again when a model is open, where that is another one than the recipe's. */
export function sayOnceOpen(
  session: Pick<Session, 'get' | 'subscribe'>,
  announcer: Announcer,
  words: Words,
  reading: RecipeReading,
): void {
  const stop = session.subscribe(() => {
    const { engine } = session.get()
    if (engine === undefined) return
    stop()
    if (reading.model !== engine.model.id) sayRecipe(announcer, words, reading, engine.model.id)
  })
}

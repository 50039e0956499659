// What a recipe or a clip was made with beside its settings, found again in the gallery and taken into the form.
import { toFailure } from '../../protocol/errors'
import type { ClipRecord } from '../../protocol/gallery'
import { GIVEN_NAMES, type GivenHashes, type RecipeReading } from '../../protocol/recipe'
import type { Clips } from './clips'
import { continuationOf, type Continuation } from './continuation'
import type { FormStore } from './form-store'
import { isLoaded, isSettled } from './loaded'
import type { Session } from '../session-state'

export interface RestoreNeeds {
  form: Pick<FormStore, 'pictures' | 'recallFiles' | 'setContinuation' | 'setHoldsColours'>
  clips: Pick<Clips, 'pictureOf' | 'endingWith' | 'given'>
  session: Pick<Session, 'get'>
}

/** What may still be opening when a recipe comes with the page's address. */
export interface EarlyNeeds {
  form: RestoreNeeds['form'] & Pick<FormStore, 'get'>
  clips: Pick<Clips, 'get' | 'subscribe' | 'pictureOf' | 'endingWith'>
  session: Pick<Session, 'get' | 'subscribe'>
}

/** Milliseconds to wait. */
export interface Patience {
  gallery: number
  engine: number
}

const PATIENCE: Patience = { gallery: 5_000, engine: 60_000 }

/** Resolves to whether the form goes on from the clip, which only the model that made it does. */
async function takeContinuation(
  { form, session }: Pick<EarlyNeeds, 'form' | 'session'>,
  before: ClipRecord,
  holdsColours: boolean,
  patience: number,
): Promise<boolean> {
  const take = (continuation: Continuation | undefined): void => {
    form.setContinuation(continuation)
    if (continuation) form.setHoldsColours(holdsColours)
  }
  const { engine } = session.get()
  if (engine !== undefined) {
    const continuation = continuationOf(before, engine.model)
    if (continuation) take(continuation)
    return continuation !== undefined
  }
  // At once, so that what is chosen while the model opens is not undone.
  const early = continuationOf(before, { id: before.facts.model, takesPicture: true })
  take(early)
  await isSettled(session, patience)
  if (form.get().continuation !== early) return false
  const isTaken = continuationOf(before, session.get().engine?.model) !== undefined
  if (!isTaken) take(undefined)
  return isTaken
}

/**
 * Takes what is found into the form; the reading that comes back leaves out only what is not. Waits for the gallery,
 * and where a clip goes on from another, for the model.
 */
export async function restorePictures(
  { form, clips, session }: EarlyNeeds,
  reading: RecipeReading,
  patience: Patience = PATIENCE,
): Promise<RecipeReading> {
  const { imageSha256, lastImageSha256, continuesSha256, holdsColours = false } = reading.given ?? {}
  if (reading.given !== undefined) await isLoaded(clips, patience.gallery)
  const found = new Set<keyof GivenHashes>()
  const take = async (name: 'imageSha256' | 'lastImageSha256', sha256: string | undefined): Promise<void> => {
    const place = name === 'imageSha256' ? 'first' : 'last'
    try {
      const picture = sha256 && (await clips.pictureOf(sha256, place))
      if (!picture) return
      await form.pictures.take(place, new File([picture], 'picture.png'))
      found.add(name)
    } catch (error) {
      console.warn('A picture of a recipe cannot be read:', toFailure(error).message)
    }
  }
  const goOn = async (): Promise<void> => {
    const before = continuesSha256 === undefined ? undefined : clips.endingWith(continuesSha256)
    if (before && (await takeContinuation({ form, session }, before, holdsColours, patience.engine)))
      found.add('continuesSha256')
  }
  await Promise.all([goOn(), take('imageSha256', imageSha256), take('lastImageSha256', lastImageSha256)])
  const names = new Set([...found].map((name) => GIVEN_NAMES[name]))
  return { ...reading, leftOut: reading.leftOut.filter((name) => !names.has(name)) }
}

/** Takes what a clip was made with into the form; names what is not in this browser, or is of another model. */
export async function restoreGiven(
  { form, clips, session }: RestoreNeeds,
  record: ClipRecord,
): Promise<readonly string[]> {
  const { continuesSha256, holdsColours = false } = record.facts
  const { input, missing } = await clips.given(record)
  const before = continuesSha256 === undefined ? undefined : clips.endingWith(continuesSha256)
  const continuation = before && continuationOf(before, session.get().engine?.model)
  await form.recallFiles(input)
  form.setContinuation(continuation)
  if (continuation) form.setHoldsColours(holdsColours)
  return before && !continuation ? [...missing, GIVEN_NAMES.continuesSha256] : missing
}

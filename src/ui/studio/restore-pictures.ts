// What a recipe or a clip was made with beside its settings, found again in the gallery and taken into the form.
import type { ClipRecord } from '../../protocol/gallery'
import { GIVEN_NAMES, type GivenHashes, type RecipeReading } from '../../protocol/recipe'
import type { Clips } from './clips'
import { continuationOf } from './continuation'
import type { FormStore } from './form-store'
import type { Session } from '../session-state'

export interface RestoreNeeds {
  form: Pick<FormStore, 'pictures' | 'recallFiles' | 'setContinuation' | 'setHoldsColours'>
  clips: Pick<Clips, 'pictureOf' | 'endingWith' | 'given'>
  session: Pick<Session, 'get'>
}

/** Takes what is found into the form; the reading that comes back leaves out only what is not. */
export async function restorePictures(
  { form, clips, session }: RestoreNeeds,
  reading: RecipeReading,
): Promise<RecipeReading> {
  const { imageSha256, lastImageSha256, continuesSha256, holdsColours = false } = reading.given ?? {}
  const found = new Set<keyof GivenHashes>()
  const take = async (name: 'imageSha256' | 'lastImageSha256', sha256: string | undefined): Promise<void> => {
    const place = name === 'imageSha256' ? 'first' : 'last'
    const picture = sha256 && (await clips.pictureOf(sha256, place))
    if (!picture) return
    await form.pictures.take(place, new File([picture], 'picture.png'))
    found.add(name)
  }
  const before = continuesSha256 === undefined ? undefined : clips.endingWith(continuesSha256)
  const continuation = before && continuationOf(before, session.get().engine?.model)
  if (continuation) {
    form.setContinuation(continuation)
    form.setHoldsColours(holdsColours)
    found.add('continuesSha256')
  }
  await Promise.all([take('imageSha256', imageSha256), take('lastImageSha256', lastImageSha256)])
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

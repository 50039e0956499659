// The pictures of a recipe, or the clip that it goes on from, found again in the gallery by their hashes.
import { GIVEN_NAMES, type GivenHashes, type RecipeReading } from '../../protocol/recipe'
import type { Clips } from './clips'
import { continuationOf } from './continuation'
import type { FormStore } from './form-store'
import type { Session } from '../session-state'

export interface RestoreNeeds {
  form: Pick<FormStore, 'pictures' | 'setContinuation' | 'setHoldsColours'>
  clips: Pick<Clips, 'pictureOf' | 'endingWith'>
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
    const isFirst = name === 'imageSha256'
    const picture = sha256 && (await clips.pictureOf(sha256, isFirst ? 'picture' : 'lastPicture'))
    if (!picture) return
    await form.pictures.take(isFirst ? 'first' : 'last', new File([picture], 'picture.png'))
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

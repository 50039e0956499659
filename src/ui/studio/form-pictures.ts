// The pictures that the next clip begins and ends with, kept across reloads.
import type { TakenPicture } from '../../protocol/gallery'
import { FORM_PICTURE, LAST_FORM_PICTURE, type Pictures } from './pictures'

/** Where in the clip a picture stands. */
export type Place = 'first' | 'last'

export interface FormPictures {
  get(place: Place): TakenPicture | undefined
  isReading(place: Place): boolean
  /**
   * Reads a picture, of which nothing but the pixels stays, and takes it in. A later one, or none, wins.
   * @throws ZoetropeError where it is none, or too large
   */
  take(place: Place, file: File): Promise<void>
  leaveOut(place: Place): void
  /** Resolves when none is being read: to whether all could be. */
  settled(): Promise<boolean>
}

export interface FormPicturesNeeds {
  /** Where they outlive a reload; absent where nothing does. */
  readonly kept?: Pictures | undefined
  takePicture(file: File): Promise<TakenPicture>
}

const IDS: Readonly<Record<Place, string>> = { first: FORM_PICTURE, last: LAST_FORM_PICTURE }
const PLACES: readonly Place[] = ['first', 'last']

/** The form that they belong to. */
export interface PicturesForm {
  /** Ids of the pictures that are chosen, written at once, where the pictures themselves take a moment. */
  chosen(): readonly string[]
  choose(ids: readonly string[]): void
  /** Hears of every change. */
  changed(): void
}

export function createFormPictures(
  { kept, takePicture }: FormPicturesNeeds,
  form: PicturesForm,
): FormPictures {
  const taken: Partial<Record<Place, TakenPicture>> = {}
  const reading = new Map<Place, Promise<TakenPicture>>()
  const touched = new Set<Place>()

  const choose = (place: Place, isChosen: boolean): void => {
    const others = form.chosen().filter((id) => id !== IDS[place])
    form.choose(isChosen ? [...others, IDS[place]] : others)
    if (!isChosen) void kept?.remove(IDS[place])
  }
  const put = (place: Place, picture: TakenPicture | undefined): void => {
    if (picture === undefined) delete taken[place]
    else taken[place] = picture
    form.changed()
  }
  const read = async (place: Place, file: File): Promise<boolean> => {
    const own = takePicture(file)
    reading.set(place, own)
    put(place, undefined)
    try {
      const picture = await own
      if (reading.get(place) !== own) return false
      reading.delete(place)
      put(place, picture)
      return true
    } catch (error) {
      if (reading.get(place) !== own) return false
      reading.delete(place)
      choose(place, false)
      throw error
    }
  }

  const restore = async (place: Place): Promise<void> => {
    if (!form.chosen().includes(IDS[place])) return kept?.remove(IDS[place]) // left out just before the page closed
    const file = await kept?.read(IDS[place])
    if (file !== undefined && !touched.has(place)) await read(place, file)
  }
  for (const place of PLACES) void restore(place).catch(() => undefined)

  return {
    get: (place) => taken[place],
    isReading: (place) => reading.has(place),
    async take(place, file) {
      touched.add(place)
      choose(place, true)
      if (await read(place, file)) await kept?.keep(IDS[place], taken[place]!.file)
    },
    leaveOut(place) {
      touched.add(place)
      reading.delete(place)
      put(place, undefined)
      choose(place, false)
    },
    async settled() {
      const results = await Promise.allSettled(reading.values())
      return results.every(({ status }) => status === 'fulfilled')
    },
  }
}

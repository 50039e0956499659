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

/** @param onChange hears of every change */
export function createFormPictures(
  { kept, takePicture }: FormPicturesNeeds,
  onChange: () => void,
): FormPictures {
  const taken: Partial<Record<Place, TakenPicture>> = {}
  const reading = new Map<Place, Promise<TakenPicture>>()
  const touched = new Set<Place>()

  const put = (place: Place, picture: TakenPicture | undefined): void => {
    if (picture === undefined) delete taken[place]
    else taken[place] = picture
    onChange()
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
      onChange()
      throw error
    }
  }

  for (const place of PLACES)
    void kept?.read(IDS[place]).then((file) => {
      if (file !== undefined && !touched.has(place)) void read(place, file).catch(() => undefined)
    })

  return {
    get: (place) => taken[place],
    isReading: (place) => reading.has(place),
    async take(place, file) {
      touched.add(place)
      void kept?.remove(IDS[place])
      if (await read(place, file)) await kept?.keep(IDS[place], taken[place]!.file)
    },
    leaveOut(place) {
      touched.add(place)
      reading.delete(place)
      put(place, undefined)
      void kept?.remove(IDS[place])
    },
    async settled() {
      const results = await Promise.allSettled(reading.values())
      return results.every(({ status }) => status === 'fulfilled')
    },
  }
}

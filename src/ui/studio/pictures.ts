// Pictures that clips are to begin or end with, kept across reloads: of the form, of what waits in the queue (with other
// files), and one that another app has shared. In the browser's cache storage, which the service worker reaches too.

export interface Pictures {
  /** False where the browser keeps nothing. */
  keep(id: string, picture: Blob): Promise<boolean>
  read(id: string): Promise<File | undefined>
  remove(id: string): Promise<void>
  /** Deletes what nothing waits for any more, as far as this tab can know. */
  keepOnly(ids: ReadonlySet<string>, now?: number): Promise<void>
}

/** The used part of a `Cache`. */
export interface PictureCache {
  match(url: string): Promise<Response | undefined>
  put(url: string, response: Response): Promise<void>
  delete(url: string): Promise<boolean>
  keys(): Promise<readonly { readonly url: string }[]>
}

/** Also in the service worker. */
export const PICTURES_CACHE = 'zoetrope-pictures'
export const PICTURES_BASE = 'https://pictures.invalid/'
export const FORM_PICTURE = 'form'
export const LAST_FORM_PICTURE = 'form-last'
export const SHARED_PICTURE = 'shared'

/** Milliseconds for which the files of a queue that only its own tab can read are left alone. */
const WEEK = 7 * 24 * 3600e3

/** For a file of such a queue. */
export function idOfTab(now = Date.now()): string {
  return `tab-${now}-${crypto.randomUUID()}`
}

/** Whether a tab may still wait for it. */
function isOfTab(url: string, now: number): boolean {
  const keptAt = /\/tab-(\d+)-/.exec(url)?.[1]
  return keptAt !== undefined && now - Number(keptAt) < WEEK
}

const addressOf = (id: string): string => PICTURES_BASE + encodeURIComponent(id)

function nameOf({ headers }: Response): string {
  try {
    return decodeURIComponent(headers.get('x-name') ?? '') || 'picture'
  } catch {
    return 'picture'
  }
}

/** @param open rejects, or is absent, where the browser has no cache storage for this page */
export function createPictures(open: (() => Promise<PictureCache>) | undefined): Pictures {
  const attempt = async <T>(work: (cache: PictureCache) => Promise<T>, otherwise: T): Promise<T> => {
    try {
      return open === undefined ? otherwise : await work(await open())
    } catch {
      return otherwise
    }
  }
  return {
    keep: (id, picture) =>
      attempt(async (cache) => {
        const name = picture instanceof File ? picture.name : ''
        const headers = { 'content-type': picture.type, 'x-name': encodeURIComponent(name) }
        await cache.put(addressOf(id), new Response(picture, { headers }))
        return true
      }, false),
    read: (id) =>
      attempt(async (cache) => {
        const found = await cache.match(addressOf(id))
        if (found === undefined) return undefined
        const picture = await found.blob()
        return new File([picture], nameOf(found), { type: picture.type })
      }, undefined),
    remove: (id) => attempt(async (cache) => void (await cache.delete(addressOf(id))), undefined),
    keepOnly: (ids, now = Date.now()) =>
      attempt(async (cache) => {
        const wanted = new Set([...ids].map(addressOf))
        for (const { url } of await cache.keys())
          if (!wanted.has(url) && !isOfTab(url, now)) await cache.delete(url)
      }, undefined),
  }
}

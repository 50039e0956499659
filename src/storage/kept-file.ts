// Small files of a model that are fetched when they are first used: kept for the next visit, also without a network.
import { sha256Hex } from '../weights/sources/sha256'
import { cachedEntries, type CachedEntries } from './cached-entries'

const MOST_FILES = 8

/** Undefined where there is no cache storage, as in Node. */
const FILES =
  'caches' in globalThis
    ? cachedEntries(() => caches.open('zoetrope-files'), 'files.zoetrope', MOST_FILES)
    : undefined

/** The bytes of the file with this SHA-256: those that were kept, or what `load` gives, which is then kept. */
export async function keptFile(
  sha256: string,
  load: () => Promise<Uint8Array<ArrayBuffer>>,
  files: CachedEntries | undefined = FILES,
): Promise<Uint8Array<ArrayBuffer>> {
  const kept = await files?.get(sha256).catch(() => undefined)
  const bytes = kept && new Uint8Array(kept)
  if (bytes && (await sha256Hex(bytes)) === sha256) return bytes
  const loaded = await load()
  files?.put(sha256, loaded).catch(() => undefined) // then it is fetched again
  return loaded
}

import { keep } from '../kept'
import type { Studio } from './studio'

const OWN = 'zoetrope'
/** Written and removed at once: other tabs hear of it. */
export const ERASED = `${OWN}.erased`

/** Everything that this page keeps in the browser, but for the app itself, which is no one's data. */
export async function eraseEverything({
  clips,
  loras,
  queue,
  library,
  session,
  storage,
  form,
}: Studio): Promise<void> {
  session.cancel()
  queue.clear()
  for (const { id } of await session.interruptedRuns().catch(() => [])) await session.discardRun(id)
  await clips.erase()
  await loras.erase()
  for (const id of library.get().installed.keys()) await library.remove(id)
  for (const { key } of library.get().disk) await library.forget(key)
  form.reset()
  await form.recallFiles({})
  form.setContinuation(undefined)
  form.change({ prompt: '', seed: '' })
  for (const name of await caches.keys().catch(() => [])) if (name.startsWith(OWN)) await caches.delete(name)
  keep(storage, ERASED, '')
  if (storage instanceof Storage)
    for (const name of Object.keys(storage)) if (name.startsWith(`${OWN}.`)) storage.removeItem(name)
}

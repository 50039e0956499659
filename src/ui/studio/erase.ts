import { ERASED, keep, OWN } from '../kept'
import { until } from './loaded'
import type { Studio } from './studio'

/** Milliseconds for a video or a download to stop. */
const PATIENCE = 10_000
/** Milliseconds after which a model that is still being written to is tried again. */
const PAUSE = 1_000

type Library = Studio['library']

/** Stops everything that could write again. */
async function stop({ session, queue, library }: Studio): Promise<void> {
  session.cancel()
  queue.clear()
  for (const model of library.get().downloads.keys()) library.pause(model)
  await until(session, () => session.get().job === undefined, PATIENCE)
  await until(library, () => library.get().downloads.size === 0, PATIENCE)
}

/** Ids of the models of which something is left. */
async function removeModels(library: Library): Promise<string[]> {
  for (const id of library.get().installed.keys()) await library.remove(id)
  return [...library.get().installed.keys()]
}

/**
 * Everything that this page keeps in the browser, but for the app itself, which is no one's data.
 * @returns titles of the models that stayed: another tab may be writing to them
 */
export async function eraseEverything(studio: Studio): Promise<string[]> {
  const { clips, loras, library, session, storage, form, entries, writer } = studio
  await stop(studio)
  for (const { id } of await session.interruptedRuns().catch(() => [])) await session.discardRun(id)
  await clips.erase()
  await loras.erase()
  let left = await removeModels(library)
  if (left.length > 0) {
    await new Promise((resolve) => setTimeout(resolve, PAUSE))
    await stop(studio)
    left = await removeModels(library)
  }
  for (const { key } of library.get().disk) await library.forget(key)
  form.reset()
  await form.recallFiles({})
  form.setContinuation(undefined)
  form.change({ prompt: '', seed: '' })
  for (const name of await caches.keys().catch(() => [])) if (name.startsWith(OWN)) await caches.delete(name)
  keep(storage, ERASED, '')
  if (storage instanceof Storage)
    for (const name of Object.keys(storage)) if (name.startsWith(`${OWN}.`)) storage.removeItem(name)
  return left.map((id) => [...entries, writer.entry].find((entry) => entry.id === id)?.title ?? id)
}

import type { Studio } from './studio'

const OWN = 'zoetrope'

/** Everything that this page keeps in the browser, but for the app itself, which is no one's data. */
export async function eraseEverything({
  clips,
  loras,
  queue,
  shelf,
  session,
  drawer,
  form,
}: Studio): Promise<void> {
  session.cancel()
  queue.clear()
  for (const { id } of await session.interruptedRuns().catch(() => [])) await session.discardRun(id)
  await clips.erase()
  await loras.erase()
  for (const id of shelf.get().holdings.keys()) await shelf.remove(id)
  for (const { key } of shelf.get().disk) await shelf.forget(key)
  form.reset()
  await form.recallFiles({})
  form.setContinuation(undefined)
  form.change({ prompt: '', seed: '' })
  for (const name of await caches.keys().catch(() => [])) if (name.startsWith(OWN)) await caches.delete(name)
  if (drawer instanceof Storage)
    for (const name of Object.keys(drawer)) if (name.startsWith(`${OWN}.`)) drawer.removeItem(name)
}

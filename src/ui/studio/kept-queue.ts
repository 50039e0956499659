// The queue in a browser's storage: what outlives a reload.
import { isObject, keep, readKept, type PageStorage } from '../kept'
import { hasFiles, readFileIds, withoutFiles } from './queue-files'
import type { QueueItem } from './queue-item'

const KEY = 'zoetrope.queue'
export const MOST_ITEMS = 500

/** What has files that could not be kept lasts as long as the tab. */
function isKept({ state, input, files, run }: QueueItem): boolean {
  return (state !== 'failed' || run !== undefined) && (!hasFiles(input) || files !== undefined)
}

function itemFrom(value: unknown): QueueItem[] {
  if (!isObject(value) || !isObject(value['input']) || typeof value['id'] !== 'string') return []
  const { id, input, model, run } = value
  const files = readFileIds(value['files'])
  const isModel = isObject(model) && typeof model['id'] === 'string' && typeof model['title'] === 'string'
  return [
    {
      id,
      input,
      model: isModel ? { id: String(model['id']), title: String(model['title']) } : undefined,
      state: 'waiting',
      ...(typeof run === 'string' && { run }),
      ...(files && { files }),
    },
  ]
}

export function readQueue(storage: PageStorage | undefined): QueueItem[] {
  const kept = readKept(storage, KEY)
  return Array.isArray(kept) ? kept.slice(0, MOST_ITEMS).flatMap(itemFrom) : []
}

/** Whether it is kept. */
export function keepQueue(storage: PageStorage | undefined, items: readonly QueueItem[]): boolean {
  return keep(
    storage,
    KEY,
    items
      .filter(isKept)
      .map(({ id, input, model, files, run }) => ({ id, input: withoutFiles(input), model, files, run })),
  )
}

/** What a second tab had waiting comes after the queue's own, once that tab is the first. */
export function joinQueues(own: PageStorage | undefined, second: PageStorage | undefined): void {
  const left = readQueue(second)
  if (left.length === 0) return
  const kept = readQueue(own)
  const known = new Set(kept.map(({ id }) => id)) // a copy of the tab may have been here before
  const more = left.filter(({ id }) => !known.has(id))
  if (keepQueue(own, [...kept, ...more])) keepQueue(second, [])
}

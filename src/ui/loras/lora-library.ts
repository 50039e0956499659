// The LoRAs of this browser: files, which are on, how strongly. Without React.
import { isNoRoom, toFailure, ZoetropeError } from '../../protocol/errors'
import { fingerprintOf } from '../../protocol/fingerprint'
import { checkStrengths, type LoraInput, type LoraRecord, type LoraStrength } from '../../protocol/lora'
import type { NamedFile } from '../../protocol/model-source'
import { isObject, keep, readKept, type PageStorage } from '../kept'
import { createStore, type Store } from '../store'
import { formatBytes } from '../words'
import { readLoraHeader } from './header'
import { lorasInMemory, type LoraFiles } from './lora-files'

export interface ShelvedLora {
  /** Fingerprint of the file. */
  readonly id: string
  readonly name: string
  readonly bytes: number
  readonly triggers: readonly string[]
  readonly isOn: boolean
  readonly strength: LoraStrength
}

export interface LoraLibraryState {
  readonly loras: readonly ShelvedLora[]
  /** Of a recipe, which are not in this browser. */
  readonly missing: readonly LoraRecord[]
  readonly isAdding: boolean
  /** A sentence. */
  readonly error: string | undefined
}

export interface LoraLibrary extends Pick<Store<LoraLibraryState>, 'get' | 'subscribe'> {
  /** Adds files and turns them on. */
  add(files: readonly NamedFile[]): Promise<void>
  /** The same for a file that comes with the page. */
  fetch(name: string, url: string): Promise<void>
  remove(id: string): Promise<void>
  change(id: string, more: { readonly isOn?: boolean; readonly strength?: LoraStrength }): void
  /** Those that are on, as a clip's recipe names them. */
  records(): LoraRecord[]
  /** Their files. @throws ZoetropeError where one is not in this browser any more */
  inputs(records: readonly LoraRecord[]): Promise<LoraInput[]>
  /** Turns on what a recipe names, turns off the others, and names what is missing. */
  recall(records: readonly LoraRecord[]): void
  /** Takes the missing ones out of sight. */
  forgetMissing(): void
  erase(): Promise<void>
}

export interface LoraLibraryOptions {
  readonly storage: PageStorage | undefined
  /** Opens the browser's storage. */
  openFiles(): Promise<LoraFiles>
}

const KEY = 'zoetrope.loras'
const MOST = 200

function noRoom(name: string, { size }: Blob): string {
  return `There is no room on the disk for ${name} (${formatBytes(size)}): it stays until the tab is closed. Free some space, and add it again.`
}

function loraFrom(value: unknown): ShelvedLora[] {
  if (!isObject(value)) return []
  const { id, name, bytes, triggers, isOn, strength } = value
  if (typeof id !== 'string' || typeof name !== 'string' || typeof bytes !== 'number') return []
  try {
    return [
      {
        id,
        name,
        bytes,
        triggers: Array.isArray(triggers) ? triggers.filter((word) => typeof word === 'string') : [],
        isOn: isOn === true,
        strength: checkStrengths(name, strength),
      },
    ]
  } catch {
    return []
  }
}

/** @throws ZoetropeError where it does not come */
async function bundledFile(name: string, url: string): Promise<Blob> {
  const response = await fetch(url).catch(() => undefined)
  if (response?.ok !== true)
    throw new ZoetropeError(
      'model-missing',
      `${name} could not be loaded${response ? `: the page's host answered ${response.status}` : ''}. Check the connection and try again.`,
    )
  return response.blob()
}

export function createLoraLibrary({ storage, openFiles }: LoraLibraryOptions): LoraLibrary {
  const kept = readKept(storage, KEY)
  const store = createStore<LoraLibraryState>({
    loras: Array.isArray(kept) ? kept.slice(0, MOST).flatMap(loraFrom) : [],
    missing: [],
    isAdding: false,
    error: undefined,
  })
  let opened: Promise<LoraFiles> | undefined
  const disk = (): Promise<LoraFiles> => (opened ??= openFiles().catch(() => lorasInMemory()))
  /** What the disk did not take. */
  const spare = lorasInMemory()
  const inMemory = new Set<string>()

  const set = (loras: readonly ShelvedLora[]): void => {
    store.set({ loras })
    keep(
      storage,
      KEY,
      loras.filter(({ id }) => !inMemory.has(id)),
    )
  }
  const find = ({ file, fingerprint }: LoraRecord): ShelvedLora | undefined => {
    const { loras } = store.get()
    return fingerprint === undefined
      ? loras.find(({ name }) => name === file)
      : loras.find(({ id }) => id === fingerprint)
  }
  const fileOf = async (id: string): Promise<Blob | undefined> =>
    (await spare.read(id)) ?? (await (await disk()).read(id))

  const addOne = async ({ name, file }: NamedFile): Promise<void> => {
    const id = await fingerprintOf(file)
    const { triggers } = await readLoraHeader({ name, file })
    const files = await disk()
    try {
      await files.write(id, file)
      if (files.place === 'memory') inMemory.add(id)
    } catch (error) {
      await files.remove(id)
      await spare.write(id, file)
      inMemory.add(id)
      store.set({ error: isNoRoom(error) ? noRoom(name, file) : toFailure(error).message })
    }
    const { loras, missing } = store.get()
    const wanted = missing.find((record) => record.fingerprint === id || record.file === name)
    const strength = wanted?.strength ?? 1
    const short = name.slice(name.lastIndexOf('/') + 1)
    set([
      ...loras.filter((lora) => lora.id !== id),
      { id, name: short, bytes: file.size, triggers, isOn: true, strength },
    ])
    store.set({ missing: missing.filter((record) => record !== wanted) })
  }

  const adding = async (work: () => Promise<void>): Promise<void> => {
    store.set({ isAdding: true, error: undefined })
    try {
      await work()
    } catch (error) {
      store.set({ error: toFailure(error).message })
    } finally {
      store.set({ isAdding: false })
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    add: (files) =>
      adding(async () => {
        for (const file of files) await addOne(file)
      }),
    fetch: (name, url) => adding(async () => addOne({ name, file: await bundledFile(name, url) })),
    async remove(id) {
      set(store.get().loras.filter((lora) => lora.id !== id))
      inMemory.delete(id)
      await spare.remove(id)
      await (await disk()).remove(id)
    },
    change(id, more) {
      set(store.get().loras.map((lora) => (lora.id === id ? { ...lora, ...more } : lora)))
    },
    records: () =>
      store
        .get()
        .loras.filter(({ isOn }) => isOn)
        .map(({ id, name, strength }) => ({ file: name, strength, fingerprint: id })),
    async inputs(records) {
      const inputs: LoraInput[] = []
      for (const record of records) {
        const found = find(record)
        const file = found && (await fileOf(found.id))
        if (!found || !file)
          throw new ZoetropeError(
            'invalid-settings',
            `The LoRA ${record.file} is not in this browser. Add it again, or leave it out.`,
          )
        inputs.push({ file: { name: found.name, file }, strength: record.strength })
      }
      return inputs
    },
    recall(records) {
      const found = new Map(
        records.flatMap((record) => {
          const lora = find(record)
          return lora ? [[lora.id, record] as const] : []
        }),
      )
      set(
        store.get().loras.map((lora) => {
          const record = found.get(lora.id)
          return { ...lora, isOn: record !== undefined, ...(record && { strength: record.strength }) }
        }),
      )
      store.set({ missing: records.filter((record) => find(record) === undefined) })
    },
    forgetMissing: () => store.set({ missing: [] }),
    async erase() {
      for (const { id } of store.get().loras) await this.remove(id)
      store.set({ missing: [], error: undefined })
    },
  }
}

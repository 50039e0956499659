// Files that a person picked or dropped. They are read where they lie; nothing is copied.
import type { NamedFile } from '../../protocol/model-source'

declare global {
  interface Window {
    /** Where the system opens files with the installed page. */
    launchQueue?: { setConsumer(take: (launch: { files: readonly FileSystemHandle[] }) => void): void }
    showOpenFilePicker?(options?: { multiple?: boolean; id?: string }): Promise<FileSystemFileHandle[]>
  }
  interface DataTransferItem {
    getAsFileSystemHandle?(): Promise<FileSystemHandle | null>
  }
}

export interface Picked {
  files: NamedFile[]
  /** By which the same files are found on another visit; empty where the browser gives none. */
  handles: FileSystemHandle[]
}

/** A model has a handful of files; a whole disk dropped by mistake is not walked. */
const MOST_FILES = 500

/** The files of a handle: its own, or all below a folder, named by their path. @throws where a file cannot be read */
export async function filesOf(handle: FileSystemHandle, path = handle.name): Promise<NamedFile[]> {
  if (handle.kind === 'file') return [{ name: path, file: await (handle as FileSystemFileHandle).getFile() }]
  const files: NamedFile[] = []
  for await (const child of (handle as FileSystemDirectoryHandle).values()) {
    if (files.length >= MOST_FILES) break
    if (!child.name.startsWith('.')) files.push(...(await filesOf(child, `${path}/${child.name}`)))
  }
  return files
}

const OF_A_MODEL = /\.(safetensors|sft|gguf|pt|pth|ckpt|bin|json|model|onnx)$/i

/** Whether it can belong to a model, by its name and size. */
export function isOfModel({ name, file }: NamedFile): boolean {
  return OF_A_MODEL.test(name) && file.size > 0
}

/** @throws where nothing among the files can belong to a model, so that the open one is not closed for it */
export function refuseOthers(files: readonly NamedFile[]): void {
  if (files.some(isOfModel)) return
  const [first] = files
  throw new Error(
    first === undefined
      ? 'No file was chosen.'
      : first.file.size === 0
        ? `${first.name} is empty. Choose the files of a model: safetensors, GGUF or PyTorch.`
        : `${first.name} is not a file of a model. Choose safetensors, GGUF or PyTorch files.`,
  )
}

/** Files of one name from two folders keep both: the second gets a folder of its own. */
export function apart(files: readonly NamedFile[]): NamedFile[] {
  const seen = new Map<string, number>()
  return files.map(({ name, file }) => {
    const count = (seen.get(name) ?? 0) + 1
    seen.set(name, count)
    return { name: count === 1 ? name : `${count}/${name}`, file }
  })
}

/** The files behind handles that the system hands over. */
export async function filesOfHandles(handles: readonly FileSystemHandle[]): Promise<Picked> {
  const files = await Promise.all(handles.map((handle) => filesOf(handle)))
  return { files: apart(files.flat()), handles: [...handles] }
}

function filesOfEntry(entry: FileSystemEntry): Promise<NamedFile[]> {
  const name = entry.fullPath.replace(/^\//, '')
  if (entry.isFile) {
    return new Promise((resolve, reject) =>
      (entry as FileSystemFileEntry).file((file) => resolve([{ name, file }]), reject),
    )
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  const batch = (): Promise<FileSystemEntry[]> =>
    new Promise((resolve, reject) => reader.readEntries(resolve, reject))
  const all = async (before: NamedFile[]): Promise<NamedFile[]> => {
    const entries = await batch() // a hundred at a time
    if (entries.length === 0 || before.length >= MOST_FILES) return before
    const files = await Promise.all(entries.filter((child) => !child.name.startsWith('.')).map(filesOfEntry))
    return all([...before, ...files.flat()])
  }
  return all([])
}

async function fromItem(item: DataTransferItem): Promise<Picked> {
  // Both are asked for at once: after the first wait the item is empty.
  const entry = item.webkitGetAsEntry()
  const file = item.getAsFile()
  const handle = await item.getAsFileSystemHandle?.().catch(() => null)
  if (handle) return { files: await filesOf(handle), handles: [handle] }
  if (entry) return { files: await filesOfEntry(entry), handles: [] }
  return { files: file ? [{ name: file.name, file }] : [], handles: [] }
}

/** What was dropped, folders too. Must be called in the event itself. */
export async function droppedFiles({ items }: DataTransfer): Promise<Picked> {
  const parts = await Promise.all(
    Array.from(items)
      .filter(({ kind }) => kind === 'file')
      .map(fromItem),
  )
  return {
    files: apart(parts.flatMap(({ files }) => files)),
    handles: parts.flatMap(({ handles }) => handles),
  }
}

function pickByInput(): Promise<Picked> {
  return new Promise((resolve) => {
    const input = document.createElement('input')
    input.type = 'file'
    input.multiple = true
    input.addEventListener('change', () =>
      resolve({
        files: apart(Array.from(input.files ?? [], (file) => ({ name: file.name, file }))),
        handles: [],
      }),
    )
    input.addEventListener('cancel', () => resolve({ files: [], handles: [] }))
    input.click()
  })
}

/** Asks for files; empty where the person thought better of it. */
export async function pickFiles(): Promise<Picked> {
  if (window.showOpenFilePicker === undefined) return pickByInput()
  try {
    const handles = await window.showOpenFilePicker({ multiple: true, id: 'model' })
    return { files: apart((await Promise.all(handles.map((handle) => filesOf(handle)))).flat()), handles }
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return { files: [], handles: [] }
    throw error
  }
}

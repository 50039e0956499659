// Folders of the origin private file system, and files in them that a dedicated worker reads and writes at once.

export interface SyncFile {
  getSize(): number
  read(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number
  write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number
  truncate(size: number): void
  flush(): void
  close(): void
}

/** What dedicated workers have, and a window's types lack. */
type WorkerFileHandle = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncFile> }

/** Only in a dedicated worker. @throws what the browser throws: a file has one holder at a time, in all tabs */
export function openSync(handle: FileSystemFileHandle): Promise<SyncFile> {
  return (handle as WorkerFileHandle).createSyncAccessHandle()
}

/** `zoetrope`, which is made if it is missing. @throws where the browser offers no storage, as in some private windows */
export async function originRoot(): Promise<FileSystemDirectoryHandle> {
  return (await navigator.storage.getDirectory()).getDirectoryHandle('zoetrope', { create: true })
}

/** `zoetrope/NAME`, which is made if it is missing. @throws as `originRoot` does */
export async function originFolder(name: string): Promise<FileSystemDirectoryHandle> {
  return (await originRoot()).getDirectoryHandle(name, { create: true })
}

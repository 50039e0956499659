// The file system as the store needs it: files that are written in place and flushed.

/** A file open for writing. Calls are synchronous, as with a sync access handle. */
export interface OpenFile {
  size(): number
  /** Exactly `length` bytes; fewer where the file ends. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>
  /** Writes all bytes or throws; after an error some of them may be written. @throws NoRoom */
  write(offset: number, bytes: Uint8Array<ArrayBuffer>): void
  /** Makes it so long. @throws NoRoom */
  truncate(size: number): void
  /** After this, everything written survives a crash. */
  flush(): void
  close(): void
}

/** The disk, or the browser's share of it, is full. */
export class NoRoom extends Error {
  override readonly name = 'QuotaExceededError'
}

/** A path is a folder and a name. */
export interface StoreFiles {
  /** Opens a file, creating it if needed. One writer at a time. */
  open(path: string): Promise<OpenFile>
  /** A snapshot for reading; `undefined` where there is no file. */
  snapshot(path: string): Promise<Blob | undefined>
  names(folder: string): Promise<string[]>
  /** Does nothing where there is no file. */
  remove(path: string): Promise<void>
  /** Bytes that may still be stored, as far as is known. */
  room?(): Promise<number | undefined>
}

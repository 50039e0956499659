// What the store needs of a file system: files that are written in place, and flushed.

/** A file that is open for writing. Every call is done when it returns, as with a sync access handle. */
export interface OpenFile {
  size(): number
  /** Exactly `length` bytes; fewer where the file ends. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>
  /** All bytes, or an error; after an error some of them may be there. @throws NoRoom */
  write(offset: number, bytes: Uint8Array<ArrayBuffer>): void
  /** Makes it so long. @throws NoRoom */
  truncate(size: number): void
  /** What was written before survives a crash. */
  flush(): void
  close(): void
}

/** The disk, or the browser's share of it, is full. */
export class NoRoom extends Error {
  override readonly name = 'QuotaExceededError'
}

/** A path is a folder and a name. */
export interface StoreFiles {
  /** Made where it is not there. One writer at a time. */
  open(path: string): Promise<OpenFile>
  /** As it is now, for reading; `undefined` where it is not there. */
  snapshot(path: string): Promise<Blob | undefined>
  names(folder: string): Promise<string[]>
  /** Nothing happens where it is not there. */
  remove(path: string): Promise<void>
  /** Bytes that may still be stored, as far as is known. */
  room?(): Promise<number | undefined>
}

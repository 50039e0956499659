// Files that last as long as their thread, for browsers without storage.
import type { OpenFile, StoreFiles } from '../files'

/** Bytes that grow; capacity is doubled, so that appending stays cheap. */
class Content {
  size = 0
  private bytes = new Uint8Array()

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    return this.bytes.slice(offset, Math.min(this.size, offset + length))
  }

  write(offset: number, bytes: Uint8Array): void {
    this.grow(Math.max(this.size, offset + bytes.length))
    this.bytes.set(bytes, offset)
  }

  truncate(size: number): void {
    if (size < this.size) this.bytes.fill(0, size, this.size)
    this.grow(size)
    this.size = size
  }

  private grow(size: number): void {
    if (size > this.bytes.length) {
      const larger = new Uint8Array(Math.max(size, 2 * this.size))
      larger.set(this.bytes)
      this.bytes = larger
    }
    this.size = size
  }
}

function opened(content: Content): OpenFile {
  return {
    size: () => content.size,
    read: (offset, length) => content.read(offset, length),
    write: (offset, bytes) => content.write(offset, bytes),
    truncate: (size) => content.truncate(size),
    flush: () => undefined,
    close: () => undefined,
  }
}

export function filesInMemory(): StoreFiles {
  const files = new Map<string, Content>()
  return {
    async open(path) {
      const content = files.get(path) ?? new Content()
      files.set(path, content)
      return opened(content)
    },
    async snapshot(path) {
      const content = files.get(path)
      return content && new Blob([content.read(0, content.size)])
    },
    names: async (folder) =>
      [...files.keys()]
        .filter((path) => path.startsWith(`${folder}/`))
        .map((path) => path.slice(folder.length + 1)),
    remove: async (path) => void files.delete(path),
  }
}

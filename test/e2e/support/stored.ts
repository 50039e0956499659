// What the page has stored in its browser, as bytes.
import type { Page } from 'playwright-core'

export interface Stored {
  /** Of a file in the origin's own file system, or an entry of the cache storage. */
  readonly name: string
  readonly base64: string
}

/** Every file of the origin, and every entry of the caches but that of the page itself. */
export async function storedFiles(page: Page): Promise<{ name: string; bytes: Buffer }[]> {
  const files = await page.evaluate(async () => {
    const found: Stored[] = []
    const put = async (name: string, content: Blob): Promise<void> => {
      const url = await new Promise<string>((resolve) => {
        const reader = new FileReader()
        reader.onload = () => resolve(String(reader.result))
        reader.readAsDataURL(content)
      })
      found.push({ name, base64: url.slice(url.indexOf(',') + 1) })
    }
    const walk = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === 'directory') await walk(handle, `${path}${name}/`)
        else await put(path + name, await handle.getFile()).catch(() => undefined) // it is gone
      }
    }
    await walk(await navigator.storage.getDirectory(), '/')
    for (const key of await caches.keys()) {
      if (key !== 'zoetrope-pictures') continue
      const cache = await caches.open(key)
      for (const { url } of await cache.keys()) await put(url, await (await cache.match(url))!.blob())
    }
    return found
  })
  return files.map(({ name, base64 }) => ({ name, bytes: Buffer.from(base64, 'base64') }))
}

/** Traces of a camera's notes: where a picture was taken, say. */
export function notesIn(bytes: Uint8Array): string[] {
  const content = Buffer.from(bytes)
  return ['Exif', 'eXIf', 'EXIF', 'GPSLatitude'].filter((trace) => content.includes(trace))
}

// Files of an older version of the page, which the browser's cache gives in the place of those on the server.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { withFilesFor } from '../../../src/engine/model/on-demand'
import { openModel } from '../../../src/engine/model/open'

const MINI = join(import.meta.dirname, '../../../public/models/mini')

afterEach(() => vi.unstubAllGlobals())

/** Opens Mini's large decoder; how the browser was asked for it comes after. */
async function openDecoder(inCache: (bytes: Uint8Array<ArrayBuffer>) => BlobPart, isOnServerToo = false) {
  const asked: (RequestCache | undefined)[] = []
  vi.stubGlobal('fetch', async (url: string, { cache }: RequestInit) => {
    const name = url.slice(url.lastIndexOf('/') + 1)
    const bytes = Uint8Array.from(readFileSync(join(MINI, name)))
    if (name !== 'vae.safetensors') return new Response(bytes)
    asked.push(cache)
    return new Response(new Blob([cache === 'reload' && !isOnServerToo ? bytes : inCache(bytes)]))
  })
  const files = await openModel({ kind: 'url', url: 'https://a.org/models/mini/' })
  const opened = withFilesFor(files, { decoder: 'full' }, false)
  return { opened, asked }
}

const damaged = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> => {
  bytes[bytes.length - 1]! ^= 1
  return bytes
}

it.each([
  ['is shorter', (bytes: Uint8Array<ArrayBuffer>) => bytes.slice(1)],
  ['is longer', (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes, 'x'])],
  ['has other bytes', damaged],
])('one that %s is fetched again from the server, once', async (_how, inCache) => {
  const { opened, asked } = await openDecoder(inCache)
  expect((await opened).weights).toHaveProperty('vae')
  expect(asked).toEqual(['default', 'reload'])
})

it('one that is as wrong on the server is named', async () => {
  const { opened, asked } = await openDecoder(damaged, true)
  await expect(opened).rejects.toThrow('vae.safetensors (3110654 bytes) has the SHA-256')
  expect(asked).toEqual(['default', 'reload'])
})

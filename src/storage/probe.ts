// First contact with a file on a server: its size, its identity, and whether it serves ranges.
import { WeightsError } from '../weights/error'
import { parseBoundedJson } from '../weights/formats/bounded-json'
import { checkAnswer, request } from '../weights/sources/http-range'
import { LIST } from '../weights/sources/model-folder'
import { Patience, type HttpOptions } from '../weights/sources/patience'
import { boundedBody } from '../weights/sources/whole-file'

export interface RemoteFacts {
  /** `undefined` where the server sends only the whole file, without its length. */
  size: number | undefined
  etag: string | null
  /** ETag, otherwise Last-Modified, otherwise "". */
  stamp: string
  /** Where the server gives it, in lower-case hex. */
  sha256: string | undefined
  servesRanges: boolean
}

/** A hub knows its large files by their SHA-256: its answers carry it, where a redirect does not hide them. */
function taggedSha256(tag: unknown): string | undefined {
  return typeof tag === 'string' ? /^"?([0-9a-f]{64})"?$/i.exec(tag)?.[1]?.toLowerCase() : undefined
}

/** @throws where no listing comes; it is not waited for longer than a server may be idle */
async function listAt(url: string, options: HttpOptions): Promise<unknown> {
  return request({ name: url, url }, undefined, { cache: 'default', ...options }, async (response) => {
    if (!response.ok) return []
    return parseBoundedJson(await boundedBody(url, response, LIST.bytes, options), LIST, 'it', () => {
      throw new TypeError('no listing')
    })
  })
}

/** Its listing has it too, and a page may read that. `undefined` where there is none: it is a help, not a need. */
export async function listedSha256(url: string, options: HttpOptions): Promise<string | undefined> {
  const { origin, pathname } = new URL(url)
  const [, repository, revision, path = ''] =
    /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/(.+)$/.exec(pathname) ?? []
  if (repository === undefined) return undefined
  const folder = path.includes('/') ? `/${path.slice(0, path.lastIndexOf('/'))}` : ''
  try {
    const list = await listAt(`${origin}/api/models/${repository}/tree/${revision}${folder}`, options)
    const name = decodeURIComponent(path)
    for (const each of Array.isArray(list) ? (list as { path?: unknown; lfs?: { oid?: unknown } }[]) : []) {
      if (each?.path === name) return taggedSha256(each.lfs?.oid)
    }
  } catch {
    options.signal?.throwIfAborted()
  }
  return undefined
}

function factsOf(name: string, url: string, response: Response): RemoteFacts {
  const { status, headers } = response
  const isPart = status !== 200 || headers.has('content-range')
  const servesRanges = isPart || headers.get('content-type')?.startsWith('text/html') === true
  const length = headers.get('content-length')
  // Anything but a whole file must be exactly the one requested byte.
  const size = servesRanges
    ? checkAnswer({ name, url }, response, 0, 0)
    : length === null || headers.has('content-encoding')
      ? undefined
      : Number(length)
  const etag = headers.get('etag')
  return {
    size,
    etag,
    stamp: etag ?? headers.get('last-modified') ?? '',
    sha256: taggedSha256(headers.get('x-linked-etag')),
    servesRanges,
  }
}

/** @throws WeightsError where there is no such file, or a web page in its place */
export async function probe(name: string, url: string, options: HttpOptions): Promise<RemoteFacts> {
  if (!URL.canParse(url))
    throw new WeightsError(
      name,
      `${name} has the address "${url}", which is not valid. Give another.`,
      'model-missing',
    )
  const patience = new Patience(name, options)
  for (;;) {
    options.signal?.throwIfAborted()
    try {
      return await request({ name, url }, 'bytes=0-0', options, async (response) =>
        factsOf(name, url, response),
      )
    } catch (error) {
      await patience.wait(error, 0)
    }
  }
}

// Reads a small file by HTTP as a whole: once, never more than its limit, and again if the connection breaks.
import { WeightsError } from '../error'
import { bufferSource, type ByteSource } from './byte-source'
import { request } from './http-range'
import { Patience, Transient, withinIdle, type HttpOptions } from './patience'

/** Bytes of a body. @throws WeightsError as soon as there are more than `most` */
export async function boundedBody(
  url: string,
  response: Response,
  most: number,
  options: HttpOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = response.body?.getReader()
  const parts: Uint8Array[] = []
  let length = 0
  const cancel = (): void => void reader?.cancel().catch(() => undefined)
  while (reader) {
    const next = reader.read().catch((error: unknown) => {
      throw new Transient(
        `the connection broke after ${length} bytes (${error instanceof Error ? error.message : String(error)})`,
      )
    })
    const { done, value } = await withinIdle(next, options, cancel, 'nothing came')
    if (done) break
    length += value.length
    if (length <= most) parts.push(value)
    else {
      cancel()
      throw new WeightsError(
        url,
        `${url} has more than the ${most} bytes that it may have. Give another address.`,
      )
    }
  }
  const bytes = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/**
 * A file of at most `most` bytes; `undefined` where there is none, or a page in its place, as single-page hosts answer.
 * @throws WeightsError where the server answers with an error, or not at all
 */
export async function fetchWhole(
  name: string,
  url: string,
  most: number,
  options: HttpOptions = {},
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const patience = new Patience(name, options)
  for (;;) {
    options.signal?.throwIfAborted()
    try {
      return await request({ name, url }, undefined, { cache: 'default', ...options }, async (response) => {
        const isPage = response.headers.get('content-type')?.startsWith('text/html')
        if (response.status === 404 || (response.ok && isPage)) return undefined
        if (!response.ok)
          throw new WeightsError(name, `${name} could not be loaded: the server answered ${response.status}.`)
        return boundedBody(name, response, most, options)
      })
    } catch (error) {
      await patience.wait(error, 0)
    }
  }
}

/** The same as a source, of exactly `bytes`. */
export async function fetchSource(
  name: string,
  url: string,
  bytes: number,
  options: HttpOptions = {},
): Promise<ByteSource> {
  const body = await fetchWhole(name, url, bytes, options)
  if (!body)
    throw new WeightsError(
      name,
      `${name} could not be loaded: the server does not have it. Load the page again, or choose another model.`,
      'model-missing',
    )
  if (body.byteLength !== bytes)
    throw new WeightsError(
      name,
      `${name} arrived with ${body.byteLength} bytes and must have ${bytes}. Load it again.`,
    )
  return bufferSource(name, body)
}

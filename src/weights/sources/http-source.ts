// A file on a server, read by range requests. It must stay the same file: same size, same ETag.
import { checkRange, type ByteSource } from './byte-source'
import { WeightsError } from '../error'
import { fetchPart } from './http-range'
import type { HttpOptions } from './patience'

/**
 * Asks for one byte first: the answer gives size and ETag.
 * @param bytes that the file must have, where that is known
 * @throws WeightsError where the server has no such file, or serves no parts
 */
export async function httpSource(
  name: string,
  url: string,
  bytes?: number,
  options: HttpOptions = {},
): Promise<ByteSource> {
  const { size, etag } = await fetchPart({ name, url }, 0, 1, options)
  if (bytes !== undefined && size !== bytes)
    throw new WeightsError(name, `${name} has ${size} bytes and must have ${bytes}. Load it again.`)
  return {
    name,
    size,
    async read(offset, length) {
      checkRange(name, size, offset, length)
      if (length === 0) return new Uint8Array()
      return (await fetchPart({ name, url, size, etag }, offset, length, options)).bytes
    },
  }
}

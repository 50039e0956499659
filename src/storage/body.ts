// Cuts the bytes of a response into pieces as they arrive.
import { WeightsError } from '../weights/error'
import { Transient, withinIdle, type HttpOptions } from '../weights/sources/patience'

/**
 * Yields exactly `length` bytes of a body, in pieces of `pieceBytes` (the last may be shorter), each as soon as it is
 * complete.
 * @throws Transient where the connection breaks; WeightsError where more bytes arrive
 */
export async function* piecesOf(
  name: string,
  response: Response,
  length: number,
  pieceBytes: number,
  options: HttpOptions = {},
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { signal } = options
  const reader = response.body?.getReader()
  const cancel = (): void => void reader?.cancel().catch(() => undefined)
  signal?.addEventListener('abort', cancel) // in Node 20 a read that meets an abort never settles
  let left = length
  let piece = new Uint8Array(Math.min(pieceBytes, left))
  let filled = 0
  try {
    for (;;) {
      const next = reader?.read().catch((error: unknown) => {
        throw new Transient(
          `the connection broke with ${left} of ${length} bytes to come (${error instanceof Error ? error.message : String(error)})`,
        )
      })
      const part =
        next &&
        (await withinIdle(next, options, cancel, `nothing came, with ${left} of ${length} bytes to come,`))
      if (part === undefined || part.done) break
      for (let bytes: Uint8Array = part.value; bytes.length > 0;) {
        if (left === 0)
          throw new WeightsError(
            name,
            `${name}: the server sent more than the ${length} bytes that were requested. Give another address.`,
          )
        const taken = bytes.subarray(0, piece.length - filled)
        piece.set(taken, filled)
        filled += taken.length
        bytes = bytes.subarray(taken.length)
        if (filled < piece.length) continue
        left -= filled
        yield piece
        piece = new Uint8Array(Math.min(pieceBytes, left))
        filled = 0
      }
    }
    if (left > 0) throw new Transient(`${length - left} of ${length} bytes came`)
  } finally {
    signal?.removeEventListener('abort', cancel)
    cancel()
  }
}

// The bytes of an answer as they come, cut where the store needs them cut.
import { WeightsError } from '../weights/error'
import { Transient, withinIdle, type HttpOptions } from '../weights/sources/patience'

/**
 * Exactly `length` bytes of a body, in pieces of `pieceBytes` (the last one may be shorter), each as soon as it is whole.
 * @throws Transient where the line breaks; WeightsError where more comes
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
  signal?.addEventListener('abort', cancel) // Node 20 leaves a read that meets an abort waiting for ever
  let left = length
  let piece = new Uint8Array(Math.min(pieceBytes, left))
  let filled = 0
  try {
    for (;;) {
      const next = reader?.read().catch((error: unknown) => {
        throw new Transient(
          `the line broke with ${left} of ${length} bytes to come (${error instanceof Error ? error.message : String(error)})`,
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
            `${name}: the server sent more than the ${length} bytes that were asked for. Give another address.`,
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

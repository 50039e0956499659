// Bytes on their way from the page to this process: in pieces, because a text for all of them could be longer than any
// text may be.
import { concatBytes } from '../media/mp4-boxes'

/** The bytes of a data: address. */
function bytesOf(dataUrl: string): Buffer {
  return Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64')
}

export class SentBytes {
  private readonly pieces = new Map<string, Buffer[]>()

  /** Takes the next piece of a name, as a data: address. */
  readonly receive = (name: string, dataUrl: string): void => {
    const pieces = this.pieces.get(name) ?? []
    pieces.push(bytesOf(dataUrl))
    this.pieces.set(name, pieces)
  }

  /** All bytes of a name. @throws Error where that is not how many the page has sent, or none */
  whole(name: string, length: number): Uint8Array<ArrayBuffer> {
    const pieces = this.pieces.get(name) ?? []
    const found = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (length === 0) throw new Error(`The browser sent an empty ${name}.`)
    if (found !== length)
      throw new Error(
        `${found} of the ${length} bytes of the ${name} came from the browser. Free some memory and try again.`,
      )
    return concatBytes(pieces)
  }
}

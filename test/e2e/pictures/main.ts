// A page that opens pictures, and nothing else.
import { openPicture, pictureFile } from '../../../src/media/picture/open'

export interface Opened {
  readonly width: number
  readonly height: number
  readonly rgb: readonly number[]
  readonly sha256: string
  /** Bytes of the file that is kept of it. */
  readonly kept: readonly number[]
}

declare global {
  /** Driven by the test; the message where the picture is refused. */
  var readPicture: (bytes: readonly number[], name: string) => Promise<Opened | string>
}

globalThis.readPicture = async (bytes, name) => {
  try {
    const picture = await openPicture(new Blob([Uint8Array.from(bytes)]), name)
    const kept = await (await pictureFile(picture)).arrayBuffer()
    return { ...picture, rgb: [...picture.rgb], kept: [...new Uint8Array(kept)] }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

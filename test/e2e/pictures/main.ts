// A page that opens pictures, and nothing else.
import { barePicture } from '../../../src/media/picture/bare'
import { openPicture } from '../../../src/media/picture/open'

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
  /** A PNG of one colour in a wider colour space than sRGB. */
  var makeWidePicture: () => Promise<readonly number[]>
}

globalThis.readPicture = async (bytes, name) => {
  try {
    const file = new Blob([Uint8Array.from(bytes)])
    const picture = await openPicture(file, name)
    const bare = await barePicture(file, name)
    if (bare.width !== picture.width || bare.height !== picture.height)
      return `The kept picture is ${bare.width}×${bare.height}.`
    return { ...picture, rgb: [...picture.rgb], kept: [...new Uint8Array(await bare.file.arrayBuffer())] }
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

globalThis.makeWidePicture = async () => {
  const canvas = new OffscreenCanvas(24, 16)
  const context = canvas.getContext('2d', { colorSpace: 'display-p3' })!
  context.fillStyle = 'color(display-p3 0.7 0.3 0.2)'
  context.fillRect(0, 0, 24, 16)
  return [...new Uint8Array(await (await canvas.convertToBlob({ type: 'image/png' })).arrayBuffer())]
}

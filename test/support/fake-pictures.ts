// Pictures in Node: decoded to one grey, in the size that the header of their PNG says.
import { vi } from 'vitest'

interface Bitmap {
  readonly width: number
  readonly height: number
  close(): void
}

export function fakePictures(level = 90): void {
  vi.stubGlobal('createImageBitmap', async (file: Blob): Promise<Bitmap> => {
    const head = new DataView(await file.slice(0, 24).arrayBuffer())
    return { width: head.getUint32(16), height: head.getUint32(20), close: () => undefined }
  })
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      constructor(
        readonly width: number,
        readonly height: number,
      ) {}
      getContext() {
        const { width, height } = this
        return {
          fillRect: () => undefined,
          drawImage: () => undefined,
          getImageData: () => ({ data: new Uint8ClampedArray(width * height * 4).fill(level) }),
        }
      }
    },
  )
}

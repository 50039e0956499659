import { openClipFrames } from './clip-frames'

const LONG_SIDE = 320
/** Things have moved by then, and have not left the picture. */
const AT_SHARE = 0.4

/** A still of a clip for lists. */
export async function posterOf(mp4: Blob): Promise<Blob | undefined> {
  const clip = await openClipFrames(mp4)
  try {
    const scale = Math.min(1, LONG_SIDE / Math.max(clip.width, clip.height))
    const canvas = new OffscreenCanvas(Math.round(clip.width * scale), Math.round(clip.height * scale))
    const context = canvas.getContext('2d')
    if (context === null) return undefined
    context.drawImage(await clip.frameAt(clip.duration * AT_SHARE), 0, 0, canvas.width, canvas.height)
    return await canvas.convertToBlob({ type: 'image/webp', quality: 0.8 })
  } finally {
    clip.close()
  }
}

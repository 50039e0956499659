// Encoders and drivers have been seen to give black pictures without an error: the first frame of every file is decoded and compared.
import { ZoetropeError } from '../protocol/errors'
import type { EncodedFrame } from './mp4-writer'

const BLACK = 12 // of 255, mean over the picture
const TIMEOUT_MS = 5_000

/** Mean of red, green and blue over a picture of RGBA bytes, 0 … 255. */
export function meanLevelRgba(rgba: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < rgba.length; i += 4) sum += (rgba[i] ?? 0) + (rgba[i + 1] ?? 0) + (rgba[i + 2] ?? 0)
  return rgba.length === 0 ? 0 : sum / (rgba.length / 4) / 3
}

/** Whether the decoded picture is black where the input was not. */
export function isWronglyBlack(input: number, decoded: number): boolean {
  return input >= 2 * BLACK && decoded < BLACK
}

async function decodeFirst(
  sample: EncodedFrame,
  config: VideoDecoderConfig,
): Promise<Uint8Array | undefined> {
  let picture: VideoFrame | undefined
  const decoder = new VideoDecoder({
    output: (frame) => {
      picture?.close()
      picture = frame
    },
    error: () => undefined, // no decoder: nothing can be said
  })
  try {
    decoder.configure(config)
    decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data: sample.data }))
    const late = new Promise<void>((resolve) => setTimeout(resolve, TIMEOUT_MS))
    await Promise.race([decoder.flush(), late])
    if (picture === undefined) return undefined
    const rgba = new Uint8Array(picture.allocationSize({ format: 'RGBA' }))
    await picture.copyTo(rgba, { format: 'RGBA' })
    return rgba
  } catch {
    return undefined
  } finally {
    picture?.close()
    if (decoder.state !== 'closed') decoder.close()
  }
}

/** Throws where the file would begin black and should not. A browser that cannot decode passes: its file may still be right. */
export async function checkFirstFrame(
  inputLevel: number,
  sample: EncodedFrame,
  codecName: string,
): Promise<void> {
  const config = sample.meta?.decoderConfig
  if (config === undefined || typeof VideoDecoder === 'undefined') return
  const decoded = await decodeFirst(sample, config)
  if (decoded === undefined) return
  const level = meanLevelRgba(decoded)
  if (isWronglyBlack(inputLevel, level)) {
    throw new ZoetropeError(
      'video-broken',
      `The ${codecName} encoder made a black picture (brightness ${level.toFixed(0)}) of a frame of brightness ${inputLevel.toFixed(0)}. Turn hardware encoding off in the browser's settings, or try another browser.`,
    )
  }
}

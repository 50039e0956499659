// Decodes and compares the first frame of every file: some encoders and drivers produce black pictures without an
// error.
import { within } from '../protocol/within'
import { EncoderError } from './frame-encoder'
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
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const wait = <T>(answer: Promise<T>): Promise<T> =>
    within(answer, { ms: TIMEOUT_MS, late: () => new Error('The decoder does not answer.'), signal })
  let picture: VideoFrame | undefined
  let show = (): void => undefined
  const shown = new Promise<void>((resolve) => (show = resolve))
  const decoder = new VideoDecoder({
    output: (frame) => {
      picture?.close()
      picture = frame
      show()
    },
    error: () => show(), // without a decoder there is nothing to compare
  })
  try {
    decoder.configure(config)
    decoder.decode(new EncodedVideoChunk({ type: 'key', timestamp: 0, data: sample.data }))
    await wait(Promise.race([shown, decoder.flush()]))
    if (picture === undefined) return undefined
    const rgba = new Uint8Array(picture.allocationSize({ format: 'RGBA' }))
    await wait(picture.copyTo(rgba, { format: 'RGBA' }))
    return rgba
  } catch {
    signal?.throwIfAborted()
    return undefined
  } finally {
    picture?.close()
    if (decoder.state !== 'closed') decoder.close()
  }
}

/**
 * Checks that the file does not begin black where it should not. A browser that cannot decode passes: its file may
 * still be right. @throws EncoderError; the signal's reason
 */
export async function checkFirstFrame(
  inputLevel: number,
  sample: EncodedFrame,
  codecName: string,
  signal?: AbortSignal,
): Promise<void> {
  const config = sample.meta?.decoderConfig
  if (config === undefined || typeof VideoDecoder === 'undefined') return
  const decoded = await decodeFirst(sample, config, signal)
  if (decoded === undefined) return
  const level = meanLevelRgba(decoded)
  if (isWronglyBlack(inputLevel, level)) {
    throw new EncoderError(
      `The ${codecName} encoder made a black picture (brightness ${level.toFixed(0)}) of a frame of brightness ${inputLevel.toFixed(0)}.`,
      codecName,
    )
  }
}

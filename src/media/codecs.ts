import { ZoetropeError } from '../protocol/errors'
import { within } from '../protocol/within'
import type { FilmShape, MuxerCodec } from './film-shape'
import { levelOf } from './levels'
import { i420Size, VIDEO_COLOURS } from './yuv'

export type { FilmShape, MuxerCodec } from './film-shape'

export interface Codec {
  muxer: MuxerCodec
  /** Its common name. */
  name: string
  config: VideoEncoderConfig
}

interface Candidate {
  muxer: MuxerCodec
  name: string
  /** The codec's name at a level. */
  codec(level: string): string
  /** Avoids the graphics card, whose encoder may be the one that fails. */
  onProcessor?: true
}

const CANDIDATES: readonly Candidate[] = [
  { muxer: 'avc', name: 'H.264', codec: (level) => `avc1.6400${level}` }, // High
  { muxer: 'avc', name: 'H.264', codec: (level) => `avc1.4200${level}` }, // Baseline
  { muxer: 'avc', name: 'H.264', codec: (level) => `avc1.4200${level}`, onProcessor: true },
  { muxer: 'vp9', name: 'VP9', codec: (level) => `vp09.00.${level}.08` },
  { muxer: 'av1', name: 'AV1', codec: (level) => `av01.0.${level}M.08` },
]

const BITS_PER_PIXEL = 0.6 // block noise is most visible in flat art
const MIN_BITRATE = 1_000_000
/** Milliseconds to wait for a codec check, and for one frame. */
const PATIENCE = 5_000

/** Nothing where no level of the codec takes such a film. */
function configure(candidate: Candidate, shape: FilmShape): VideoEncoderConfig | undefined {
  const { width, height, fps } = shape
  const { muxer, onProcessor } = candidate
  const bitrate = Math.max(MIN_BITRATE, Math.round(width * height * fps * BITS_PER_PIXEL))
  const level = levelOf(muxer, shape, bitrate)
  if (level === undefined) return undefined
  return {
    codec: candidate.codec(level),
    width,
    height,
    framerate: fps,
    bitrate,
    latencyMode: 'quality',
    ...(onProcessor && { hardwareAcceleration: 'prefer-software' }),
    // Length-prefixed samples, as MP4 stores them.
    ...(muxer === 'avc' && { avc: { format: 'avc' } }),
  }
}

/** Whether the encoder turns a frame into a key frame: `isConfigSupported` alone has promised too much. */
async function encodesOneFrame(
  config: VideoEncoderConfig,
  wait: <T>(answer: Promise<T>) => Promise<T>,
): Promise<boolean> {
  const { width, height } = config
  let bytes = 0
  let failed = false
  const encoder = new VideoEncoder({
    output: (chunk) => (bytes += chunk.byteLength),
    error: () => (failed = true),
  })
  try {
    encoder.configure(config)
    const grey = new VideoFrame(new Uint8Array(i420Size(width, height)).fill(128), {
      format: 'I420',
      colorSpace: VIDEO_COLOURS,
      codedWidth: width,
      codedHeight: height,
      timestamp: 0,
    })
    encoder.encode(grey, { keyFrame: true })
    grey.close()
    await wait(encoder.flush())
    return !failed && bytes > 0
  } finally {
    if (encoder.state !== 'closed') encoder.close()
  }
}

/**
 * Yields the codecs of H.264, VP9 and AV1 that really encode a frame of this size and rate, best first, each tried on
 * demand.
 * @throws ZoetropeError `codec-missing` where the browser has no encoders at all; the signal's reason
 */
export async function* workingCodecs(shape: FilmShape, signal?: AbortSignal): AsyncGenerator<Codec, void> {
  if (typeof VideoEncoder === 'undefined') {
    throw new ZoetropeError(
      'codec-missing',
      'This browser has no video encoder (WebCodecs). Use a current Chrome, Edge, Firefox or Safari.',
    )
  }
  const wait = <T>(answer: Promise<T>): Promise<T> =>
    within(answer, { ms: PATIENCE, late: () => new Error('The encoder does not answer.'), signal })
  for (const candidate of CANDIDATES) {
    const config = configure(candidate, shape)
    if (!config) continue
    try {
      const { supported } = await wait(VideoEncoder.isConfigSupported(config))
      if (supported === true && (await encodesOneFrame(config, wait)))
        yield { muxer: candidate.muxer, name: candidate.name, config }
    } catch {
      signal?.throwIfAborted() // otherwise this one does not work
    }
  }
}

export function noCodec({ width, height }: FilmShape): ZoetropeError {
  return new ZoetropeError(
    'codec-missing',
    `This browser encodes none of H.264, VP9 and AV1 at ${width}×${height}. Choose another size, or a current Chrome, Edge or Safari.`,
  )
}

import { ZoetropeError } from '../protocol/errors'
import { within } from '../protocol/within'
import { i420Size, VIDEO_COLOURS } from './yuv'

export type MuxerCodec = 'avc' | 'vp9' | 'av1'

export interface Codec {
  muxer: MuxerCodec
  /** Its common name. */
  name: string
  config: VideoEncoderConfig
}

/** What a film asks of an encoder. */
export interface FilmShape {
  /** Pixels, even. */
  width: number
  height: number
  /** Whole. */
  fps: number
}

interface Candidate {
  muxer: MuxerCodec
  name: string
  codec: string
  /** Not on the graphics card, whose encoder may be the one that fails. */
  onProcessor?: true
}

// Level 4.0 allows 1920×1088 at 30 frames a second; the level is a promise to players and costs nothing.
const CANDIDATES: readonly Candidate[] = [
  { muxer: 'avc', name: 'H.264', codec: 'avc1.640028' }, // High
  { muxer: 'avc', name: 'H.264', codec: 'avc1.420028' }, // Baseline
  { muxer: 'avc', name: 'H.264', codec: 'avc1.420028', onProcessor: true },
  { muxer: 'vp9', name: 'VP9', codec: 'vp09.00.40.08' },
  { muxer: 'av1', name: 'AV1', codec: 'av01.0.08M.08' },
]

const BITS_PER_PIXEL = 0.6 // block noise is most visible in flat art
const MIN_BITRATE = 1_000_000
/** Milliseconds for the answer whether a codec works, and for one frame. */
const PATIENCE = 5_000

function configure({ codec, onProcessor }: Candidate, { width, height, fps }: FilmShape): VideoEncoderConfig {
  const bitrate = Math.max(MIN_BITRATE, Math.round(width * height * fps * BITS_PER_PIXEL))
  return {
    codec,
    width,
    height,
    framerate: fps,
    bitrate,
    latencyMode: 'quality',
    ...(onProcessor && { hardwareAcceleration: 'prefer-software' }),
    // Length-prefixed samples, as MP4 stores them.
    ...(codec.startsWith('avc1') && { avc: { format: 'avc' } }),
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
 * The codecs of H.264, VP9, AV1 that really encode a frame of this size and rate, the best first. Each is tried when it is
 * asked for.
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
    try {
      const { supported } = await wait(VideoEncoder.isConfigSupported(config))
      if (supported === true && (await encodesOneFrame(config, wait)))
        yield { muxer: candidate.muxer, name: candidate.name, config }
    } catch {
      signal?.throwIfAborted() // else this one does not work
    }
  }
}

export function noCodec({ width, height }: FilmShape): ZoetropeError {
  return new ZoetropeError(
    'codec-missing',
    `This browser encodes neither H.264, VP9 nor AV1 at ${width}×${height}. Choose another size, or a current Chrome, Edge or Safari.`,
  )
}

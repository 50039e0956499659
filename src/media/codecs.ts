import { ZoetropeError } from '../protocol/errors'
import { i420Size, VIDEO_COLOURS } from './yuv'

export type MuxerCodec = 'avc' | 'vp9' | 'av1'

export interface Codec {
  muxer: MuxerCodec
  /** What people call it. */
  name: string
  config: VideoEncoderConfig
}

// Level 4.0 takes 1920×1088 at 30 frames a second; the level is a promise to players, no cost.
const CANDIDATES: readonly { muxer: MuxerCodec; name: string; codec: string }[] = [
  { muxer: 'avc', name: 'H.264', codec: 'avc1.640028' }, // High
  { muxer: 'avc', name: 'H.264', codec: 'avc1.420028' }, // Baseline
  { muxer: 'vp9', name: 'VP9', codec: 'vp09.00.40.08' },
  { muxer: 'av1', name: 'AV1', codec: 'av01.0.08M.08' },
]

const BITS_PER_PIXEL = 0.6 // flat art shows block noise early
const MIN_BITRATE = 1_000_000

function configure(codec: string, width: number, height: number, fps: number): VideoEncoderConfig {
  const bitrate = Math.max(MIN_BITRATE, Math.round(width * height * fps * BITS_PER_PIXEL))
  const config: VideoEncoderConfig = { codec, width, height, framerate: fps, bitrate, latencyMode: 'quality' }
  // Length-prefixed samples, as MP4 stores them.
  return codec.startsWith('avc1') ? { ...config, avc: { format: 'avc' } } : config
}

/** Whether the encoder takes a frame and gives a key frame back: `isConfigSupported` alone has promised too much. */
async function encodesOneFrame(config: VideoEncoderConfig): Promise<boolean> {
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
    await encoder.flush()
    return !failed && bytes > 0
  } catch {
    return false
  } finally {
    if (encoder.state !== 'closed') encoder.close()
  }
}

/** The first codec of H.264, VP9, AV1 that really encodes a frame of this size. */
export async function chooseCodec(width: number, height: number, fps: number): Promise<Codec> {
  if (typeof VideoEncoder === 'undefined') {
    throw new ZoetropeError(
      'codec-missing',
      'This browser has no video encoder (WebCodecs). Use a current Chrome, Edge, Firefox or Safari.',
    )
  }
  for (const { muxer, name, codec } of CANDIDATES) {
    const config = configure(codec, width, height, fps)
    const support = await VideoEncoder.isConfigSupported(config).catch(() => undefined)
    if (support?.supported === true && (await encodesOneFrame(config))) return { muxer, name, config }
  }
  throw new ZoetropeError(
    'codec-missing',
    `This browser encodes neither H.264, VP9 nor AV1 at ${width}×${height}. Choose another size, or a current Chrome, Edge or Safari.`,
  )
}

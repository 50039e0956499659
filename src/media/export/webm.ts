import {
  BufferTarget,
  CanvasSource,
  getFirstEncodableVideoCodec,
  Output,
  QUALITY_HIGH,
  WebMOutputFormat,
} from 'mediabunny'
import { ZoetropeError } from '../../protocol/errors'
import type { ClipFrames } from './clip-frames'

const KEY_FRAME_SECONDS = 2

/** Encodes the clip again as VP9, or another codec that this browser writes into WebM. */
export async function writeWebm(
  clip: ClipFrames,
  tags: Readonly<Record<string, string>>,
  onFrame: (at: number) => void,
): Promise<Blob> {
  const codec = await getFirstEncodableVideoCodec(['vp9', 'av1', 'vp8'], {
    width: clip.width,
    height: clip.height,
  })
  if (codec === null)
    throw new ZoetropeError(
      'codec-missing',
      `This browser encodes neither VP9, AV1 nor VP8 at ${clip.width}×${clip.height}, so it cannot write WebM. Choose MP4 or GIF.`,
    )
  const target = new BufferTarget()
  const output = new Output({ format: new WebMOutputFormat(), target })
  const canvas = new OffscreenCanvas(clip.width, clip.height)
  const context = canvas.getContext('2d')
  const source = new CanvasSource(canvas, {
    codec,
    quality: QUALITY_HIGH,
    keyFrameInterval: KEY_FRAME_SECONDS,
  })
  output.addVideoTrack(source)
  output.setMetadataTags({ raw: { ...tags } })
  await output.start()
  for await (const frame of clip.frames()) {
    context?.drawImage(frame.canvas, 0, 0)
    await source.add(frame.at, frame.duration)
    onFrame(frame.at + frame.duration)
  }
  await output.finalize()
  if (target.buffer === null) throw new ZoetropeError('video-broken', 'The WebM writer left no file.')
  return new Blob([target.buffer], { type: 'video/webm' })
}

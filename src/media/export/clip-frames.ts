// The frames of a finished clip, decoded one after the other. Runs in a worker.
import { ALL_FORMATS, BlobSource, CanvasSink, Input, type InputVideoTrack } from 'mediabunny'
import { ZoetropeError } from '../../protocol/errors'

export interface ClipFrame {
  /** Reused for the next frame but one. */
  canvas: OffscreenCanvas
  /** Seconds from the beginning. */
  at: number
  /** Seconds. */
  duration: number
}

export interface ClipFrames {
  readonly width: number
  readonly height: number
  /** Seconds. */
  readonly duration: number
  frames(): AsyncGenerator<ClipFrame>
  /** The frame that is shown at a time, in seconds. */
  frameAt(seconds: number): Promise<OffscreenCanvas>
  close(): void
}

async function videoOf(input: Input): Promise<InputVideoTrack> {
  const track = await input.getPrimaryVideoTrack().catch(() => null)
  if (track === null || !(await track.canDecode()))
    throw new ZoetropeError(
      'codec-missing',
      'This browser cannot decode the clip. Export it in the browser that made it.',
    )
  return track
}

function asOffscreen(canvas: HTMLCanvasElement | OffscreenCanvas): OffscreenCanvas {
  if (canvas instanceof OffscreenCanvas) return canvas
  throw new Error('Frames are decoded in a worker.')
}

export async function openClipFrames(file: Blob): Promise<ClipFrames> {
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) })
  const track = await videoOf(input)
  const sink = new CanvasSink(track, { poolSize: 2 })
  return {
    width: await track.getDisplayWidth(),
    height: await track.getDisplayHeight(),
    duration: await track.computeDuration(),
    async *frames() {
      for await (const { canvas, timestamp, duration } of sink.canvases())
        yield { canvas: asOffscreen(canvas), at: timestamp, duration }
    },
    async frameAt(seconds) {
      const found = await sink.getCanvas(seconds)
      if (found === null) throw new ZoetropeError('video-broken', 'The clip has no frame at that time.')
      return asOffscreen(found.canvas)
    },
    close: () => input.dispose(),
  }
}

import { ZoetropeError } from '../protocol/errors'
import type { Codec } from './codecs'
import { timestampOf, type EncodedFrame } from './mp4-writer'
import { i420Size, toI420, VIDEO_COLOURS } from './yuv'

const QUEUE_LIMIT = 4 // frames inside the encoder; more would only hold memory
const KEY_FRAME_SECONDS = 4

export interface FrameEncoder {
  /** Resolves when the encoder has room for the next frame. `rgba` may be reused at once. */
  encode(rgba: Uint8Array): Promise<void>
  /** Resolves when every frame has come out. */
  flush(): Promise<void>
  close(): void
}

/** Frames in, samples out, in order. */
export function openEncoder(
  { config, name }: Codec,
  fps: number,
  onFrame: (frame: EncodedFrame) => void,
): FrameEncoder {
  const { width, height } = config
  const byteLength = width * height * 4
  const yuv = new Uint8Array(i420Size(width, height)) // VideoFrame copies it
  let count = 0
  let failure: ZoetropeError | undefined

  const encoder = new VideoEncoder({
    output: (chunk, meta) => {
      const data = new Uint8Array(chunk.byteLength)
      chunk.copyTo(data)
      onFrame({ data, isKey: chunk.type === 'key', meta })
    },
    error: (error) => {
      failure = new ZoetropeError(
        'codec-missing',
        `The ${name} encoder stopped at frame ${count} of ${width}×${height}: ${error.message}`,
        { cause: error },
      )
      wake()
    },
  })
  encoder.configure(config)

  // A closed encoder sends no more `dequeue`: whoever waits must be woken.
  const wake = (): boolean => encoder.dispatchEvent(new Event('dequeue'))
  const roomInQueue = async (): Promise<void> => {
    while (encoder.state === 'configured' && encoder.encodeQueueSize >= QUEUE_LIMIT) {
      await new Promise<void>((resolve) =>
        encoder.addEventListener('dequeue', () => resolve(), { once: true }),
      )
    }
    if (failure !== undefined) throw failure
  }

  return {
    async encode(rgba) {
      if (rgba.byteLength !== byteLength)
        throw new Error(
          `A frame of ${width}×${height} has ${byteLength} bytes; this one has ${rgba.byteLength}.`,
        )
      await roomInQueue()
      const timestamp = timestampOf(count, fps)
      toI420(rgba, width, height, yuv)
      const frame = new VideoFrame(yuv, {
        format: 'I420',
        colorSpace: VIDEO_COLOURS,
        codedWidth: width,
        codedHeight: height,
        timestamp,
        duration: timestampOf(count + 1, fps) - timestamp,
      })
      encoder.encode(frame, { keyFrame: count % (fps * KEY_FRAME_SECONDS) === 0 })
      frame.close()
      count += 1
    },
    async flush() {
      if (failure === undefined)
        await encoder.flush().catch((error: unknown) => (failure ??= asFailure(error, name)))
      if (failure !== undefined) throw failure
    },
    close() {
      if (encoder.state !== 'closed') encoder.close()
      wake()
    },
  }
}

function asFailure(error: unknown, name: string): ZoetropeError {
  return new ZoetropeError(
    'codec-missing',
    `The ${name} encoder did not finish: ${error instanceof Error ? error.message : String(error)}`,
    { cause: error },
  )
}

import { ZoetropeError } from '../protocol/errors'
import type { Codec } from './codecs'
import { timestampOf, type EncodedFrame } from './mp4-writer'
import { i420Size, VIDEO_COLOURS } from './yuv'

const QUEUE_LIMIT = 4 // frames inside the encoder; more would only hold memory
const KEY_FRAME_SECONDS = 4

export interface FrameEncoder {
  /** Resolves when the encoder has taken the next frame, whose bytes may then be reused. */
  encode(i420: Uint8Array<ArrayBuffer>): Promise<void>
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
  const byteLength = i420Size(width, height)
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
    async encode(i420) {
      if (i420.byteLength !== byteLength)
        throw new Error(
          `A frame of ${width}×${height} has ${byteLength} bytes; this one has ${i420.byteLength}.`,
        )
      await roomInQueue()
      const timestamp = timestampOf(count, fps)
      const frame = new VideoFrame(i420, {
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

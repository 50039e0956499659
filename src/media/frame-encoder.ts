import { ZoetropeError } from '../protocol/errors'
import { within } from '../protocol/within'
import { soundMetadata } from './avc-record'
import type { Codec } from './codecs'
import { timestampOf, type EncodedFrame } from './mp4-writer'
import { i420Size, VIDEO_COLOURS } from './yuv'

const QUEUE_LIMIT = 4 // frames inside the encoder; more would only take memory
/** From a key frame to the next, unless asked otherwise. */
const KEY_FRAME_SECONDS = 4
/** Milliseconds without a frame after which an encoder that still has some counts as dead. */
const STALL = 20_000

/** An encoder broke, hangs, or made something wrong, so another may succeed. */
export class EncoderError extends Error {
  override readonly name = 'EncoderError'

  constructor(
    message: string,
    readonly codec: string,
    options?: { cause?: unknown },
  ) {
    super(message, options)
  }

  /** The browser closed an idle encoder, so another of the same kind will do. */
  get wasReclaimed(): boolean {
    return this.cause instanceof Error && this.cause.name === 'QuotaExceededError'
  }
}

/** The end of a film whose encoders have all failed. @param notes about those before the last */
export function noOtherEncoder(failure: EncoderError, notes: readonly string[]): ZoetropeError {
  return new ZoetropeError(
    'video-broken',
    [
      failure.message,
      ...notes,
      "No other encoder is left. Turn hardware encoding off in the browser's settings, or use another browser.",
    ].join(' '),
    { cause: failure },
  )
}

export interface FrameEncoder {
  /** Resolves when the encoder has taken the next frame, whose bytes may then be reused. */
  encode(i420: Uint8Array<ArrayBuffer>): Promise<void>
  /** Resolves when every frame has come out. */
  flush(): Promise<void>
  close(): void
}

export interface EncoderOptions {
  readonly signal?: AbortSignal
  /** The film's number of the first frame that it gets. */
  readonly firstFrame?: number
  /** Seconds from a key frame to the next. */
  readonly keySeconds?: number
}

/** Encodes frames into samples, in order. Both ways throw an EncoderError, or the signal's reason. */
export function openEncoder(
  { config, name }: Codec,
  fps: number,
  onFrame: (frame: EncodedFrame) => void,
  { signal, firstFrame = 0, keySeconds = KEY_FRAME_SECONDS }: EncoderOptions = {},
): FrameEncoder {
  const { width, height } = config
  const byteLength = i420Size(width, height)
  let count = 0
  let given = 0
  let failure: EncoderError | undefined
  const broken = (what: string, cause: unknown): EncoderError =>
    new EncoderError(
      `The ${name} encoder ${what} of ${width}×${height}: ${cause instanceof Error ? cause.message : String(cause)}`,
      name,
      { cause },
    )

  const encoder = new VideoEncoder({
    output: (chunk, meta) => {
      given += 1
      const data = new Uint8Array(chunk.byteLength)
      chunk.copyTo(data)
      onFrame({ data, isKey: chunk.type === 'key', meta: soundMetadata(config.codec, meta) })
    },
    error: (error) => {
      failure ??= broken(`stopped at frame ${count}`, error)
      wake()
    },
  })
  encoder.configure(config)

  // A closed encoder sends no more `dequeue`, so waiting callers are woken here.
  const wake = (): boolean => encoder.dispatchEvent(new Event('dequeue'))

  /** Waits as long as frames come out, however slowly. */
  const whileMoving = async (end: Promise<void>): Promise<void> => {
    for (;;) {
      const before = given
      const stalled = new EncoderError(
        `The ${name} encoder gave ${given} of ${count} frames of ${width}×${height}, and then nothing for ${STALL / 1000} s.`,
        name,
      )
      try {
        return await within(end, { ms: STALL, late: () => stalled, signal })
      } catch (error) {
        if (error !== stalled || given === before) throw error
      }
    }
  }

  const roomInQueue = async (): Promise<void> => {
    while (encoder.state === 'configured' && encoder.encodeQueueSize >= QUEUE_LIMIT) {
      await whileMoving(
        new Promise((resolve) => encoder.addEventListener('dequeue', () => resolve(), { once: true })),
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
      signal?.throwIfAborted()
      await roomInQueue()
      const index = firstFrame + count
      const timestamp = timestampOf(index, fps)
      const frame = new VideoFrame(i420, {
        format: 'I420',
        colorSpace: VIDEO_COLOURS,
        codedWidth: width,
        codedHeight: height,
        timestamp,
        duration: timestampOf(index + 1, fps) - timestamp,
      })
      try {
        encoder.encode(frame, { keyFrame: count % (fps * keySeconds) === 0 })
      } catch (error) {
        throw (failure ??= broken(`refused frame ${count}`, error)) // closed by the browser at this moment
      } finally {
        frame.close()
      }
      count += 1
    },
    async flush() {
      if (failure === undefined)
        await whileMoving(
          encoder.flush().catch((error: unknown) => {
            throw (failure ??= broken('did not finish a film', error))
          }),
        )
      if (failure !== undefined) throw failure
    },
    close() {
      if (encoder.state !== 'closed') encoder.close()
      wake()
    },
  }
}

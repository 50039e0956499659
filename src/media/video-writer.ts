import { ZoetropeError } from '../protocol/errors'
import type { ClipMetadata } from '../protocol/settings'
import { noCodec, workingCodecs, type Codec, type FilmShape } from './codecs'
import { checkFirstFrame } from './first-frame'
import { EncoderError, noOtherEncoder, openEncoder, type FrameEncoder } from './frame-encoder'
import { blobFrames, type KeptFrames } from './kept-frames'
import { openMp4, type EncodedFrame, type Mp4Writer } from './mp4-writer'
import { meanLevel } from './yuv'

export interface VideoOptions extends FilmShape {
  recipe: ClipMetadata
  /** Ends every wait for the encoder. */
  signal?: AbortSignal
  /** Where frames are kept until the film is complete, and may already be; blobs by default. */
  frames?: KeptFrames
}

export interface VideoWriter {
  /** Codec of the current encoder, which may change until the film is finished. Empty before the first frame. */
  readonly codec: string
  /** Sentences about encoders that failed. */
  readonly notes: readonly string[]
  /** Encodes the frames that were kept before, if any. */
  begin(): Promise<void>
  /** Adds one frame of I420 bytes, which may be reused once this resolves. */
  addFrame(i420: Uint8Array<ArrayBuffer>): Promise<void>
  /** The complete file. */
  finish(): Promise<Uint8Array<ArrayBuffer>>
  /** Abandons the clip. */
  abort(): void
}

/** How often an encoder is reopened, since a browser may close an idle one repeatedly. */
const MOST_RECLAIMS = 8
const MAX_FPS = 240

/** @throws ZoetropeError where an MP4 cannot have this size or rate */
export function checkFilmShape({ width, height, fps }: FilmShape): void {
  for (const [name, side] of Object.entries({ width, height })) {
    if (!Number.isInteger(side) || side < 2 || side % 2 !== 0)
      throw new ZoetropeError(
        'invalid-settings',
        `A video's ${name} must be an even number of pixels; ${side} is not. Choose another size.`,
      )
  }
  if (!Number.isInteger(fps) || fps < 1 || fps > MAX_FPS)
    throw new ZoetropeError(
      'model-invalid',
      `A video has a whole number of frames a second, from 1 to ${MAX_FPS}; the model's ${fps} is not. Correct "fps" in its manifest.json.`,
    )
}

/**
 * Finds the best codec that encodes a frame of this size and rate, before the long work whose result would need one.
 * @throws ZoetropeError `codec-missing`, or as `checkFilmShape`; the signal's reason
 */
export async function probeVideo(shape: FilmShape, signal?: AbortSignal): Promise<Codec> {
  checkFilmShape(shape)
  for await (const codec of workingCodecs(shape, signal)) return codec
  throw noCodec(shape)
}

/** One encoder and the file it fills. */
interface Attempt {
  readonly codec: Codec
  readonly encoder: FrameEncoder
  readonly file: Mp4Writer
  first: EncodedFrame | undefined
  written: number
}

function begin(codec: Codec, { width, height, fps, signal }: VideoOptions): Attempt {
  const file = openMp4({ codec: codec.muxer, width, height, fps })
  const onFrame = (frame: EncodedFrame): void => {
    attempt.first ??= frame
    file.add(frame)
    attempt.written += 1
  }
  const attempt: Attempt = {
    codec,
    encoder: openEncoder(codec, fps, onFrame, signal && { signal }),
    file,
    first: undefined,
    written: 0,
  }
  return attempt
}

/**
 * Turns frames into an MP4 while the next ones are still being made. An encoder is opened with the first of them: a
 * browser takes an idle one away. Where it breaks, hangs or makes something else, the next codec takes its place,
 * from frame 0 on.
 */
export function openVideoWriter(options: VideoOptions): VideoWriter {
  checkFilmShape(options)
  const { width, height, recipe, signal, frames = blobFrames() } = options
  const codecs = workingCodecs(options, signal)
  const notes: string[] = []
  let current: Attempt | undefined
  let reclaims = 0
  let firstLevel = 0

  const next = async (): Promise<Codec | undefined> => {
    const { value } = await codecs.next()
    return value ?? undefined
  }

  const atWork = async (): Promise<Attempt> => {
    if (current !== undefined) return current
    const codec = await next()
    if (codec === undefined) throw noCodec(options)
    return (current = begin(codec, options))
  }

  /** Replaces a failed encoder by another. @throws the failure where there is none */
  const follow = async ({ codec, encoder }: Attempt, failure: EncoderError): Promise<void> => {
    encoder.close()
    const isSame = failure.wasReclaimed && reclaims++ < MOST_RECLAIMS
    const successor = isSame ? codec : await next()
    if (successor === undefined) throw noOtherEncoder(failure, notes)
    if (!isSame) notes.push(`${failure.message} The film was encoded with ${successor.name} instead.`)
    current = begin(successor, options)
  }

  /** Runs `work` with the current encoder; if that fails, replaces the encoder and returns undefined. */
  const unlessBroken = async <T>(
    work: (attempt: Attempt) => Promise<T>,
  ): Promise<{ done: T } | undefined> => {
    const attempt = await atWork()
    try {
      return { done: await work(attempt) }
    } catch (error) {
      if (!(error instanceof EncoderError)) throw error
      await follow(attempt, error)
      return undefined
    }
  }

  /** Passes all frames before `count` to the current encoder, from the first on. */
  const catchUp = async (count: number): Promise<void> => {
    for (let index = 0; index < count;) {
      const frame = await frames.read(index)
      index = (await unlessBroken(({ encoder }) => encoder.encode(frame))) ? index + 1 : 0
    }
  }

  /** Runs `work` with an encoder that has all frames before `count`. */
  const withEncoder = async <T>(count: number, work: (attempt: Attempt) => Promise<T>): Promise<T> => {
    for (;;) {
      const outcome = await unlessBroken(work)
      if (outcome) return outcome.done
      await catchUp(count)
    }
  }

  const complete = async (attempt: Attempt): Promise<Uint8Array<ArrayBuffer>> => {
    const { name } = attempt.codec
    await attempt.encoder.flush()
    const { first, written } = attempt
    if (first === undefined || written !== frames.count)
      throw new EncoderError(`The ${name} encoder took ${frames.count} frames and gave ${written}.`, name)
    await checkFirstFrame(firstLevel, first, name, signal)
    return attempt.file.finish(recipe)
  }

  const close = (): void => {
    current?.encoder.close()
    frames.release()
  }

  return {
    get codec() {
      return current?.codec.name ?? ''
    },
    notes,
    async begin() {
      if (frames.count === 0) return
      firstLevel = meanLevel(await frames.read(0), width, height)
      await catchUp(frames.count)
    },
    async addFrame(i420) {
      if (frames.count === 0) firstLevel = meanLevel(i420, width, height)
      await frames.keep(i420)
      const before = frames.count - 1
      await withEncoder(before, ({ encoder }) => encoder.encode(i420))
    },
    async finish() {
      try {
        return await withEncoder(frames.count, complete)
      } finally {
        close()
      }
    },
    abort: close,
  }
}

// Frames → MP4 while the film is made: fragments that can be played at once, and at the end an ordinary file.
import type { ClipMetadata } from '../protocol/settings'
import { noCodec, workingCodecs, type Codec, type FilmShape } from './codecs'
import { checkFirstFrame } from './first-frame'
import { EncoderError, noOtherEncoder, openEncoder, type FrameEncoder } from './frame-encoder'
import { openMp4, writeFragment, type EncodedFrame } from './mp4-writer'
import { readSamples } from './read-samples'
import { checkFilmShape } from './video-writer'
import { meanLevel } from './yuv'

export interface FilmWriterOptions extends FilmShape {
  /** Of the fragments, whose length is not known yet. */
  recipe: ClipMetadata
  signal?: AbortSignal
  /** An earlier film of the same shape, which this one goes on from. */
  before?: Uint8Array<ArrayBuffer>
  /** Called with the next bytes of a fragmented MP4, each time that another second of the film is encoded. */
  onPiece?(bytes: Uint8Array<ArrayBuffer>): void
}

export interface FilmWriter {
  readonly codec: string
  readonly notes: readonly string[]
  /** All frames so far, those of an earlier film included. */
  readonly frames: number
  /** Adds one frame of I420 bytes, which may be reused once this resolves. */
  addFrame(i420: Uint8Array<ArrayBuffer>): Promise<void>
  /** The complete film, its index before its samples. */
  finish(recipe: ClipMetadata): Promise<Uint8Array<ArrayBuffer>>
  /** Abandons the film. */
  abort(): void
}

/** Seconds of a fragment: each begins with a key frame. */
const FRAGMENT_SECONDS = 1
/** How often an encoder may fail before another fragment is complete. */
const MOST_FAILURES = 4

/** One encoder, from a frame of the film on. */
interface Attempt {
  readonly codec: Codec
  readonly encoder: FrameEncoder
}

/**
 * Opens a film's file. Only the frames of the fragment at work are kept: where an encoder breaks, another of the same
 * codec begins there; before the first fragment is complete, the next codec begins at frame 0.
 */
export async function openFilmWriter(options: FilmWriterOptions): Promise<FilmWriter> {
  checkFilmShape(options)
  const { width, height, fps, signal, before, onPiece } = options
  const codecs = workingCodecs(options, signal)
  const notes: string[] = []
  const earlier = before ? await readSamples(before) : undefined
  /** Of this film, in order. */
  let samples: EncodedFrame[] = []
  /** Frames from `settled` on. */
  let kept: Uint8Array<ArrayBuffer>[] = []
  /** Frames whose samples are complete fragments. */
  let settled = 0
  let count = 0
  let failures = 0
  let firstLevel = 0
  let isChecked = false
  let current: Attempt | undefined
  let joins: boolean | undefined
  let isBroken = false

  const begin = (codec: Codec): Attempt => {
    samples = samples.slice(0, settled)
    const onFrame = (frame: EncodedFrame): void => void samples.push(frame)
    return {
      codec,
      encoder: openEncoder(codec, fps, onFrame, {
        ...(signal && { signal }),
        firstFrame: settled,
        keySeconds: FRAGMENT_SECONDS,
      }),
    }
  }
  const next = async (): Promise<Codec | undefined> => (await codecs.next()).value ?? undefined

  const atWork = async (): Promise<Attempt> => {
    if (current !== undefined) return current
    const codec = await next()
    if (codec === undefined) throw noCodec(options)
    return (current = begin(codec))
  }

  const follow = async ({ codec, encoder }: Attempt, failure: EncoderError): Promise<void> => {
    encoder.close()
    failures += 1
    const isSame = (failure.wasReclaimed || settled > 0) && failures <= MOST_FAILURES
    const successor = isSame ? codec : settled > 0 ? undefined : await next()
    if (successor === undefined) {
      // What was complete before stays a film.
      isBroken = settled > 0
      samples = samples.slice(0, settled)
      count = settled
      kept = []
      throw noOtherEncoder(failure, notes)
    }
    if (!isSame) notes.push(`${failure.message} The film was encoded with ${successor.name} instead.`)
    current = begin(successor)
  }

  /** Whether the film before has the same decoder's settings, so that its samples and these make one film. */
  const joinsEarlier = (): boolean => {
    joins ??= earlier !== undefined && isSameDecoder(earlier[0], samples[0])
    return joins
  }

  /** Gives the fragments that are complete, and forgets their frames. */
  const settle = async (isEnd: boolean): Promise<void> => {
    const length = fps * FRAGMENT_SECONDS
    for (;;) {
      const end = Math.min(settled + length, isEnd ? count : Infinity)
      const isComplete = samples.length >= end
      if (!isComplete || end === settled) return
      if (!isChecked) {
        await checkFirstFrame(firstLevel, samples[0]!, current!.codec.name, signal)
        isChecked = true
      }
      const first = samples[0]!.meta
      // An encoder gives its configuration once; every fragment needs it.
      const own = samples
        .slice(settled, end)
        .map((sample) => ({ ...sample, meta: sample.meta?.decoderConfig ? sample.meta : first }))
      const from = settled + (joinsEarlier() ? earlier!.length : 0)
      const shape = { codec: current!.codec.muxer, width, height, fps }
      if (onPiece) {
        if (settled === 0 && joinsEarlier())
          onPiece(writeFragment(earlier!, { ...shape, first: 0, recipe: options.recipe }))
        const isStart = settled === 0 && !joinsEarlier()
        onPiece(writeFragment(own, { ...shape, first: from, ...(isStart && { recipe: options.recipe }) }))
      }
      kept = kept.slice(end - settled)
      settled = end
      failures = 0
    }
  }

  /** Encodes the kept frames from `index` on, and begins anew where the encoder fails. */
  const encodeFrom = async (index: number, isEnd = false): Promise<void> => {
    for (let at = index; ;) {
      const attempt = await atWork()
      try {
        for (; at < count; at++) await attempt.encoder.encode(kept[at - settled]!)
        if (isEnd) {
          await attempt.encoder.flush()
          if (samples.length !== count)
            throw new EncoderError(
              `The ${attempt.codec.name} encoder took ${count} frames and gave ${samples.length}.`,
              attempt.codec.name,
            )
        }
        return await settle(isEnd)
      } catch (error) {
        if (!(error instanceof EncoderError)) throw error
        await follow(attempt, error)
        at = settled
      }
    }
  }

  const close = (): void => {
    current?.encoder.close()
    kept = []
  }

  return {
    get codec() {
      return current?.codec.name ?? ''
    },
    notes,
    get frames() {
      return count + (earlier && joins !== false ? earlier.length : 0)
    },
    async addFrame(i420) {
      if (count === 0) firstLevel = meanLevel(i420, width, height)
      kept.push(i420.slice())
      count += 1
      await encodeFrom(count - 1)
    },
    async finish(recipe) {
      try {
        if (count > 0 && !isBroken) await encodeFrom(count, true)
        const { muxer: codec } = (await atWork()).codec
        const isOne = joinsEarlier()
        if (earlier && !isOne)
          notes.push(
            "The encoder's settings differ from those of the earlier film, so this is only the new part.",
          )
        const first = samples[0]?.meta
        const whole = isOne
          ? [...earlier!, ...samples.map((each) => ({ ...each, meta: each.meta ?? first }))]
          : samples
        const file = openMp4({ codec, width, height, fps })
        for (const sample of whole) file.add(sample)
        return file.finish({ ...recipe, numFrames: whole.length })
      } finally {
        close()
      }
    },
    abort: close,
  }
}

function bytesOf(source: AllowSharedBufferSource | undefined): Uint8Array {
  if (source === undefined) return new Uint8Array()
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source)
}

/** Kind and profile of a codec. An encoder's own name leaves out what a file's spells out. */
function profileOf(codec: string, parts: number): string {
  return codec.split('.', parts).join('.')
}

/** Whether one decoder plays both. */
function isSameDecoder(a: EncodedFrame | undefined, b: EncodedFrame | undefined): boolean {
  const [one, other] = [a?.meta?.decoderConfig, b?.meta?.decoderConfig]
  if (!one || !other) return false
  const [left, right] = [bytesOf(one.description), bytesOf(other.description)]
  // Where there is a description, it has the profile.
  const parts = left.length > 0 ? 1 : 2
  if (profileOf(one.codec, parts) !== profileOf(other.codec, parts)) return false
  return left.length === right.length && left.every((byte, i) => byte === right[i])
}

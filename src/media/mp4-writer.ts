import { ArrayBufferTarget, Muxer } from 'mp4-muxer'
import type { ClipMetadata } from '../protocol/settings'
import type { MuxerCodec } from './codecs'
import { concatBytes, findBox, listBoxes } from './mp4-boxes'
import { embedRecipe } from './recipe-box'

export interface Mp4Options {
  codec: MuxerCodec
  width: number
  height: number
  /** A whole number, which is also the file's time scale, so that frame i begins exactly at i / fps. */
  fps: number
}

export interface EncodedFrame {
  data: Uint8Array
  isKey: boolean
  meta: EncodedVideoChunkMetadata | undefined
}

export interface Mp4Writer {
  /** Frames in the order of presentation. */
  add(frame: EncodedFrame): void
  finish(recipe: ClipMetadata): Uint8Array<ArrayBuffer>
}

/** An MP4 in memory, its index before its samples ("fast start"). */
export function openMp4(options: Mp4Options): Mp4Writer {
  const target = new ArrayBufferTarget()
  const muxer = new Muxer({
    target,
    fastStart: 'in-memory',
    video: { codec: options.codec, width: options.width, height: options.height, frameRate: options.fps },
  })
  let count = 0
  return {
    add({ data, isKey, meta }) {
      const start = timestampOf(count, options.fps)
      muxer.addVideoChunkRaw(
        data,
        isKey ? 'key' : 'delta',
        start,
        timestampOf(count + 1, options.fps) - start,
        meta,
      )
      count += 1
    },
    finish(recipe) {
      muxer.finalize()
      return embedRecipe(withoutTimes(new Uint8Array(target.buffer)), recipe)
    },
  }
}

export interface FragmentOptions extends Mp4Options {
  /** The film's number of the first frame. */
  first: number
  /** Of the fragment that begins the file. */
  recipe?: ClipMetadata
}

/**
 * A fragment of an MP4: the frames from a key frame to the next. That with a recipe begins the file; all of them one
 * after the other are a film that can be played as far as it goes. The first sample carries the decoder's settings.
 */
export function writeFragment(
  frames: readonly EncodedFrame[],
  { first, recipe, codec, width, height, fps }: FragmentOptions,
): Uint8Array<ArrayBuffer> {
  const target = new ArrayBufferTarget()
  const muxer = new Muxer({
    target,
    fastStart: 'fragmented',
    minFragmentDuration: Number.MAX_SAFE_INTEGER,
    video: { codec, width, height, frameRate: fps },
  })
  for (const [i, { data, isKey, meta }] of frames.entries()) {
    const start = timestampOf(i, fps)
    const duration = timestampOf(i + 1, fps) - start
    muxer.addVideoChunkRaw(data, isKey ? 'key' : 'delta', start, duration, i === 0 ? meta : undefined)
  }
  muxer.finalize()
  const whole = withoutTimes(new Uint8Array(target.buffer))
  const start = recipe ? embedRecipe(whole, recipe) : whole
  const wanted = recipe ? ['ftyp', 'moov', 'moof', 'mdat', 'uuid'] : ['moof', 'mdat']
  const file = concatBytes(
    listBoxes(start)
      .filter(({ type }) => wanted.includes(type))
      .map((box) => start.subarray(box.start, box.end)),
  )
  placeFragment(file, first)
  return file
}

/** Puts a fragment at its time, which is counted in frames, and gives it a number that rises with it. */
function placeFragment(file: Uint8Array<ArrayBuffer>, first: number): void {
  const view = new DataView(file.buffer)
  const header = findBox(file, ['moof', 'mfhd'])
  const time = findBox(file, ['moof', 'traf', 'tfdt'])
  if (header === undefined || time === undefined)
    throw new Error('The muxer wrote a fragment without mfhd or tfdt.')
  view.setUint32(header.bodyStart + 4, first + 1)
  if (view.getUint8(time.bodyStart) === 1) view.setBigUint64(time.bodyStart + 4, BigInt(first))
  else view.setUint32(time.bodyStart + 4, first)
}

/** Microseconds at which frame i begins, each rounded by itself so that errors do not add up. */
export function timestampOf(frame: number, fps: number): number {
  return Math.round((frame * 1_000_000) / fps)
}

/** Boxes that begin with the times of their making and of their last change. */
const TIMED = [
  ['moov', 'mvhd'],
  ['moov', 'trak', 'tkhd'],
  ['moov', 'trak', 'mdia', 'mdhd'],
]

/** Returns the file without its times, so that the same settings give the same bytes. */
function withoutTimes(mp4: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  for (const path of TIMED) {
    const box = findBox(mp4, path)
    if (box === undefined) continue
    const bytesOfBoth = mp4[box.bodyStart] === 1 ? 16 : 8
    mp4.fill(0, box.bodyStart + 4, box.bodyStart + 4 + bytesOfBoth)
  }
  return mp4
}

import { ArrayBufferTarget, Muxer } from 'mp4-muxer'
import type { ClipMetadata } from '../protocol/settings'
import type { MuxerCodec } from './codecs'
import { findBox } from './mp4-boxes'
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

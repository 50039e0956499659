import type { Recipe } from '../protocol/settings'
import { chooseCodec } from './codecs'
import { checkFirstFrame } from './first-frame'
import { openEncoder } from './frame-encoder'
import { openMp4, type EncodedFrame } from './mp4-writer'
import { meanLevel } from './yuv'

export interface VideoOptions {
  /** Pixels, even. */
  width: number
  height: number
  fps: number
  recipe: Recipe
}

export interface VideoWriter {
  readonly codec: string
  /** One frame of I420 bytes, free for reuse when this resolves. */
  addFrame(i420: Uint8Array<ArrayBuffer>): Promise<void>
  /** The complete file. */
  finish(): Promise<Uint8Array<ArrayBuffer>>
  /** Ends a clip that nobody wants any more. */
  abort(): void
}

function checkOptions({ width, height, fps }: VideoOptions): void {
  for (const [name, side] of Object.entries({ width, height })) {
    if (!Number.isInteger(side) || side < 2 || side % 2 !== 0)
      throw new Error(`A video's ${name} is an even number of pixels; ${side} is not.`)
  }
  if (!Number.isInteger(fps) || fps < 1)
    throw new Error(`A video has a whole number of frames a second; ${fps} is not.`)
}

/** Frames become an MP4 while the next ones are still being made. */
export async function openVideoWriter(options: VideoOptions): Promise<VideoWriter> {
  checkOptions(options)
  const { width, height, fps, recipe } = options
  const codec = await chooseCodec(width, height, fps)
  const file = openMp4({ codec: codec.muxer, width, height, fps })
  let first: EncodedFrame | undefined
  let firstLevel = 0
  let added = 0
  let written = 0
  const encoder = openEncoder(codec, fps, (frame) => {
    first ??= frame
    file.add(frame)
    written += 1
  })
  return {
    codec: codec.name,
    async addFrame(i420) {
      if (added === 0) firstLevel = meanLevel(i420, width, height)
      added += 1
      await encoder.encode(i420)
    },
    async finish() {
      try {
        await encoder.flush()
        if (first === undefined || written !== added)
          throw new Error(`The ${codec.name} encoder took ${added} frames and gave ${written}.`)
        await checkFirstFrame(firstLevel, first, codec.name)
        return file.finish(recipe)
      } finally {
        encoder.close()
      }
    },
    abort: () => encoder.close(),
  }
}

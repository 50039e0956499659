// A video file as a source of frames, decoded by the browser. Runs in a worker.
import {
  ALL_FORMATS,
  BlobSource,
  EncodedPacketSink,
  Input,
  VideoSampleSink,
  type InputVideoTrack,
} from 'mediabunny'
import { ZoetropeError } from '../../protocol/errors'
import { MAX_PICTURE_PIXELS } from '../picture/header'
import type { FrameTimes } from './frame-choice'
import type { FrameSource } from './source'

const MAX_VIDEO_BYTES = 2 ** 30
/** An hour at 30 frames a second. */
const MOST_FRAMES = 108_000

const FORMATS = 'Choose an MP4, WebM or MOV file that this browser plays.'

function videoError(name: string, what: string): ZoetropeError {
  return new ZoetropeError('invalid-settings', `${name} ${what}. ${FORMATS}`)
}

/** @throws ZoetropeError where a file is too large to be read as a video */
function checkVideoBytes(bytes: number, name: string): void {
  if (bytes > MAX_VIDEO_BYTES)
    throw videoError(
      name,
      `has ${(bytes / 2 ** 20).toFixed(0)} MiB; a video may have ${MAX_VIDEO_BYTES / 2 ** 20}, and a clip takes a few seconds of it`,
    )
}

/** When each frame begins and ends; the first begins at 0. */
async function timesOf(track: InputVideoTrack, name: string): Promise<FrameTimes> {
  const frames: { start: number; end: number }[] = []
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, { metadataOnly: true })
  for await (const { timestamp, duration } of packets) {
    if (frames.length === MOST_FRAMES) throw videoError(name, `has more than ${MOST_FRAMES} frames`)
    frames.push({ start: timestamp, end: timestamp + duration })
  }
  if (frames.length === 0) throw videoError(name, 'has no frames')
  frames.sort((a, b) => a.start - b.start)
  const first = frames[0]!.start
  return { starts: frames.map(({ start }) => start - first), ends: frames.map(({ end }) => end - first) }
}

export interface OpenVideo extends FrameSource {
  close(): void
}

/** @throws ZoetropeError where it is no video, or none that this browser decodes */
export async function openVideo(file: Blob, name: string): Promise<OpenVideo> {
  checkVideoBytes(file.size, name)
  const input = new Input({ formats: ALL_FORMATS, source: new BlobSource(file) })
  try {
    const track = await input.getPrimaryVideoTrack().catch(() => null)
    if (track === null)
      throw videoError(name, 'holds no video that can be read: it is damaged, or of another kind')
    const codec = await track.getCodec()
    if (!(await track.canDecode()))
      throw videoError(
        name,
        `is coded as ${codec ?? 'something unknown'}, which this browser does not decode`,
      )
    const [width, height] = [await track.getDisplayWidth(), await track.getDisplayHeight()]
    if (width * height > MAX_PICTURE_PIXELS)
      throw videoError(name, `is ${width}×${height}, more than ${MAX_PICTURE_PIXELS} pixels a frame`)
    const times = await timesOf(track, name)
    const offset = await track.getFirstTimestamp()
    return {
      width,
      height,
      times,
      read: (ids, signal) =>
        readFrames(track, { width, height }, ids, (id) => offset + times.starts[id]!, name, signal),
      close: () => input.dispose(),
    }
  } catch (error) {
    input.dispose()
    throw error
  }
}

async function* readFrames(
  track: InputVideoTrack,
  { width, height }: { readonly width: number; readonly height: number },
  ids: readonly number[],
  startOf: (id: number) => number,
  name: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error(`This browser cannot make a canvas of ${width}×${height}.`)
  const rgb = new Uint8Array(width * height * 3)
  const samples = new VideoSampleSink(track).samplesAtTimestamps(ids.map(startOf))
  let i = 0
  for await (const sample of samples) {
    signal?.throwIfAborted()
    if (!sample) throw videoError(name, `ends before its frame ${ids[i]! + 1}: it is damaged`)
    sample.draw(context, 0, 0, width, height)
    sample.close()
    i++
    const { data } = context.getImageData(0, 0, width, height)
    for (let from = 0, to = 0; from < data.length; from += 4, to += 3) {
      rgb[to] = data[from]!
      rgb[to + 1] = data[from + 1]!
      rgb[to + 2] = data[from + 2]!
    }
    yield rgb
  }
}

// A clip as another kind of file. Every one carries the mark that a model made it.
import { strToU8, zipSync } from 'fflate'
import { ZoetropeError } from '../../protocol/errors'
import type { ClipFacts, ExportedFile, ExportFormat } from '../../protocol/gallery'
import { xmpPacket } from '../made-by-model'
import { openClipFrames, type ClipFrames } from './clip-frames'
import { gifDelays, openGif } from './gif'
import { withXmp } from './png'
import { animatedWebp, type WebpFrame } from './webp'
import { writeWebm } from './webm'

interface Job {
  clip: ClipFrames
  facts: ClipFacts
  xmp: string
  /** Called with the seconds of the clip that are done; throws where the export was given up. */
  onDone(at: number): void
  /** Of the frame for a still. */
  seconds: number
}

const WEBP_QUALITY = 0.85

async function packed(
  canvas: OffscreenCanvas,
  type: string,
  quality?: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const blob = await canvas.convertToBlob({ type, ...(quality !== undefined && { quality }) })
  if (blob.type !== type)
    throw new ZoetropeError('codec-missing', `This browser cannot write ${type}. Choose another format.`)
  return new Uint8Array(await blob.arrayBuffer())
}

function pixelsOf(canvas: OffscreenCanvas): Uint8ClampedArray {
  const context = canvas.getContext('2d')
  if (context === null) throw new ZoetropeError('internal', 'The browser could not make a canvas.')
  return context.getImageData(0, 0, canvas.width, canvas.height).data
}

async function toGif({ clip, facts, xmp, onDone }: Job): Promise<Blob> {
  const gif = openGif(clip.width, clip.height)
  const delays = gifDelays(Array.from({ length: facts.numFrames }, (_, i) => (i + 1) / facts.fps))
  let count = 0
  for await (const { canvas, at, duration } of clip.frames()) {
    gif.add(pixelsOf(canvas), delays[count] ?? 1000 * duration)
    count += 1
    onDone(at + duration)
  }
  return new Blob([gif.finish(xmp)], { type: 'image/gif' })
}

async function toWebp({ clip, xmp, onDone }: Job): Promise<Blob> {
  const frames: WebpFrame[] = []
  for await (const { canvas, at, duration } of clip.frames()) {
    const begin = Math.round(1000 * at)
    const milliseconds = Math.round(1000 * (at + duration)) - begin
    frames.push({ file: await packed(canvas, 'image/webp', WEBP_QUALITY), milliseconds })
    onDone(at + duration)
  }
  return new Blob([animatedWebp(clip.width, clip.height, frames, xmp)], { type: 'image/webp' })
}

async function toPngs({ clip, facts, xmp, onDone }: Job): Promise<Blob> {
  const files: Record<string, Uint8Array> = { 'recipe.json': strToU8(JSON.stringify(facts, null, 2)) }
  let count = 0
  for await (const { canvas, at, duration } of clip.frames()) {
    count += 1
    files[`${String(count).padStart(4, '0')}.png`] = withXmp(await packed(canvas, 'image/png'), xmp)
    onDone(at + duration)
  }
  return new Blob([new Uint8Array(zipSync(files, { level: 0 }))], { type: 'application/zip' }) // PNGs are packed already
}

async function toStill({ clip, xmp, seconds }: Job): Promise<Blob> {
  const png = await packed(await clip.frameAt(seconds), 'image/png')
  return new Blob([withXmp(png, xmp)], { type: 'image/png' })
}

function toWebm({ clip, facts, xmp, onDone }: Job): Promise<Blob> {
  const { prompt, app, appVersion, model } = facts
  return writeWebm(
    clip,
    { TITLE: prompt, ENCODER: `${app} ${appVersion}, ${model}`, COMMENT: JSON.stringify(facts), XMP: xmp },
    onDone,
  )
}

const WRITERS: Readonly<
  Record<Exclude<ExportFormat, 'mp4' | 'latents'>, { ending: string; write(job: Job): Promise<Blob> }>
> = {
  webm: { ending: 'webm', write: toWebm },
  gif: { ending: 'gif', write: toGif },
  webp: { ending: 'webp', write: toWebp },
  png: { ending: 'zip', write: toPngs },
  still: { ending: 'png', write: toStill },
}

export interface ExportOptions {
  /** Of the frame for a still. */
  seconds?: number | undefined
  /** How much of the work is done, 0 … 1. */
  onProgress?(done: number): void
  signal?: AbortSignal
}

/** @param mp4 as the engine made it, with its recipe */
export async function exportClip(
  mp4: Blob,
  facts: ClipFacts,
  format: Exclude<ExportFormat, 'latents'>,
  { seconds = 0, onProgress, signal }: ExportOptions = {},
): Promise<ExportedFile> {
  if (format === 'mp4') return { file: mp4, ending: 'mp4' }
  const { ending, write } = WRITERS[format]
  const clip = await openClipFrames(mp4)
  try {
    const onDone = (at: number): void => {
      signal?.throwIfAborted()
      onProgress?.(Math.min(1, at / clip.duration))
    }
    const xmp = xmpPacket(`${facts.app} ${facts.appVersion}`)
    return { file: await write({ clip, facts, xmp, onDone, seconds }), ending }
  } finally {
    clip.close()
  }
}

// A film whose making was cut short, from its fragments: an ordinary file, and what is known of it.
import type { ClipFacts } from '../protocol/gallery'
import type { ClipMetadata } from '../protocol/settings'
import type { MuxerCodec } from './codecs'
import { listBoxes, type Box } from './mp4-boxes'
import { openMp4 } from './mp4-writer'
import { readSamples } from './read-samples'
import { readRecipe } from './recipe-box'

const NOTE = 'This film was interrupted; what was made of it has been kept.'

const CODECS: readonly (readonly [start: string, muxer: MuxerCodec, name: string])[] = [
  ['avc1', 'avc', 'H.264'],
  ['vp09', 'vp9', 'VP9'],
  ['av01', 'av1', 'AV1'],
]

/** Whole boxes; the last one may have been cut off. */
function withoutRest(mp4: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(mp4.buffer, mp4.byteOffset, mp4.byteLength)
  let end = 0
  while (end + 8 <= mp4.length) {
    const size = view.getUint32(end)
    if (size < 8 || end + size > mp4.length) break
    end += size
  }
  const whole = mp4.slice(0, end)
  const boxes: Box[] = listBoxes(whole)
  const last = boxes.at(-1)
  return last?.type === 'moof' ? whole.slice(0, last.start) : whole // without its samples
}

function isMetadata(recipe: unknown): recipe is ClipMetadata {
  if (typeof recipe !== 'object' || recipe === null) return false
  const numbers = ['width', 'height', 'fps', 'seed'].map((name) => Reflect.get(recipe, name) as unknown)
  return (
    typeof Reflect.get(recipe, 'prompt') === 'string' && numbers.every((value) => typeof value === 'number')
  )
}

/** Undefined where the fragments are no film of ours, or too short to have a frame. */
export async function rescueFilm(
  fragments: Uint8Array<ArrayBuffer>,
): Promise<{ mp4: Uint8Array<ArrayBuffer>; facts: ClipFacts } | undefined> {
  const whole = withoutRest(fragments)
  const recipe = readRecipe(whole)
  if (!isMetadata(recipe)) return undefined
  const samples = await readSamples(whole).catch(() => [])
  const codec = samples[0]?.meta?.decoderConfig?.codec ?? ''
  const [, muxer, name] = CODECS.find(([start]) => codec.startsWith(start)) ?? []
  if (muxer === undefined || name === undefined) return undefined
  const metadata = { ...recipe, numFrames: samples.length }
  const { width, height, fps } = metadata
  const file = openMp4({ codec: muxer, width, height, fps })
  for (const sample of samples) file.add(sample)
  return {
    mp4: file.finish(metadata),
    facts: {
      ...metadata,
      codec: name,
      adapter: '',
      seconds: samples.length / fps,
      stages: [],
      peakGpuBytes: 0,
      plannedGpuBytes: 0,
      latentsSha256: '',
      variants: {},
      notes: [NOTE],
    },
  }
}

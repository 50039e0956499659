// A clip of a causal model: a film of the clip's length, which ends early where it is stopped.
import type { GenerationResult, LiveRun } from '../../protocol/engine'
import type { Materials } from '../clip-job'
import { framesFor, videoFrames } from './live-clip'

/** @param finish aborts to end the clip after the chunk that is being made */
export async function clipFromFilm(
  run: LiveRun,
  numFrames: number,
  finish?: AbortSignal,
): Promise<GenerationResult> {
  const end = (): void => run.change({ stop: true })
  finish?.addEventListener('abort', end, { once: true })
  if (finish?.aborted === true) end()
  try {
    const { film: _film, ...clip } = await run.result
    const isShort = finish?.aborted === true && clip.numFrames < numFrames
    const note = `Stopped after frame ${clip.numFrames} of ${numFrames}, and kept as far as it was made.`
    return { ...clip, notes: isShort ? [note, ...clip.notes] : clip.notes }
  } finally {
    finish?.removeEventListener('abort', end)
  }
}

/** Notes for a clip that whole chunks made longer than requested. */
export function lengthNotes(numFrames: number, { files, pictures }: Materials): string[] {
  const { live, name, defaults } = files.manifest
  if (!live) return []
  const { geometry } = files.networks
  const begun = pictures && !live.holdsPicture ? 1 : 0
  const latentFrames = framesFor(numFrames / defaults.fps, defaults.fps, geometry, live, 0, begun)
  const frames = videoFrames(latentFrames, geometry)
  if (frames <= numFrames) return []
  return [
    `Frames ${numFrames} became ${frames}: ${name} makes ${live.chunk * geometry.stride.frames} at a time.`,
  ]
}

// A clip of a causal model: a film of the clip's length, which ends early where it is stopped.
import type { GenerationResult, LiveRun } from '../../protocol/engine'

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

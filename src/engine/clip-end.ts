import type { GenerationResult } from '../protocol/engine'
import { statisticsOf } from '../sampling/match-statistics'
import type { Outcome } from './clip-events'
import type { ClipJob } from './clip-job'

/** The end of a clip, where it is kept. @param shape of the latents */
export function clipEnd(
  { lastFrame, latents }: Outcome,
  shape: readonly number[],
  { settings: { width, height }, materials: { rowColours } }: ClipJob,
): Pick<GenerationResult, 'end'> {
  if (!lastFrame || !latents) return {}
  const { buffer, byteOffset, byteLength } = latents
  const own = (): ReturnType<typeof statisticsOf> =>
    statisticsOf(new Float32Array(buffer, byteOffset, byteLength / 4), shape)
  return { end: { width, height, frame: lastFrame, statistics: rowColours ?? own() } }
}

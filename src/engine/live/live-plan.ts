// Chooses the window and the format of a film's cache so that it fits, and plans its memory.
import { GpuError } from '../../gpu/errors'
import type { KvWindow } from '../../models/blocks/kv-cache'
import type { FilmCache } from '../../protocol/live-recipe'
import type { PlannedDevice } from '../memory/dry-run'
import { planClip, type FittedPlan, type MemoryRequest } from '../memory/fit-memory'
import type { ModelFiles } from '../model/opened'
import type { FilmClip } from './live-phases'

/** Latent frames of a window that is smaller than the model's own, of those with long films. */
const SMALL_WINDOW = 12

export interface FittedFilm extends FittedPlan {
  readonly clip: FilmClip
}

/** The windows to try, from the best to the smallest. */
function windowsOf({ facts: { window, chunk } }: FilmClip['film'], cache: FilmCache): KvWindow[] {
  const small = Math.max(window.sink + chunk, Math.min(window.frames, SMALL_WINDOW))
  const sizes = small < window.frames ? [window.frames, small] : [window.frames]
  const formats = cache === 'auto' ? (['float', 'int8'] as const) : [cache]
  return sizes.flatMap((frames) =>
    formats.map((format) => ({ ...window, frames, ...(format === 'int8' && { format }) })),
  )
}

/** A film that ends by itself needs no more frames than it has. */
function noLonger(window: KvWindow, frames = Infinity): KvWindow {
  return { ...window, frames: Math.min(window.frames, Math.max(frames, window.sink + 1)) }
}

function noteOn(window: KvWindow, first: KvWindow): string | undefined {
  const changes = [
    ...(window.format !== first.format ? ['in 8 bits'] : []),
    ...(window.frames !== first.frames
      ? [`for ${window.frames} latent frames instead of ${first.frames}`]
      : []),
  ]
  return changes.length === 0
    ? undefined
    : `The film's keys and values are kept ${changes.join(' and ')}, so that it fits the GPU's memory.`
}

/**
 * Plans a film with the first window that fits without reading the transformer anew in every pass; where none does,
 * with the smallest one.
 * @throws GpuError `limit` with the largest size that fits
 */
export async function planFilm(
  files: ModelFiles,
  clip: FilmClip,
  device: PlannedDevice,
  request: MemoryRequest & { readonly cache: FilmCache },
): Promise<FittedFilm> {
  const windows = windowsOf(clip.film, request.cache).map((window) => noLonger(window, clip.film.frames))
  let streamed: FittedFilm | undefined
  let refusal: GpuError | undefined
  for (const window of windows) {
    const attempt = { ...clip, film: { ...clip.film, window } }
    try {
      const { plan, residency } = await planClip(files, attempt, device, request)
      const note = noteOn(window, windows[0]!)
      const fitted = {
        clip: attempt,
        plan: { ...plan, notes: note === undefined ? plan.notes : [...plan.notes, note] },
        residency,
      }
      if (!plan.streamed) return fitted
      streamed = fitted
    } catch (error) {
      if (!(error instanceof GpuError && error.code === 'limit')) throw error
      refusal = error
    }
  }
  if (streamed) return streamed
  throw refusal!
}

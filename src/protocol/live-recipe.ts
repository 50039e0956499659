// A film's own settings, beside those that it shares with clips.

/** A prompt, and the second of the film from which it holds. */
export interface TimedPrompt {
  readonly seconds: number
  readonly prompt: string
}

/**
 * How the keys and values of earlier frames lie on the GPU: as activations do, in 8 bits, or the first of these that
 * fits.
 */
export const FILM_CACHES = ['auto', 'float', 'int8'] as const

export type FilmCache = (typeof FILM_CACHES)[number]

/** A film's part of the recipe in its file. */
export interface LiveRecipe {
  readonly prompts: readonly TimedPrompt[]
  /** Latent frames that a chunk attends to. */
  readonly windowFrames: number
  readonly cache: Exclude<FilmCache, 'auto'>
  /** Of a clip that was made in whole chunks: the frames that were asked for. */
  readonly askedFrames?: number
}

/** Whether this is a film, whose length is a result and not a setting. */
export function isFilm({ live }: { readonly live?: LiveRecipe }): boolean {
  return live !== undefined && live.askedFrames === undefined
}

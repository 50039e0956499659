import type { LiveRecipe, TimedPrompt } from '../../protocol/live-recipe'
import type { ClipMetadata } from '../../protocol/settings'
import { metadataOf } from '../clip-job'
import { filmRecipe } from '../model/live-facts'
import type { FilmRequest } from './film-request'
import { videoFrames } from './live-clip'
import type { FilmClip } from './live-phases'

/** The prompts of a film with the seconds from which they hold, those of the viewer too, for its recipe. */
export class FilmScript {
  private readonly prompts: TimedPrompt[]

  constructor(
    private readonly request: FilmRequest,
    private readonly film: FilmClip['film'],
  ) {
    this.prompts = [...(request.before?.prompts ?? [])]
    for (const { first, prompt } of film.prompts) this.add(first, request.live.prompts[prompt]!.prompt)
  }

  /** @param first latent frame from which on it holds */
  add(first: number, prompt: string): void {
    if (this.prompts.at(-1)?.prompt === prompt) return
    const { networks, manifest } = this.request.materials.files
    this.prompts.push({ seconds: videoFrames(first, networks.geometry) / manifest.defaults.fps, prompt })
  }

  recipe(numFrames: number): ClipMetadata & { readonly live: LiveRecipe } {
    const { settings, live, materials, before } = this.request
    const { facts, window } = this.film
    const isClip = live.seconds === settings.numFrames / materials.files.manifest.defaults.fps
    return {
      ...metadataOf(settings, materials),
      ...before?.given,
      prompt: this.prompts[0]!.prompt,
      numFrames,
      numInferenceSteps: filmRecipe(facts, window).steps.timesteps.length,
      guidanceScale: 1,
      shift: facts.shift,
      live: {
        prompts: this.prompts,
        windowFrames: window.frames,
        cache: window.format ?? 'float',
        ...(isClip && !before && { askedFrames: settings.numFrames }),
      },
    }
  }
}

// Drives the page through the same session object that its buttons use.
import type { Page } from 'playwright-core'
import type { Failure } from '../protocol/errors'
import type { GenerationResult, LiveResult } from '../protocol/engine'
import type { LiveOptions } from '../protocol/live'
import type { StageProgress } from '../protocol/progress'
import type { SettingsInput } from '../protocol/settings'
import type { LoraStrength } from '../protocol/lora'
import type { ShownControl } from './read-control'
import type { GivenFile } from './read-image'

/** Of a clip, and of a film what it alone has. */
type FilmFacts = Omit<GenerationResult, 'mp4'> &
  Partial<Pick<LiveResult, 'firstFrameSeconds' | 'realTimeFactor'>>

export interface Film {
  mp4: Uint8Array
  facts: FilmFacts
}

type Answer = { facts: FilmFacts; dataUrl: string } | { failure: Failure }

/** Files that go with the settings. */
export interface GivenFiles {
  /** The picture that the clip begins with. */
  readonly image?: GivenFile
  /** The picture that it ends with. */
  readonly lastImage?: GivenFile
  readonly upscaler?: GivenFile
}

declare global {
  var reportProgress: ((progress: StageProgress) => void) | undefined
}

/** What a clip is made of, as it is handed to the page. */
export interface FilmInput {
  readonly settings: SettingsInput
  readonly files: GivenFiles
  /** Served at addresses of the page's own. */
  readonly loras: readonly { readonly name: string; readonly url: string; readonly strength: LoraStrength }[]
  /** Of a film that is made live. */
  readonly live?: LiveOptions
  readonly control?: ShownControl
  /** Goes on with the run that was interrupted, where the page has it. */
  readonly resume?: { readonly onAnyGpu: boolean } | undefined
}

export async function generateInPage(
  page: Page,
  film: FilmInput,
  onProgress: (progress: StageProgress) => void,
): Promise<Film> {
  await page.exposeFunction('reportProgress', onProgress)
  // Runs in the page, so it uses no names of this file, and no named inner functions, which the compiler would wrap.
  const answer = await page.evaluate(
    async ({
      settings: input,
      files: given,
      loras: served,
      control: shown,
      live,
      resume,
    }): Promise<Answer> => {
      zoetrope.subscribe(() => {
        const progress = zoetrope.get().job?.progress
        if (progress !== undefined) reportProgress?.(progress)
      })
      try {
        const files = Object.fromEntries(
          Object.entries(given).map(([role, { name, base64 }]) => [
            role,
            new File([Uint8Array.from(atob(base64), (each) => each.charCodeAt(0))], name),
          ]),
        )
        const loras = []
        for (const { name, url, strength } of served)
          loras.push({ file: { name, file: await (await fetch(url)).blob() }, strength })
        const opened = await Promise.all(
          (shown?.files ?? []).map(async ({ role, name, url }) => ({
            role,
            file: new File([await (await fetch(url)).blob()], name),
          })),
        )
        const video = opened.find(({ role }) => role === 'video')?.file
        const mask = opened.find(({ role }) => role === 'mask')?.file
        const followed = shown && {
          control: {
            references: opened.filter(({ role }) => role === 'reference').map(({ file }) => file),
            ...(video && { video }),
            ...(mask && { mask }),
            ...(shown.task && { task: shown.task }),
            ...(shown.strength !== undefined && { strength: shown.strength }),
          },
        }
        const [run] = resume ? await zoetrope.interruptedRuns() : []
        if (resume && !run)
          return {
            failure: {
              code: 'storage-failed',
              message: 'Nothing of this run was kept before it was interrupted. Make the video anew.',
            },
          }
        const wanted = {
          ...input,
          ...files,
          ...(loras.length > 0 && { loras }),
          ...followed,
          ...(run && { resume: { run: run.id, onAnyGpu: resume?.onAnyGpu === true } }),
        }
        const made = live ? await zoetrope.live({ ...wanted, live }) : await zoetrope.generate(wanted)
        const { mp4, latents: _latents, ...facts } = made.result
        if ('film' in facts) delete facts.film // as large as the film itself
        return await new Promise((resolve) => {
          const reader = new FileReader()
          reader.onload = () => resolve({ facts, dataUrl: String(reader.result) })
          reader.readAsDataURL(new Blob([mp4]))
        })
      } catch (error) {
        return { failure: zoetrope.get().problem ?? { code: 'internal', message: String(error) } }
      }
    },
    film,
  )
  if ('failure' in answer)
    throw Object.assign(new Error(answer.failure.message), {
      code: answer.failure.code,
      seed: answer.failure.seed,
    })
  return {
    facts: answer.facts,
    mp4: Buffer.from(answer.dataUrl.slice(answer.dataUrl.indexOf(',') + 1), 'base64'),
  }
}

/** Whether the page has a run that can go on. */
export async function canGoOn(page: Page): Promise<boolean> {
  return page.evaluate(async () => (await zoetrope.interruptedRuns()).length > 0).catch(() => true)
}

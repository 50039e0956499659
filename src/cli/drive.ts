// Drives the page through the same session object that its buttons use.
import type { Page } from 'playwright-core'
import type { Failure } from '../protocol/errors'
import type { GenerationResult } from '../protocol/engine'
import type { StageProgress } from '../protocol/progress'
import type { SettingsInput } from '../protocol/settings'
import type { GivenImages } from './read-image'

export interface Film {
  mp4: Uint8Array
  facts: Omit<GenerationResult, 'mp4'>
}

type Answer = { facts: Omit<GenerationResult, 'mp4'>; dataUrl: string } | { failure: Failure }

declare global {
  var reportProgress: ((progress: StageProgress) => void) | undefined
}

export async function generateInPage(
  page: Page,
  settings: SettingsInput,
  images: GivenImages,
  onProgress: (progress: StageProgress) => void,
): Promise<Film> {
  await page.exposeFunction('reportProgress', onProgress)
  // Runs in the page, so it uses no names of this file, and no named inner functions, which the compiler would wrap.
  const answer = await page.evaluate(
    async ({ settings: input, images: given }): Promise<Answer> => {
      zoetrope.subscribe(() => {
        const progress = zoetrope.get().job?.progress
        if (progress !== undefined) reportProgress?.(progress)
      })
      try {
        const pictures = Object.fromEntries(
          Object.entries(given).map(([name, picture]) => [
            name,
            new File([Uint8Array.from(atob(picture.base64), (each) => each.charCodeAt(0))], picture.name),
          ]),
        )
        const { mp4, ...facts } = (await zoetrope.generate({ ...input, ...pictures })).result
        return await new Promise((resolve) => {
          const reader = new FileReader()
          reader.onload = () => resolve({ facts, dataUrl: String(reader.result) })
          reader.readAsDataURL(new Blob([mp4]))
        })
      } catch (error) {
        return { failure: zoetrope.get().problem ?? { code: 'internal', message: String(error) } }
      }
    },
    { settings, images },
  )
  if ('failure' in answer)
    throw Object.assign(new Error(answer.failure.message), { code: answer.failure.code })
  return {
    facts: answer.facts,
    mp4: Buffer.from(answer.dataUrl.slice(answer.dataUrl.indexOf(',') + 1), 'base64'),
  }
}

// Drives the page through the same session object that its buttons use.
import type { Page } from 'playwright-core'
import type { Failure } from '../protocol/errors'
import type { ClipEnd } from '../protocol/clip-end'
import type { GenerationResult, LiveResult } from '../protocol/engine'
import type { LiveOptions } from '../protocol/live'
import type { StageProgress } from '../protocol/progress'
import type { SettingsInput } from '../protocol/settings'
import type { LoraStrength } from '../protocol/lora'
import type { ShownControl } from './read-control'
import type { GivenFile } from './read-image'

/** Of a clip, and of a film what it alone has. */
type FilmFacts = Omit<GenerationResult, 'mp4' | 'end'> &
  Partial<Pick<LiveResult, 'firstFrameSeconds' | 'realTimeFactor'>>

export interface Film {
  mp4: Uint8Array
  facts: FilmFacts
  end?: ClipEnd
}

/** The frame of a clip's end as base64 of its floats. */
type SentEnd = Omit<ClipEnd, 'frame'> & { readonly base64: string }

type Answer = { facts: FilmFacts; dataUrl: string; end?: SentEnd } | { failure: Failure }

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
  /** The end of the clip that it goes on from. */
  readonly continueFrom?: ClipEnd
  readonly row: { readonly holdsColours: boolean; readonly keepsEnd: boolean }
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
  { continueFrom, ...film }: FilmInput,
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
      row,
      before,
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
              message: 'Nothing of this run was kept before it was interrupted. Make the video again.',
            },
          }
        const floats = Uint8Array.from(atob(before?.base64 ?? ''), (each) => each.charCodeAt(0))
        const wanted = {
          ...input,
          ...files,
          ...row,
          ...(loras.length > 0 && { loras }),
          ...followed,
          ...(before && {
            continueFrom: {
              width: before.width,
              height: before.height,
              statistics: before.statistics,
              frame: new Float32Array(floats.buffer),
            },
          }),
          leavesRun: true, // until the film is written
          ...(run && { resume: { run: run.id, onAnyGpu: resume?.onAnyGpu === true } }),
        }
        const made = live ? await zoetrope.live({ ...wanted, live }) : await zoetrope.generate(wanted)
        const { mp4, latents: _latents, end, ...facts } = made.result
        if ('film' in facts) delete facts.film // as large as the film itself
        const [dataUrl = '', endUrl = ''] = await Promise.all(
          [mp4, ...(end ? [end.frame] : [])].map(
            (bytes) =>
              new Promise<string>((resolve) => {
                const reader = new FileReader()
                reader.onload = () => resolve(String(reader.result))
                reader.readAsDataURL(new Blob([bytes]))
              }),
          ),
        )
        return {
          facts,
          dataUrl,
          ...(end && {
            end: { width: end.width, height: end.height, statistics: end.statistics, base64: endUrl },
          }),
        }
      } catch (error) {
        return { failure: zoetrope.get().problem ?? { code: 'internal', message: String(error) } }
      }
    },
    { ...film, before: continueFrom && sent(continueFrom) },
  )
  if ('failure' in answer)
    throw Object.assign(new Error(answer.failure.message), {
      code: answer.failure.code,
      seed: answer.failure.seed,
    })
  const { facts, dataUrl, end } = answer
  return { facts, mp4: bytesOf(dataUrl), ...(end && { end: endOf(end) }) }
}

function sent({ width, height, statistics, frame }: ClipEnd): SentEnd {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  return { width, height, statistics, base64: bytes.toString('base64') }
}

/** @param end whose frame is a data: address */
function endOf({ width, height, statistics, base64 }: SentEnd): ClipEnd {
  return { width, height, statistics, frame: new Float32Array(bytesOf(base64).buffer) }
}

/** The bytes of a data: address. */
function bytesOf(dataUrl: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(dataUrl.slice(dataUrl.indexOf(',') + 1), 'base64'))
}

/** Whether the page has a run that can go on. */
export async function canGoOn(page: Page): Promise<boolean> {
  return page.evaluate(async () => (await zoetrope.interruptedRuns()).length > 0).catch(() => true)
}

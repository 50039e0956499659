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
import { SentBytes } from './sent-bytes'

/** Of a clip, and of a film what it alone has. */
type FilmFacts = Omit<GenerationResult, 'mp4' | 'end'> &
  Partial<Pick<LiveResult, 'firstFrameSeconds' | 'realTimeFactor'>>

export interface Film {
  mp4: Uint8Array
  facts: FilmFacts
  end?: ClipEnd
}

type EndFacts = Omit<ClipEnd, 'frame'>

/** What the page says of a clip whose bytes it has sent. */
type Answer =
  { facts: FilmFacts; bytes: number; end?: EndFacts & { readonly bytes: number } } | { failure: Failure }

/** Bytes of a piece. */
const PIECE = 4 << 20

/** What is heard of a clip while it is made. */
export interface FilmEvents {
  onProgress(progress: StageProgress): void
  /** Called with the id of the model, once it is open. */
  onModel?(model: string): void
  /** Called once the run is kept: from then on it can continue after an interruption. */
  onKept?(): void
}

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
  var reportModel: ((model: string) => void) | undefined
  var reportKept: ((run: string) => void) | undefined
  var sendPiece: ((name: 'film' | 'last frame', dataUrl: string) => Promise<void>) | undefined
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

/** @throws Error with the failure's code and seed; where the film did not come whole */
export async function generateInPage(
  page: Page,
  { continueFrom, ...film }: FilmInput,
  { onProgress, onModel, onKept }: FilmEvents,
): Promise<Film> {
  const sent = new SentBytes()
  await page.exposeFunction('reportProgress', onProgress)
  await page.exposeFunction('reportModel', (model: string) => onModel?.(model))
  await page.exposeFunction('reportKept', () => onKept?.())
  await page.exposeFunction('sendPiece', sent.receive)
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
      piece,
    }): Promise<Answer> => {
      let model: string | undefined
      zoetrope.subscribe(() => {
        const { engine, job } = zoetrope.get()
        if (engine !== undefined && model === undefined) reportModel?.((model = engine.model.id))
        if (job?.progress !== undefined) reportProgress?.(job.progress)
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
        const heard = { ...(reportKept && { onKept: reportKept }) }
        const made = live ? await zoetrope.live({ ...wanted, live }) : await zoetrope.generate(wanted, heard)
        const { mp4, latents: _latents, end, ...facts } = made.result
        if ('film' in facts) delete facts.film // as large as the film itself
        const frame = end && new Uint8Array(end.frame.buffer, end.frame.byteOffset, end.frame.byteLength)
        for (const [name, bytes] of [['film', mp4] as const, ['last frame', frame] as const])
          for (let at = 0; bytes !== undefined && at < bytes.length; at += piece) {
            const part = new Blob([bytes.subarray(at, at + piece)])
            const dataUrl = await new Promise<string>((resolve, reject) => {
              const reader = new FileReader()
              reader.onload = () => resolve(String(reader.result))
              reader.onerror = () => reject(reader.error ?? new Error('The film could not be read.'))
              reader.readAsDataURL(part)
            })
            await sendPiece?.(name, dataUrl)
          }
        return {
          facts,
          bytes: mp4.length,
          ...(end &&
            frame && {
              end: {
                width: end.width,
                height: end.height,
                statistics: end.statistics,
                bytes: frame.length,
              },
            }),
        }
      } catch (error) {
        return { failure: zoetrope.get().problem ?? { code: 'internal', message: String(error) } }
      }
    },
    { ...film, before: continueFrom && asText(continueFrom), piece: PIECE },
  )
  if ('failure' in answer)
    throw Object.assign(new Error(answer.failure.message), {
      code: answer.failure.code,
      seed: answer.failure.seed,
    })
  const { facts, bytes, end } = answer
  const mp4 = sent.whole('film', bytes)
  return { facts, mp4, ...(end && { end: endOf(end, sent.whole('last frame', end.bytes)) }) }
}

/** The end of a clip with the floats of its frame as base64. */
function asText({ width, height, statistics, frame }: ClipEnd): EndFacts & { readonly base64: string } {
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength)
  return { width, height, statistics, base64: bytes.toString('base64') }
}

function endOf({ width, height, statistics }: EndFacts, { buffer }: Uint8Array<ArrayBuffer>): ClipEnd {
  return { width, height, statistics, frame: new Float32Array(buffer) }
}

/** Whether the page has a run that can go on. */
export async function canGoOn(page: Page): Promise<boolean> {
  return page.evaluate(async () => (await zoetrope.interruptedRuns()).length > 0).catch(() => true)
}

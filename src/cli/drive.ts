// Drives the page through the same session object that its buttons use.
import type { Page } from 'playwright-core'
import type { Failure } from '../protocol/errors'
import type { GenerationResult } from '../protocol/engine'
import type { ClipEnd } from '../protocol/clip-end'
import type { StageProgress } from '../protocol/progress'
import type { SettingsInput } from '../protocol/settings'
import type { GivenImages } from './read-image'

export interface Film {
  mp4: Uint8Array
  facts: Facts
  end?: ClipEnd
}

type Facts = Omit<GenerationResult, 'mp4' | 'end'>

/** The frame of a clip's end as base64 of its floats. */
type SentEnd = Omit<ClipEnd, 'frame'> & { readonly base64: string }

type Answer = { facts: Facts; dataUrl: string; end?: SentEnd } | { failure: Failure }

const BASE64 = ';base64,'

/** The bytes of a data: address. */
function bytesOf(dataUrl: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(dataUrl.slice(dataUrl.indexOf(BASE64) + BASE64.length), 'base64'))
}

declare global {
  var reportProgress: ((progress: StageProgress) => void) | undefined
}

/** What goes to the page beside the settings. */
export interface Sent {
  readonly images: GivenImages
  readonly continueFrom?: ClipEnd
  readonly holdsColours: boolean
  readonly keepsEnd: boolean
}

export async function generateInPage(
  page: Page,
  settings: SettingsInput,
  { images, continueFrom, holdsColours, keepsEnd }: Sent,
  onProgress: (progress: StageProgress) => void,
): Promise<Film> {
  const { frame } = continueFrom ?? { frame: new Float32Array() }
  const row: SentEnd | undefined = continueFrom && {
    width: continueFrom.width,
    height: continueFrom.height,
    statistics: continueFrom.statistics,
    base64: Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength).toString('base64'),
  }
  await page.exposeFunction('reportProgress', onProgress)
  // Runs in the page, so it uses no names of this file, and no named inner functions, which the compiler would wrap.
  const answer = await page.evaluate(
    async ({ settings: input, images: given, row: before, options }): Promise<Answer> => {
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
        const floats = Uint8Array.from(atob(before?.base64 ?? ''), (each) => each.charCodeAt(0))
        const continueFrom = before && {
          width: before.width,
          height: before.height,
          statistics: before.statistics,
          frame: new Float32Array(floats.buffer),
        }
        const { mp4, end, ...facts } = (
          await zoetrope.generate({
            ...input,
            ...pictures,
            ...options,
            ...(continueFrom && { continueFrom }),
          })
        ).result
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
    { settings, images, row, options: { holdsColours, keepsEnd } },
  )
  if ('failure' in answer)
    throw Object.assign(new Error(answer.failure.message), { code: answer.failure.code })
  const { facts, dataUrl, end } = answer
  return {
    facts,
    mp4: bytesOf(dataUrl),
    ...(end && { end: endOf(end) }),
  }
}

function endOf({ width, height, statistics, base64 }: SentEnd): ClipEnd {
  return { width, height, statistics, frame: new Float32Array(bytesOf(base64).buffer) }
}

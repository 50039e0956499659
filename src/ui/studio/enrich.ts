// "Enrich": a longer prompt in the manner that a model was trained on. By the model that is in the browser, where there
// is one and the language fits; else by the small model that was downloaded; else by a template.
import { isMiniId, rewriteForMini } from '../../catalogue/mini-world'
import { toFailure, ZoetropeError } from '../../protocol/errors'
import type { Writer } from './writer'

/** Chromium's Prompt API, as far as it is used. */
interface LanguageModelApi {
  availability(
    options: LanguageOptions,
  ): Promise<'unavailable' | 'downloadable' | 'downloading' | 'available'>
  create(
    options: LanguageOptions & {
      initialPrompts: { role: 'system'; content: string }[]
      signal?: AbortSignal
    },
  ): Promise<{ prompt(text: string, options?: { signal?: AbortSignal }): Promise<string>; destroy(): void }>
}

interface LanguageOptions {
  expectedInputs: { type: 'text'; languages: string[] }[]
  expectedOutputs: { type: 'text'; languages: string[] }[]
}

declare global {
  var LanguageModel: LanguageModelApi | undefined
}

export interface Enriched {
  text: string
  by: 'browser' | 'writer' | 'template' | 'template-after-failure'
  /** Why a model did not write it. */
  why?: string
}

const LANGUAGES = ['en', 'es', 'ja', 'de', 'fr']
const PATIENCE_MS = 30_000
const MOST_CHARACTERS = 2000

const TASK =
  'You write prompts for a text-to-video model. Rewrite what the user describes as one paragraph of 60 to 90 words in English. Keep every thing, number, colour and name that the user gave, and add nothing that contradicts it. Say in this order: who or what is seen and how it looks; what it does, as one continuous movement; where it is; the light; how the camera stands or moves. Use plain present tense. Answer with the paragraph alone.'

/** In the language of the prompt, where Wan reads it: its text encoder knows Chinese as well. */
const TASK_ZH =
  '你为文生视频模型写提示词。把用户的描述改写成一段中文，一百到一百六十字。保留用户给出的每样东西、数量、颜色和名字，不要加入与之矛盾的内容。按这个顺序写：画面里是谁或什么，样子如何；在做什么，作为一个连续的动作；在哪里；光线如何；镜头怎样放、怎样动。只回答这一段话。'

/** By its script: what is written with Chinese characters and no kana is Chinese. */
export function languageOf(text: string): string {
  if (/[\u3040-\u30ff]/.test(text)) return 'ja'
  if (/\p{Script=Han}/u.test(text)) return 'zh'
  if (
    /[\p{Script=Cyrillic}\p{Script=Arabic}\p{Script=Hangul}\p{Script=Hebrew}\p{Script=Devanagari}\p{Script=Thai}]/u.test(
      text,
    )
  )
    return 'other'
  return 'en'
}

const ENDINGS: Readonly<Record<'en' | 'zh', readonly (readonly [missing: RegExp, sentence: string])[]>> = {
  en: [
    [/\b(light|sun|lamp|glow|night|dusk|dawn|shadow)/i, 'Soft natural light falls across the scene.'],
    [
      /\b(camera|pan|zoom|close-?up|shot|seen from|angle)/i,
      'The camera stays level and follows the movement slowly.',
    ],
    [
      /\b(background|behind|in front of|street|forest|room|sea|sky)/i,
      'The surroundings are calm and uncluttered.',
    ],
    [
      /\b(detail|sharp|realistic|cinematic|style|painting|cartoon)/i,
      'Realistic, finely detailed, with steady, continuous motion.',
    ],
  ],
  zh: [
    [/光|灯|阳|夜|影/, '柔和的自然光洒在画面上。'],
    [/镜头|特写|远景|近景|俯拍|仰拍/, '镜头保持平稳，缓慢跟随动作。'],
    [/背景|街|森林|房间|海|天空/, '周围环境安静简洁。'],
    [/细节|写实|电影|风格|绘画|动画/, '写实风格，细节丰富，动作连贯自然。'],
  ],
}

/** Our own template: what a prompt does not say yet, said in general words. */
export function byTemplate(prompt: string): string {
  const isChinese = languageOf(prompt) === 'zh'
  const text = prompt.trim().replace(/[.。]+$/, '')
  const more = ENDINGS[isChinese ? 'zh' : 'en'].flatMap(([has, sentence]) =>
    has.test(text) ? [] : [sentence],
  )
  return isChinese ? `${text}。${more.join('')}` : [`${text}.`, ...more].join(' ')
}

/** One paragraph that says more than the prompt. @throws where it is none */
function paragraph(written: string, prompt: string): string {
  const text = written
    .trim()
    .replace(/^["“]|["”]$/g, '')
    .replace(/\s+/g, ' ')
  if (text.length < prompt.trim().length || text.length > MOST_CHARACTERS)
    throw new Error('The model wrote nothing that can be used.')
  return text
}

/** Aborts with `signal`, and when the browser's model takes too long. */
function hurried(signal: AbortSignal): { signal: AbortSignal; done(): void } {
  const stop = new AbortController()
  const abort = (): void => stop.abort(signal.reason)
  const timer = setTimeout(() => stop.abort(), PATIENCE_MS)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  return {
    signal: stop.signal,
    done() {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    },
  }
}

async function byBrowser(
  prompt: string,
  api: LanguageModelApi,
  given: AbortSignal,
): Promise<string | undefined> {
  const language = languageOf(prompt)
  if (!LANGUAGES.includes(language)) return undefined
  const options: LanguageOptions = {
    expectedInputs: [{ type: 'text', languages: [...new Set(['en', language])] }],
    expectedOutputs: [{ type: 'text', languages: ['en'] }],
  }
  // What the browser would first have to download is not asked for by this button.
  if ((await api.availability(options)) !== 'available') return undefined
  const { signal, done } = hurried(given)
  const session = await api
    .create({ ...options, initialPrompts: [{ role: 'system', content: TASK }], signal })
    .catch((error: unknown) => {
      done()
      throw error
    })
  try {
    return paragraph(await session.prompt(prompt, { signal }), prompt)
  } finally {
    done()
    session.destroy()
  }
}

/**
 * @param writer the small model, where it may be asked
 * @throws ZoetropeError `cancelled` after an abort
 */
export async function enrich(
  prompt: string,
  modelId: string | undefined,
  writer?: Pick<Writer, 'canWrite' | 'write'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Enriched> {
  if (isMiniId(modelId)) return { text: rewriteForMini(prompt) ?? prompt, by: 'template' }
  let why: string | undefined
  const attempt = async (write: () => Promise<string | undefined>): Promise<string | undefined> => {
    try {
      return await write()
    } catch (error) {
      if (signal.aborted || toFailure(error).code === 'cancelled')
        throw new ZoetropeError('cancelled', 'Cancelled.', { cause: error })
      why = toFailure(error).message
      return undefined
    }
  }
  const api = globalThis.LanguageModel
  const own = api && (await attempt(() => byBrowser(prompt, api, signal)))
  if (own !== undefined) return { text: own, by: 'browser' }
  const written = await attempt(async () => {
    if ((await writer?.canWrite()) !== true) return undefined
    const task = languageOf(prompt) === 'zh' ? TASK_ZH : TASK
    return paragraph(await writer!.write(task, prompt, signal), prompt)
  })
  if (written !== undefined) return { text: written, by: 'writer' }
  const text = byTemplate(prompt)
  return why === undefined ? { text, by: 'template' } : { text, by: 'template-after-failure', why }
}

// "Enrich": a longer prompt in the manner that a model was trained on. By the model that is in the browser, where there
// is one and the language fits; else by a template.
import { isMiniId, rewriteForMini } from '../../catalogue/mini-world'

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
  by: 'browser' | 'template' | 'template-after-failure'
}

const LANGUAGES = ['en', 'es', 'ja', 'de', 'fr']
const PATIENCE_MS = 30_000
const MOST_CHARACTERS = 2000

const TASK =
  'You write prompts for a text-to-video model. Rewrite what the user describes as one paragraph of 60 to 90 words in English. Keep every thing, number, colour and name that the user gave, and add nothing that contradicts it. Say in this order: who or what is seen and how it looks; what it does, as one continuous movement; where it is; the light; how the camera stands or moves. Use plain present tense. Answer with the paragraph alone.'

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

async function byBrowser(prompt: string, api: LanguageModelApi): Promise<string | undefined> {
  const language = languageOf(prompt)
  if (!LANGUAGES.includes(language)) return undefined
  const options: LanguageOptions = {
    expectedInputs: [{ type: 'text', languages: [...new Set(['en', language])] }],
    expectedOutputs: [{ type: 'text', languages: ['en'] }],
  }
  // What the browser would first have to download is not asked for by this button.
  if ((await api.availability(options)) !== 'available') return undefined
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const session = await api.create({
    ...options,
    initialPrompts: [{ role: 'system', content: TASK }],
    signal,
  })
  try {
    const text = (await session.prompt(prompt, { signal })).trim().replace(/^"|"$/g, '').replace(/\s+/g, ' ')
    if (text.length < prompt.trim().length || text.length > MOST_CHARACTERS)
      throw new Error('The model in the browser wrote nothing that can be used.')
    return text
  } finally {
    session.destroy()
  }
}

export async function enrich(prompt: string, modelId: string | undefined): Promise<Enriched> {
  if (isMiniId(modelId)) return { text: rewriteForMini(prompt) ?? prompt, by: 'template' }
  const api = globalThis.LanguageModel
  if (api === undefined) return { text: byTemplate(prompt), by: 'template' }
  try {
    const text = await byBrowser(prompt, api)
    return text === undefined ? { text: byTemplate(prompt), by: 'template' } : { text, by: 'browser' }
  } catch {
    return { text: byTemplate(prompt), by: 'template-after-failure' }
  }
}

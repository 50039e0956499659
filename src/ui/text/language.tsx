import { createContext, useContext } from 'react'
import { en, type Words } from './en'

export const LANGUAGES = { en: 'English', zh: '中文' } as const

export type Language = keyof typeof LANGUAGES

const KEY = 'zoetrope.language'

/** The language chosen before, else the first of the browser's that there is. */
export function firstLanguage(
  storage: Pick<Storage, 'getItem'> | undefined,
  wanted: readonly string[],
): Language {
  const isKnown = (code: string | null | undefined): code is Language => code === 'en' || code === 'zh'
  const kept = keptLanguage(storage)
  if (isKnown(kept)) return kept
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find(isKnown) ?? 'en'
}

function keptLanguage(storage: Pick<Storage, 'getItem'> | undefined): string | null {
  try {
    return storage?.getItem(KEY) ?? null
  } catch {
    return null
  }
}

export function keepLanguage(storage: Pick<Storage, 'setItem'> | undefined, language: Language): void {
  try {
    storage?.setItem(KEY, language)
  } catch {
    // then it holds for this visit alone
  }
}

/** English is always there; other languages are fetched when they are wanted. */
export async function loadWords(language: Language): Promise<Words> {
  return language === 'zh' ? (await import('./zh')).zh : en
}

const WordsContext = createContext<Words>(en)
export const WordsProvider = WordsContext.Provider

/** The texts in the language of the page. */
export function useWords(): Words {
  return useContext(WordsContext)
}

import { useEffect, useState } from 'react'
import { keep, readKept, type PageStorage } from './kept'

export const THEMES = ['auto', 'light', 'dark'] as const

export type Theme = (typeof THEMES)[number]

const KEY = 'zoetrope.theme'

/** The theme that was chosen, or the system's. */
export function useTheme(storage: PageStorage | undefined): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState<Theme>(
    () => THEMES.find((each) => each === readKept(storage, KEY)) ?? 'auto',
  )
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme
  }, [theme])
  return [
    theme,
    (next) => {
      keep(storage, KEY, next)
      setTheme(next)
    },
  ]
}

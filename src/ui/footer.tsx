import { LANGUAGES, useWords, type Language } from './text/language'
import { THEMES, type Theme } from './theme'

export interface FooterProps {
  theme: Theme
  onTheme(theme: Theme): void
  onLanguage(language: Language): void
  onShortcuts(): void
  /** There where the browser would install the page. */
  onInstall: (() => void) | undefined
}

/** What one sets once and forgets. */
export function Footer({ theme, onTheme, onLanguage, onShortcuts, onInstall }: FooterProps) {
  const { footer, code } = useWords()
  return (
    <footer className="footer">
      <label>
        {footer.theme}{' '}
        <select
          value={theme}
          onChange={(event) => onTheme(THEMES.find((each) => each === event.target.value) ?? 'auto')}
        >
          {THEMES.map((each) => (
            <option key={each} value={each}>
              {footer.themes[each]}
            </option>
          ))}
        </select>
      </label>
      <label>
        {footer.language}{' '}
        <select value={code} onChange={(event) => onLanguage(event.target.value === 'zh' ? 'zh' : 'en')}>
          {Object.entries(LANGUAGES).map(([each, name]) => (
            <option key={each} value={each} lang={each}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button type="button" className="quiet-link" onClick={onShortcuts}>
        {footer.shortcuts} <kbd>?</kbd>
      </button>
      {onInstall !== undefined && (
        <button type="button" className="quiet-link" onClick={onInstall}>
          {footer.install}
        </button>
      )}
    </footer>
  )
}

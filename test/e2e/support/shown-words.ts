// Every sentence that a page shows to whoever looks at it: notices, messages, questions, and the buttons beside them.
import type { BrowserContext } from 'playwright-core'

/** Of each, the first time; buttons in brackets. */
export interface ShownWords {
  readonly all: string[]
  /** What came since the last call. */
  latest(): string[]
}

const MARK = 'shown: '

/** Runs in the page. */
function watch(mark: string): void {
  const PLACES =
    '[role=alert], [role=status], .notice, .interrupted, .line:not(.estimate), .offline, .watching, .queued .hint, .model-progress .numbers, .model .hint, .idle, .stop-hint, [role=alertdialog]'
  const known = new Set<string>()
  const wordsOf = (element: Element): string => {
    const parts: string[] = []
    const walk = (node: Node): void => {
      if (node instanceof Text) parts.push(node.data)
      if (!(node instanceof HTMLElement) || node.classList.contains('visually-hidden')) return
      const isButton = node.tagName === 'BUTTON'
      parts.push(isButton ? ' [' : '')
      if (isButton && node.getAttribute('aria-label') !== null) parts.push(node.getAttribute('aria-label')!)
      else for (const child of node.childNodes) walk(child)
      parts.push(
        isButton
          ? '] '
          : / (block|flex|list-item|grid)$/.test(` ${getComputedStyle(node).display}`)
            ? ' '
            : '',
      )
    }
    walk(element)
    return parts.join('').replace(/\s+/g, ' ').trim()
  }
  const look = (): void => {
    for (const element of document.querySelectorAll(PLACES)) {
      if (element.parentElement?.closest(PLACES) || !(element as HTMLElement).checkVisibility()) continue
      const text = wordsOf(element)
      const shape = text.replace(/\d+([.,]\d+)?/g, '#') // a figure that moves is no other sentence
      if (text === '' || known.has(shape)) continue
      known.add(shape)
      console.info(mark + text)
    }
  }
  let isDue = false
  new MutationObserver(() => {
    if (isDue) return
    isDue = true
    setTimeout(() => {
      isDue = false
      look()
    }, 30)
  }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true })
}

/** Listens to every page that the context opens from now on. */
export async function shownWords(context: BrowserContext): Promise<ShownWords> {
  const all: string[] = []
  let seen = 0
  await context.addInitScript(watch, MARK)
  context.on('console', (message) => {
    const text = message.text()
    if (text.startsWith(MARK)) all.push(text.slice(MARK.length))
  })
  context.on('dialog', (dialog) => {
    all.push(`(the browser asks: ${dialog.type()})`)
    void dialog.accept()
  })
  return {
    all,
    latest: () => {
      const fresh = all.slice(seen)
      seen = all.length
      return fresh
    },
  }
}

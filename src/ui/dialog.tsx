import { useId, useLayoutEffect, useRef, type ReactNode } from 'react'
import { useWords } from './text/language'

export interface DialogProps {
  title: string
  /** Escape, the cross, or a press beside it. */
  onClose(): void
  /** Small, for a question. */
  isSmall?: boolean
  children: ReactNode
}

/**
 * A modal `<dialog>`: the browser keeps the focus inside, and gives it back afterwards. There as long as it is
 * rendered.
 */
export function Dialog({ title, onClose, isSmall = false, children }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const heading = useId()
  const words = useWords()

  // A layout effect is undone before the element leaves the page; afterwards the browser would not give the focus back.
  useLayoutEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    dialog?.querySelector<HTMLElement>('[data-first]')?.focus() // else the browser takes the cross
    return () => dialog?.close()
  }, [])

  return (
    <dialog
      ref={element}
      className="dialog"
      data-small={isSmall}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault() // whoever renders it decides
        if (event.target === element.current) onClose() // a file picker in it cancels too
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') event.stopPropagation() // or the page would cancel its video
      }}
      onMouseDown={(event) => {
        if (event.target === element.current) onClose() // the backdrop: all else lies in the sheet
      }}
    >
      <div className="sheet">
        <header className="sheet-head">
          <h2 id={heading}>{title}</h2>
          <button type="button" className="cross" aria-label={words.close} onClick={onClose}>
            ×
          </button>
        </header>
        {children}
      </div>
    </dialog>
  )
}

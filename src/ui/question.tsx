import { Dialog } from './dialog'

export interface Question {
  title: string
  text: string
  /** What is done, on the button that does it. */
  yes: string
  no: string
  onYes(): void
  onNo?(): void
}

/** Asked before anything is lost. */
export function AskFirst({ question, onClose }: { question: Question; onClose(): void }) {
  return (
    <Dialog title={question.title} onClose={onClose} isSmall>
      <p className="sheet-text">{question.text}</p>
      <div className="buttons">
        <button
          type="button"
          className="primary quiet"
          data-first
          onClick={() => {
            onClose()
            question.onNo?.()
          }}
        >
          {question.no}
        </button>
        <button
          type="button"
          className="primary"
          onClick={() => {
            onClose()
            question.onYes()
          }}
        >
          {question.yes}
        </button>
      </div>
    </Dialog>
  )
}

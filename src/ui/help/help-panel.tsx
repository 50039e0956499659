import { version } from '../../../package.json'
import { Dialog } from '../dialog'
import type { Question } from '../question'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { DataSection } from './data-section'
import { goTo } from '../room'
import { ReportSection } from './report-section'

const EXPLAINED = ['numInferenceSteps', 'guidanceScale', 'seed', 'shift', 'negativePrompt', 'cache'] as const

/** What this is, what its words mean, where the clips are, and what to do when something fails. */
export function HelpPanel({
  studio,
  onClose,
  onAsk,
}: {
  studio: Studio
  onClose(): void
  onAsk(question: Question): void
}) {
  const { check, help, settings } = useWords()
  return (
    <Dialog title={help.title} onClose={onClose}>
      <section className="sheet-section">
        <h3>{help.what}</h3>
        <p className="sheet-text">{help.whatText}</p>
      </section>
      <section className="sheet-section">
        <h3>{help.words}</h3>
        <dl className="terms">
          {EXPLAINED.map((name) => (
            <div key={name}>
              <dt>{settings.names[name]}</dt>
              <dd>{settings.about[name]}</dd>
            </div>
          ))}
        </dl>
      </section>
      <section className="sheet-section">
        <h3>{help.privacy}</h3>
        <p className="sheet-text">{help.privacyText}</p>
      </section>
      <DataSection studio={studio} onAsk={onAsk} />
      <ReportSection studio={studio} />
      <section className="sheet-section">
        <h3>{check.title}</h3>
        <p className="sheet-text">{check.openText}</p>
        <div className="buttons start">
          <button
            type="button"
            className="primary quiet"
            onClick={() => {
              onClose()
              goTo('check')
            }}
          >
            {check.open}
          </button>
        </div>
      </section>
      <section className="sheet-section">
        <h3>{help.about}</h3>
        <p className="sheet-text">{help.aboutText(version)}</p>
      </section>
    </Dialog>
  )
}

import { useState, type FormEvent, type ReactNode } from 'react'
import type { ModelCard } from '../protocol/engine'
import type { MemoryPlan } from '../protocol/progress'
import { examplesFor } from './examples'
import { checkForm, lineFor, type FormValues } from './form'
import { MemoryTable } from './memory-table'
import { SettingsPanel } from './settings-panel'
import { formatBytes } from './words'

export interface ComposerProps {
  model: ModelCard | undefined
  modelRow: ReactNode
  values: FormValues
  checked: ReturnType<typeof checkForm>
  isSeedRandom: boolean
  isRunning: boolean
  isStopping: boolean
  /** No engine can ever come: there is nothing to press. */
  isBlocked: boolean
  /** What the run will need; undefined while the settings are not right. */
  plan: MemoryPlan | undefined
  /** Why it cannot be run on this GPU. */
  misfit: string | undefined
  onChange(change: Partial<FormValues>): void
  onSeedRandom(isRandom: boolean): void
  onGenerate(): void
  onCancel(): void
}

const shortcut = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ ↵' : 'Ctrl ↵'

export function Composer(props: ComposerProps) {
  const {
    model,
    modelRow,
    values,
    checked,
    isRunning,
    isStopping,
    isBlocked,
    plan,
    misfit,
    onChange,
    onGenerate,
    onCancel,
  } = props
  const [wasAsked, setWasAsked] = useState(false)
  const isEmpty = values.prompt.trim() === ''
  const emptyLine =
    wasAsked && isEmpty
      ? { text: 'The prompt is empty: describe what the video should show.', isError: true }
      : undefined
  const line = emptyLine ?? lineFor('prompt', 'Prompt', checked)

  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    setWasAsked(true)
    if (isEmpty) document.getElementById('prompt')?.focus()
    else if (!isRunning && !isBlocked) onGenerate()
  }

  return (
    <form
      className="composer"
      onSubmit={submit}
      onKeyDown={(event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event)
      }}
    >
      <div className="prompt" data-invalid={line?.isError === true}>
        <label htmlFor="prompt" className="visually-hidden">
          Prompt
        </label>
        <textarea
          id="prompt"
          rows={3}
          dir="auto"
          placeholder="A small green fish, drifting left under water"
          value={values.prompt}
          aria-invalid={line?.isError === true}
          aria-describedby={line === undefined ? undefined : 'prompt-line'}
          onChange={(event) => onChange({ prompt: event.target.value })}
        />
        <div className="prompt-foot">
          <span className="hint">
            {plan !== undefined && `needs ${formatBytes(plan.peakBytes)} of GPU memory`}
          </span>
          {isRunning ? (
            <button type="button" className="primary quiet" disabled={isStopping} onClick={onCancel}>
              {isStopping ? 'Stopping…' : 'Cancel'} <kbd>Esc</kbd>
            </button>
          ) : (
            <button type="submit" className="primary" disabled={isBlocked}>
              Generate <kbd>{shortcut}</kbd>
            </button>
          )}
        </div>
      </div>
      {line !== undefined && (
        <p
          id="prompt-line"
          className={line.isError ? 'line error' : 'line'}
          role={line.isError ? 'alert' : undefined}
        >
          {line.text}
        </p>
      )}
      {plan?.notes.map((note) => (
        <p key={note} className="line">
          {note}
        </p>
      ))}
      {misfit !== undefined && (
        <p className="line error" role="status">
          {misfit}
        </p>
      )}
      <ul className="examples" aria-label="Examples">
        {examplesFor(model?.id).map((example) => (
          <li key={example}>
            <button type="button" className="chip" onClick={() => onChange({ prompt: example })}>
              {example}
            </button>
          </li>
        ))}
      </ul>
      {modelRow}
      {model !== undefined && (
        <details className="panel">
          <summary>
            Settings
            <span className="hint">
              {values.width} × {values.height}, {values.numFrames} frames, {values.numInferenceSteps} steps
            </span>
          </summary>
          <SettingsPanel {...props} sizes={model.sizes} fps={model.fps} />
          {plan !== undefined && <MemoryTable plan={plan} />}
        </details>
      )}
    </form>
  )
}

import { lazy, Suspense, useRef, useState, type FormEvent } from 'react'
import { isMiniId, readForMini } from '../../catalogue/mini-world'
import type { FrameSize, ModelCard } from '../../protocol/engine'
import type { StudioInput } from '../studio/studio-input'
import type { Normalised, Refused } from '../../protocol/normalise'
import type { Limits } from '../../protocol/limits'
import type { MemoryPlan } from '../../protocol/progress'
import { filmSize } from '../../protocol/settings'
import { lineFor, type FormValues } from '../form'
import { LiveSwitch } from '../live/live-switch'
import type { Job } from '../session-state'
import { isCommand, useStore } from '../hooks'
import { LoraPanel } from '../loras/lora-panel'
import { ModelRow } from '../library/model-row'
import type { Question } from '../question'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { BetterModel } from './better-model'
import { clipSettings } from './clip-settings'
import { clipTime } from './clip-time'
import { EnrichButton } from './enrich-button'
import { EstimateLine } from './estimate-line'
import { Examples } from './examples'
import { MemoryTable } from './memory-table'
import { PicturePreview } from './picture-preview'
import { PictureSlot } from './picture-slot'
import { PresetRow } from './preset-row'
import { SettingsPanel } from './settings-panel'

/** For few models. */
const ControlPanel = lazy(async () => ({ default: (await import('./control-panel')).ControlPanel }))

export interface ComposerProps {
  studio: Studio
  model: ModelCard | undefined
  /** The model's rules, with what was given beside it. */
  limits: Limits
  modelTitle: string
  values: FormValues
  checked: Normalised | Refused
  /** The button begins a film, of which fewer settings hold. */
  isLive: boolean
  isRunning: boolean
  /** No engine can ever come: there is nothing to press. */
  isBlocked: boolean
  /** What the run will need; undefined while the settings are not right. */
  plan: MemoryPlan | undefined
  /** Why it cannot be run on this GPU. */
  misfit: string | undefined
  /** What is being made. */
  job: Job | undefined
  onGenerate(inputs: readonly StudioInput[]): void
  /** Begins a film that plays while it is made. */
  onPlay(): void
  onChooseModel(): void
  onAsk(question: Question): void
}

const shortcut = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘ ↵' : 'Ctrl ↵'
/** A second press so soon after the first is the other half of a double click. */
const DOUBLE_MS = 700
const MOST_LINES = 100

function linesOf(prompt: string): string[] {
  return prompt
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(0, MOST_LINES)
}

export function Composer(props: ComposerProps) {
  const { studio, model, values, checked, isLive, isRunning, isBlocked, plan, misfit } = props
  const { form } = studio
  const words = useWords()
  const { isSeedRandom } = useStore(form)
  const [wasAsked, setWasAsked] = useState(false)
  const [isList, setList] = useState(false)
  const lastPress = useRef(0)
  const isEmpty = values.prompt.trim() === ''
  const emptyLine = wasAsked && isEmpty ? { text: words.prompt.empty, isError: true } : undefined
  const line = emptyLine ?? lineFor('prompt', 'Prompt', checked)
  const lines = linesOf(values.prompt)
  const { planned } = useStore(studio.session)
  useStore(form.control)
  const settings = clipSettings(studio, checked)
  const film = settings ? filmSize(settings) : undefined
  const resampled = checked.ok ? (planned?.notes ?? []).filter((note) => !checked.notes.includes(note)) : []
  const isMini = isMiniId(model?.id)
  const mini = isMini && !isEmpty ? readForMini(values.prompt) : undefined

  const timeOf = (size: FrameSize): string | undefined => {
    const time = checked.ok && !isLive ? clipTime(studio, { ...checked.settings, ...size }) : undefined
    return time && words.range(time.low, time.high)
  }

  const isFilm = props.job?.live !== undefined
  /** A film plays while it is made, and so does not wait in the queue. */
  const mustWait = isLive && isRunning && !isFilm

  const start = async (): Promise<void> => {
    // A clip is not made without a picture that was chosen; the page says why it could not be read.
    if (!(await form.pictures.settled())) return
    if (isLive) return props.onPlay()
    const input = studio.input()
    props.onGenerate(isList && lines.length > 1 ? lines.map((prompt) => ({ ...input, prompt })) : [input])
  }

  const changePrompt = (): void => {
    studio.live.changePrompt(values.prompt)
    studio.announcer.say(words.live.changed)
  }

  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    setWasAsked(true)
    if (isEmpty) return document.getElementById('prompt')?.focus()
    if (isFilm) return changePrompt()
    const now = performance.now()
    if (isBlocked || mustWait || (isRunning && now - lastPress.current < DOUBLE_MS)) return
    lastPress.current = now
    if (mini?.hasNoSubject === true)
      return props.onAsk({
        title: words.mini.askTitle,
        text: words.mini.knows,
        yes: words.mini.anyway,
        no: words.mini.models,
        onYes: () => void start(),
        onNo: props.onChooseModel,
      })
    void start()
  }

  return (
    <form
      className="composer"
      onSubmit={submit}
      onKeyDown={(event) => {
        const isEnter = event.key === 'Enter' && (event.ctrlKey || event.metaKey)
        if (isEnter && !event.repeat && isCommand(event.nativeEvent)) submit(event)
      }}
    >
      <div className="prompt" data-invalid={line?.isError === true}>
        <label htmlFor="prompt" className="visually-hidden">
          {words.prompt.label}
        </label>
        <textarea
          id="prompt"
          rows={3}
          dir="auto"
          placeholder={words.prompt.placeholder}
          value={values.prompt}
          aria-invalid={line?.isError === true}
          aria-describedby={line === undefined ? undefined : 'prompt-line'}
          onChange={(event) => form.change({ prompt: event.target.value })}
        />
        <div className="prompt-foot">
          <div className="prompt-extras">
            <EnrichButton
              studio={studio}
              model={model}
              prompt={values.prompt}
              onChooseModel={props.onChooseModel}
            />
            {model?.takesPicture === true && <PictureSlot studio={studio} place="first" />}
            {model?.takesLastPicture === true &&
              (form.pictures.get('first') !== undefined ||
                form.continuation() !== undefined ||
                model.takesControl === true) && <PictureSlot studio={studio} place="last" />}
            {model?.live !== undefined && !isFilm && (
              <LiveSwitch isLive={isLive} onChange={studio.live.choose} />
            )}
          </div>
          <button type="submit" className="primary" disabled={isBlocked || mustWait}>
            {isFilm
              ? words.live.change
              : isLive
                ? words.live.play
                : isRunning
                  ? words.prompt.queue
                  : words.prompt.generate}{' '}
            <kbd>{shortcut}</kbd>
          </button>
        </div>
      </div>
      {model?.takesPicture === true && (
        <PicturePreview form={form} model={model} size={settings} timeOf={timeOf} />
      )}
      {line !== undefined && (
        <p
          id="prompt-line"
          className={line.isError ? 'line error' : 'line'}
          role={line.isError ? 'alert' : undefined}
        >
          {words.sentence(line.text)}
        </p>
      )}
      {mustWait && (
        <p className="line" role="status">
          {words.live.wait}
        </p>
      )}
      {lines.length > 1 && !isLive && (
        <label className="switch">
          <input type="checkbox" checked={isList} onChange={(event) => setList(event.target.checked)} />
          {words.prompt.listHint} ({words.prompt.list(lines.length)})
        </label>
      )}
      {mini !== undefined && (mini.hasNoSubject || mini.unknown.length > 0) && (
        <p className="line" role="status">
          {mini.hasNoSubject
            ? words.mini.short
            : words.mini.unknown(
                mini.unknown
                  .slice(0, 5)
                  .map((word) => `“${word}”`)
                  .join(', '),
              )}
        </p>
      )}
      <EstimateLine studio={studio} checked={checked} plan={plan} misfit={misfit} isLive={isLive} />
      {[...resampled, ...(plan?.notes ?? [])].map((note) => (
        <p key={note} className="line" lang="en">
          {note}
        </p>
      ))}
      {isEmpty || values.prompt.length < 80 ? (
        <Examples modelId={model?.id} onChoose={(example) => form.recall(example)} />
      ) : null}
      {model !== undefined && <PresetRow studio={studio} model={model} values={values} isLive={isLive} />}
      <ModelRow
        library={studio.library}
        entries={studio.entries}
        title={props.modelTitle}
        onOpen={props.onChooseModel}
      />
      {model !== undefined && <LoraPanel studio={studio} />}
      {isMini && <BetterModel studio={studio} plan={plan} onSee={props.onChooseModel} />}
      {model?.takesControl === true && (
        <Suspense fallback={null}>
          <ControlPanel control={form.control} />
        </Suspense>
      )}
      {model !== undefined && (
        <details className="panel">
          <summary>
            {words.settings.label}
            <span className="hint">
              {!settings || !film
                ? ''
                : isLive
                  ? `${film.width} × ${film.height}`
                  : words.settings.summary(
                      film.width,
                      film.height,
                      words.duration(settings.numFrames / model.fps),
                      settings.numInferenceSteps,
                    )}
            </span>
          </summary>
          <SettingsPanel
            form={form}
            values={values}
            checked={checked}
            model={model}
            limits={props.limits}
            isSeedRandom={isSeedRandom}
            isLive={isLive}
            timeOf={timeOf}
          />
          {plan !== undefined && <MemoryTable plan={plan} />}
        </details>
      )}
    </form>
  )
}

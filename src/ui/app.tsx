import { useCallback, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { CatalogueEntry } from '../catalogue/catalogue'
import { Composer } from './composer'
import { checkForm, initialForm, type FormValues } from './form'
import type { GenerationSettings } from '../protocol/settings'
import { IdleDisc } from './idle-disc'
import { AllowAgain } from './library/allow-again'
import { DropTarget } from './library/drop-target'
import { ModelRow } from './library/model-row'
import { ModelPanel } from './library/panel'
import type { Picked } from './library/picked'
import { DISK, type Shelf } from './library/shelf'
import { Caption } from './player'
import { AskFirst, type Question } from './question'
import type { Session } from './session'
import { Stage } from './stage'
import { UpdateBanner } from './update-banner'
import type { Updates } from './service-worker'

const PLAN_DELAY_MS = 150

/** What a retry can help with; the rest needs another browser or another setting. */
const FINAL_PROBLEMS = new Set(['no-webgpu', 'invalid-settings'])

export interface AppProps {
  session: Session
  shelf: Shelf
  /** The catalogue. */
  entries: readonly CatalogueEntry[]
  updates: Updates | undefined
}

export function App({ session, shelf, entries, updates }: AppProps) {
  const { engine, job, clip, problem, plan, planProblem } = useSyncExternalStore(
    session.subscribe,
    session.get,
  )
  const { waitsFor, troubles, said } = useSyncExternalStore(shelf.subscribe, shelf.get)
  const [isChoosing, setChoosing] = useState(false)
  const [question, setQuestion] = useState<Question>()
  const limits = session.limits()
  const [changes, setChanges] = useState<Partial<FormValues>>({})
  const [isSeedRandom, setSeedRandom] = useState(true)
  const values = { ...initialForm(limits), ...changes } // untouched fields follow the model's defaults
  const checked = checkForm(isSeedRandom ? { ...values, seed: '' } : values, limits)
  const change = (more: Partial<FormValues>): void => setChanges((before) => ({ ...before, ...more }))

  // Another model has other defaults: what was set for the last one goes, what was written stays.
  const modelId = engine?.model.id
  const lastModel = useRef(modelId)
  useEffect(() => {
    if (modelId === undefined) return
    if (lastModel.current !== undefined && lastModel.current !== modelId)
      setChanges(({ prompt, seed }) => ({
        ...(prompt !== undefined && { prompt }),
        ...(seed !== undefined && { seed }),
      }))
    lastModel.current = modelId
  }, [modelId])

  /** Another model stops a running video: not without a question. */
  const switchModel = useCallback(
    (change: () => void): void => {
      if (session.get().job === undefined) return change()
      setQuestion({
        title: 'Stop this video?',
        text: 'A video is being made. Another model can only be opened when it is stopped.',
        yes: 'Stop it and switch',
        no: 'Let it finish',
        onYes: change,
      })
    },
    [session],
  )
  const takeFiles = useCallback(
    (picked: Promise<Picked>) =>
      switchModel(
        () => void shelf.useFiles(picked).then(() => shelf.get().troubles.has(DISK) && setChoosing(true)),
      ),
    [shelf, switchModel],
  )
  const chooseModel = (): void => setChoosing(true)

  const generate = (): void => {
    if (waitsFor !== undefined) return void shelf.use({ kind: 'disk', key: waitsFor.key }) // a press is what the browser waits for
    // Only what was set: the model may still be opening, and the rest follows its defaults, not those shown till then.
    session.generate({ ...changes, seed: isSeedRandom ? '' : values.seed }).then(
      ({ result }) => change({ seed: String(result.seed) }),
      () => undefined, // the session's state has it
    )
  }

  // By value, so that a plan follows a change of the settings and not every keystroke of the prompt.
  const wanted = checked.ok ? JSON.stringify({ ...checked.settings, prompt: '-' }) : undefined
  useEffect(() => {
    if (engine === undefined || wanted === undefined) return
    const settings = JSON.parse(wanted) as GenerationSettings
    const timer = setTimeout(() => void session.plan(settings), PLAN_DELAY_MS)
    return () => clearTimeout(timer)
  }, [session, engine, wanted])

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') session.cancel()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [session])

  const shown = job?.settings ?? clip?.result ?? (checked.ok ? checked.settings : limits.defaults)
  const aspect = shown.width / shown.height
  const isBlocked = problem !== undefined && engine === undefined && FINAL_PROBLEMS.has(problem.code)
  const retry =
    problem === undefined || FINAL_PROBLEMS.has(problem.code)
      ? undefined
      : engine === undefined
        ? () => void session.open()
        : generate

  return (
    <div className="page">
      <header className="masthead">
        <p className="wordmark">
          <IdleDisc isTurning={job !== undefined} />
          Zoetrope
        </p>
        <p className="promise">
          {engine === undefined
            ? 'On your own GPU. Nothing leaves this machine.'
            : `${engine.model.title} on ${engine.adapter}. Nothing leaves this machine.`}
        </p>
      </header>
      <main className="layout">
        <h1>Describe it. Watch it move.</h1>
        <div className="show" style={{ maxWidth: `calc(var(--screen-height) * ${aspect})` }}>
          <Stage
            job={job}
            clip={clip}
            problem={job === undefined ? problem : undefined}
            isOpening={engine === undefined && problem === undefined}
            ask={
              waitsFor && (
                <AllowAgain
                  set={waitsFor}
                  trouble={troubles.get(DISK)}
                  onAllow={() => void shelf.use({ kind: 'disk', key: waitsFor.key })}
                  onChoose={chooseModel}
                />
              )
            }
            onChooseModel={chooseModel}
            onStopOpening={session.cancel}
            aspect={aspect}
            previewRate={(engine?.model.fps ?? 16) / 4}
            onRetry={retry}
          />
          {clip !== undefined && job === undefined && problem === undefined && <Caption clip={clip} />}
        </div>
        <Composer
          model={engine?.model}
          modelRow={
            <ModelRow
              shelf={shelf}
              entries={entries}
              title={engine?.model.title ?? waitsFor?.title ?? ''}
              onOpen={chooseModel}
            />
          }
          values={values}
          checked={checked}
          isSeedRandom={isSeedRandom}
          isRunning={job !== undefined}
          isStopping={job?.isStopping ?? false}
          isBlocked={isBlocked}
          plan={checked.ok ? plan : undefined}
          misfit={checked.ok && planProblem?.code === 'limit' ? planProblem.message : undefined}
          onChange={change}
          onSeedRandom={setSeedRandom}
          onGenerate={generate}
          onCancel={session.cancel}
        />
      </main>
      <p className="visually-hidden" aria-live="polite">
        {said}
      </p>
      <DropTarget onDrop={takeFiles} />
      {isChoosing && (
        <ModelPanel
          shelf={shelf}
          entries={entries}
          onSwitch={switchModel}
          onClose={() => setChoosing(false)}
        />
      )}
      {question !== undefined && <AskFirst question={question} onClose={() => setQuestion(undefined)} />}
      {updates !== undefined && <UpdateBanner updates={updates} isRunning={job !== undefined} />}
    </div>
  )
}

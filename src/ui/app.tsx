import { useEffect, useState, useSyncExternalStore } from 'react'
import { Composer } from './composer'
import { checkForm, initialForm, type FormValues } from './form'
import type { GenerationSettings } from '../protocol/settings'
import { IdleDisc } from './idle-disc'
import { Caption } from './player'
import type { Session } from './session'
import { Stage } from './stage'
import { UpdateBanner } from './update-banner'
import type { Updates } from './service-worker'

const PLAN_DELAY_MS = 150

/** What a retry can help with; the rest needs another browser or another setting. */
const FINAL_PROBLEMS = new Set(['no-webgpu', 'invalid-settings'])

export function App({ session, updates }: { session: Session; updates: Updates | undefined }) {
  const { engine, job, clip, problem, plan } = useSyncExternalStore(session.subscribe, session.get)
  const limits = session.limits()
  const [changes, setChanges] = useState<Partial<FormValues>>({})
  const [isSeedRandom, setSeedRandom] = useState(true)
  const values = { ...initialForm(limits), ...changes } // untouched fields follow the model's defaults
  const checked = checkForm(isSeedRandom ? { ...values, seed: '' } : values, limits)
  const change = (more: Partial<FormValues>): void => setChanges((before) => ({ ...before, ...more }))

  const generate = (): void => {
    session.generate({ ...values, seed: isSeedRandom ? '' : values.seed }).then(
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
  const retry = problem === undefined || FINAL_PROBLEMS.has(problem.code) ? undefined : engine === undefined ? () => void session.open() : generate

  return (
    <div className="page">
      <header className="masthead">
        <p className="wordmark">
          <IdleDisc isTurning={job !== undefined} />
          Zoetrope
        </p>
        <p className="promise">{engine === undefined ? 'On your own GPU. Nothing leaves this machine.' : `${engine.model.title} on ${engine.adapter}. Nothing leaves this machine.`}</p>
      </header>
      <main className="layout">
        <h1>Describe it. Watch it move.</h1>
        <div className="show" style={{ maxWidth: `calc(var(--screen-height) * ${aspect})` }}>
          <Stage
            job={job}
            clip={clip}
            problem={job === undefined ? problem : undefined}
            isOpening={engine === undefined && problem === undefined}
            aspect={aspect}
            previewRate={(engine?.model.fps ?? 16) / 4}
            onRetry={retry}
          />
          {clip !== undefined && job === undefined && problem === undefined && <Caption clip={clip} />}
        </div>
        <Composer
          model={engine?.model}
          values={values}
          checked={checked}
          isSeedRandom={isSeedRandom}
          isRunning={job !== undefined}
          isStopping={job?.isStopping ?? false}
          isBlocked={isBlocked}
          plan={checked.ok ? plan : undefined}
          onChange={change}
          onSeedRandom={setSeedRandom}
          onGenerate={generate}
          onCancel={session.cancel}
        />
      </main>
      {updates !== undefined && <UpdateBanner updates={updates} isRunning={job !== undefined} />}
    </div>
  )
}

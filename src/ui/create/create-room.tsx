import { useState, type ReactNode } from 'react'
import { NO_RETRY, type Failure } from '../../protocol/errors'
import { limitsWithUpscaler } from '../../protocol/limits'
import { failedWith } from '../studio/queue-item'
import type { StudioInput } from '../studio/studio-input'
import { useOnBattery } from '../battery'
import { checkForm, initialForm } from '../form'
import { useStore } from '../hooks'
import { AllowAgain } from '../library/allow-again'
import { GoneNotice } from '../library/gone-notice'
import { DISK } from '../library/model-library'
import { LiveBar } from '../live/live-bar'
import type { Question } from '../question'
import { filmInput, filmLimits } from '../studio/film-input'
import type { Studio } from '../studio/studio'
import { useWords } from '../text/language'
import { Caption } from './caption'
import { Composer } from './composer'
import { FilmStrip } from './film-strip'
import { KeepButton } from './keep-button'
import { Notice } from './notice'
import { Progress } from './progress'
import { QueueList } from './queue-list'
import { useShownClip } from './shown-clip'
import { Stage } from './stage'
import { StopButton } from './stop-button'
import { NotifyButton } from './notify-button'
import { usePlan } from './use-plan'

export interface CreateRoomProps {
  studio: Studio
  onChooseModel(): void
  onAsk(question: Question): void
}

/** The one prompt and the one button, and beside them what comes of it. */
export function CreateRoom({ studio, onChooseModel, onAsk }: CreateRoomProps) {
  const words = useWords()
  const { session, library, form, queue, live } = studio
  const { engine, job, problem, plan, planProblem } = useStore(session)
  const { needsPermission, gone, errors } = useStore(library)
  const { items } = useStore(queue)
  const { problem: filmProblem } = useStore(live)
  useStore(form)
  const [chosen, setChosen] = useState<string>()
  const clip = useShownClip(studio, chosen)

  const upscaler = form.upscaler()
  const film = live.isOn() ? engine?.model.live : undefined
  const isLive = film !== undefined
  const own = isLive ? filmLimits(session.limits(), film) : session.limits()
  const limits = upscaler === undefined ? own : limitsWithUpscaler(own)
  const values = form.values(limits)
  const { isSeedRandom } = form.get()
  const typed = { ...values, ...(isSeedRandom && { seed: '' }) }
  const checked = checkForm(isLive ? { ...initialForm(limits), ...filmInput(typed) } : typed, limits)
  usePlan(studio, checked.ok)

  // What is wrong with a LoRA is shown beside it.
  const isOfLora = planProblem?.code !== 'limit' && studio.loras.records().length > 0
  const misfit =
    (planProblem?.code === 'limit' || planProblem?.code === 'invalid-settings') && !isOfLora
      ? planProblem.message
      : undefined

  const isOnBattery = useOnBattery()
  const isRunning = job !== undefined || items.some(({ state }) => state === 'running')
  const watched = isRunning && chosen === undefined ? undefined : clip
  const shown = watched?.facts ?? job?.settings ?? (checked.ok ? checked.settings : limits.defaults)
  const aspect = shown.width / shown.height
  const isBlocked = problem !== undefined && engine === undefined && NO_RETRY.has(problem.code)

  const allow = (): void => {
    if (needsPermission !== undefined) void library.use({ kind: 'disk', key: needsPermission.key })
  }
  /** Asks for a model, or for permission to read one, and returns whether that was needed. The browser grants permission only on a click. */
  const asksForModel = (): boolean => {
    allow()
    if (gone !== undefined) onChooseModel()
    return needsPermission !== undefined || gone !== undefined
  }

  const generate = (inputs: readonly StudioInput[]): void => {
    if (asksForModel()) return
    setChosen(undefined)
    queue.add(inputs)
    if (isRunning) studio.announcer.say(words.queue.added(inputs.length))
  }

  const play = (begin: () => Promise<void>): void => {
    if (asksForModel()) return
    setChosen(undefined)
    void begin()
  }

  /** What waits begins once the model is open. */
  const goOn = (): void => {
    queue.resume()
    asksForModel()
  }

  /** The same video, also where its seed was random; a run that failed goes on where it was. */
  const retryOf = (failure: Failure): (() => void) | undefined => {
    const { code, seed } = failure
    if (NO_RETRY.has(code)) return undefined
    if (engine === undefined) return () => void session.open()
    if (failure === filmProblem) return () => play(() => live.retry(seed))
    const failed = failedWith(items, failure)
    return failed?.run === undefined
      ? () => generate([{ ...studio.input(), ...(seed !== undefined && { seed: String(seed) }) }])
      : () => queue.retry(failed.id)
  }
  const ask =
    needsPermission !== undefined ? (
      <AllowAgain set={needsPermission} error={errors.get(DISK)} onAllow={allow} onChoose={onChooseModel} />
    ) : gone !== undefined ? (
      <GoneNotice
        set={gone}
        error={errors.get(DISK)}
        onChoose={onChooseModel}
        onUseBundled={() => void library.use({ kind: 'bundled' })}
      />
    ) : undefined
  /** Omits the notice that no model is open where the question already says so and offers a way out. */
  const isNoticed =
    problem !== undefined && job === undefined && !(ask !== undefined && problem.code === 'model-missing')
  const notice = (canDismiss: boolean): ReactNode =>
    isNoticed && (
      <Notice
        failure={problem}
        onRetry={retryOf(problem)}
        onChooseModel={onChooseModel}
        onDismiss={canDismiss ? session.dismiss : undefined}
      />
    )
  const hasClip = watched !== undefined

  return (
    <main className="layout">
      <div className="title">
        <h1>{words.heading}</h1>
        <p className="promise">
          {engine === undefined ? words.promiseOpening : words.promise(engine.adapter)}
        </p>
      </div>
      <div className="show" style={{ maxWidth: `calc(var(--screen-height) * ${aspect})` }}>
        {hasClip && !isRunning && (isNoticed ? notice(true) : ask)}
        <Stage
          job={job}
          clip={watched}
          isOpening={engine === undefined && problem === undefined}
          instead={isNoticed ? notice(false) : ask}
          onStopOpening={session.cancel}
          aspect={aspect}
          previewRate={(engine?.model.fps ?? 16) / 4}
          session={session}
          model={engine?.model}
        />
        {isRunning && hasClip && (
          <p className="watching">
            {words.stage.watching}{' '}
            <button type="button" className="quiet-link" onClick={() => setChosen(undefined)}>
              {words.stage.toRun}
            </button>
          </p>
        )}
        {job?.live !== undefined && <LiveBar studio={studio} job={job} fps={engine?.model.fps ?? 16} />}
        {job !== undefined && job.live === undefined && (
          <Progress
            clock={studio.clock}
            progress={job.progress}
            isStopping={job.isStopping}
            isFinishing={job.isFinishing}
          >
            <NotifyButton studio={studio} />
            <KeepButton studio={studio} job={job} />
            <StopButton studio={studio} isStopping={job.isStopping} onAsk={onAsk} />
          </Progress>
        )}
        {isRunning && isOnBattery && <p className="line">{words.progress.onBattery}</p>}
        {watched !== undefined && <Caption clip={watched} studio={studio} />}
        <FilmStrip
          studio={studio}
          shown={watched?.record?.id}
          onShow={({ id }) =>
            setChosen(!isRunning && studio.clips.get().clips[0]?.id === id ? undefined : id)
          }
        />
      </div>
      <div className="form">
        <Composer
          studio={studio}
          model={engine?.model}
          limits={limits}
          modelTitle={engine?.model.title ?? needsPermission?.title ?? gone?.title ?? ''}
          values={values}
          checked={checked}
          isLive={isLive}
          isRunning={isRunning}
          isBlocked={isBlocked}
          plan={checked.ok ? plan : undefined}
          misfit={checked.ok ? misfit : undefined}
          onGenerate={generate}
          job={job}
          onPlay={() => play(() => live.start())}
          onChooseModel={onChooseModel}
          onAsk={onAsk}
        />
        <QueueList studio={studio} onAsk={onAsk} onGoOn={goOn} />
      </div>
    </main>
  )
}

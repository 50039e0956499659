import { lazy, Suspense, useEffect, useRef, type ReactNode } from 'react'
import { IdleDisc } from '../idle-disc'
import type { ModelCard } from '../../protocol/engine'
import type { Job, Session } from '../session-state'
import { useWords } from '../text/language'
import { Picture } from './picture'
import { PreviewCanvas } from './preview-canvas'
import type { ShownClip } from './shown-clip'

/** Only for films: the page fetches it when a model is open. */
const LiveCanvas = lazy(async () => ({ default: (await import('../live/live-canvas')).LiveCanvas }))

export interface StageProps {
  job: Job | undefined
  /** What is to be seen: during a run only where it was asked for. */
  clip: ShownClip | undefined
  isOpening: boolean
  /** Width over height of what is shown. */
  aspect: number
  /** Of the preview: latent frames a second. */
  previewRate: number
  session: Session
  model: ModelCard | undefined
  /** Ends the opening of the model. */
  onStopOpening(): void
  /** In the place of all this: the page needs an answer, or something is wrong and there is no clip to be hidden. */
  instead: ReactNode
}

function Screen(props: StageProps) {
  const { job, clip, isOpening, previewRate, onStopOpening, instead, session, model } = props
  const words = useWords()
  if (clip !== undefined) return <Picture url={clip.url} prompt={clip.facts.prompt} />
  if (job?.live !== undefined && model?.live !== undefined)
    return (
      <Suspense fallback={null}>
        <LiveCanvas session={session} fps={model.fps} chunkFrames={model.live.chunkFrames} />
      </Suspense>
    )
  if (job?.preview !== undefined) return <PreviewCanvas preview={job.preview} framesPerSecond={previewRate} />
  if (job === undefined && instead !== undefined) return instead
  const text = job !== undefined ? undefined : isOpening ? words.stage.waking : words.stage.idle
  return (
    <div className="idle">
      <IdleDisc />
      {text !== undefined && <p>{text}</p>}
      {isOpening && job === undefined && (
        <button type="button" className="primary quiet late" onClick={onStopOpening}>
          {words.stage.cancel}
        </button>
      )}
    </div>
  )
}

/** Where the picture is: the empty disc, the preview, the film or what went wrong. */
export function Stage(props: StageProps) {
  const element = useRef<HTMLDivElement>(null)
  const isRunning = props.job !== undefined
  useEffect(() => {
    if (isRunning) element.current?.scrollIntoView({ block: 'nearest' }) // on a phone the form may cover it
  }, [isRunning])
  return (
    <div className="stage" ref={element}>
      <div className="screen" style={{ aspectRatio: props.aspect }} data-busy={isRunning}>
        <Screen {...props} />
      </div>
    </div>
  )
}

import { useEffect, useRef, type ReactNode } from 'react'
import type { Failure } from '../protocol/errors'
import { IdleDisc } from './idle-disc'
import { Notice } from './notice'
import { Picture } from './player'
import { PreviewCanvas } from './preview-canvas'
import { Progress } from './progress'
import type { Clip, Job } from './session'

export interface StageProps {
  job: Job | undefined
  clip: Clip | undefined
  problem: Failure | undefined
  isOpening: boolean
  /** Width over height of what is shown. */
  aspect: number
  /** Of the preview: latent frames a second. */
  previewRate: number
  onRetry: (() => void) | undefined
  onChooseModel(): void
  /** Ends the opening of the model. */
  onStopOpening(): void
  /** In the place of all this: the page needs an answer before it can go on. */
  ask: ReactNode
}

function Screen({
  job,
  clip,
  problem,
  isOpening,
  previewRate,
  onRetry,
  onChooseModel,
  onStopOpening,
  ask,
}: StageProps) {
  if (job?.preview !== undefined) return <PreviewCanvas preview={job.preview} framesPerSecond={previewRate} />
  if (problem !== undefined)
    return <Notice failure={problem} onRetry={onRetry} onChooseModel={onChooseModel} />
  if (ask !== undefined) return ask
  if (clip !== undefined && job === undefined) return <Picture clip={clip} />
  const words = job !== undefined ? undefined : isOpening ? 'Waking the GPU…' : 'Your film will play here.'
  return (
    <div className="idle">
      <IdleDisc />
      {words !== undefined && <p>{words}</p>}
      {isOpening && job === undefined && (
        <button type="button" className="primary quiet late" onClick={onStopOpening}>
          Cancel
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
      {props.job !== undefined && (
        <Progress progress={props.job.progress} isStopping={props.job.isStopping} />
      )}
    </div>
  )
}

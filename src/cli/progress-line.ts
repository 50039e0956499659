import { STAGES, type StageProgress } from '../protocol/progress'

export interface ProgressLine {
  show(progress: StageProgress): void
  end(): void
}

/** The stages that are counted; most runs do not try kernels. */
const COUNTED = STAGES.filter((stage) => stage !== 'tune')

function describe({ stage, step, steps, seconds, eta }: StageProgress): string {
  const left = eta === undefined || eta < 0.5 ? '' : `, about ${Math.round(eta)} s left`
  const title =
    stage === 'tune'
      ? 'trying kernels on this GPU'
      : `[${COUNTED.indexOf(stage) + 1}/${COUNTED.length}] ${stage}`
  return `${title} ${step}/${steps}, ${seconds.toFixed(1)} s${left}`
}

/** Seconds between two lines about one long stage, where the output is not a terminal. */
const TELL_EVERY = 60

/**
 * Shows progress: on a terminal one line that changes, elsewhere a line for each finished stage and each minute of a
 * long one.
 */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  let last: StageProgress | undefined
  let told = 0
  const close = (): void => {
    if (last !== undefined) stream.write(stream.isTTY ? `\r\x1b[K${describe(last)}\n` : `${describe(last)}\n`)
    last = undefined
  }
  return {
    show(progress) {
      if (last !== undefined && last.stage !== progress.stage) close()
      if (last === undefined) told = 0
      last = progress
      if (stream.isTTY) stream.write(`\r\x1b[K${describe(progress)}`)
      else if (progress.seconds >= told + TELL_EVERY && progress.step < progress.steps) {
        told = progress.seconds
        stream.write(`${describe(progress)}\n`)
      }
    },
    end: close,
  }
}

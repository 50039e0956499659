import { STAGES, type Stage, type StageProgress } from '../protocol/progress'

export interface ProgressLine {
  show(progress: StageProgress): void
  end(): void
}

/** Titles of stages that most runs do not have, and that are not counted. */
const OCCASIONAL: Partial<Record<Stage, string>> = {
  tune: 'trying kernels on this GPU',
  condition: 'encoding the picture',
}

const COUNTED = STAGES.filter((stage) => OCCASIONAL[stage] === undefined)

function describe({ stage, step, steps, seconds, eta }: StageProgress): string {
  const left = eta === undefined || eta < 0.5 ? '' : `, about ${Math.round(eta)} s left`
  const title = OCCASIONAL[stage] ?? `[${COUNTED.indexOf(stage) + 1}/${COUNTED.length}] ${stage}`
  return `${title} ${step}/${steps}, ${seconds.toFixed(1)} s${left}`
}

/** Seconds between two lines about one long stage, where the output is not a terminal. */
const REPORT_EVERY = 60

/**
 * Shows progress: on a terminal one line that changes, elsewhere a line for each finished stage and each minute of a
 * long one.
 */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  let last: StageProgress | undefined
  let reported = 0
  const close = (): void => {
    if (last !== undefined) stream.write(stream.isTTY ? `\r\x1b[K${describe(last)}\n` : `${describe(last)}\n`)
    last = undefined
  }
  return {
    show(progress) {
      if (last !== undefined && last.stage !== progress.stage) close()
      if (last === undefined) reported = 0
      last = progress
      if (stream.isTTY) stream.write(`\r\x1b[K${describe(progress)}`)
      else if (progress.seconds >= reported + REPORT_EVERY && progress.step < progress.steps) {
        reported = progress.seconds
        stream.write(`${describe(progress)}\n`)
      }
    },
    end: close,
  }
}

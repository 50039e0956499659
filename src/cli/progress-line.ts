import { STAGES, type StageProgress } from '../protocol/progress'

export interface ProgressLine {
  show(progress: StageProgress): void
  end(): void
}

/** Trying kernels is no stage of most runs. */
const COUNTED = STAGES.filter((stage) => stage !== 'tune')

function describe({ stage, step, steps, seconds, eta }: StageProgress): string {
  const left = eta === undefined || eta < 0.5 ? '' : `, about ${Math.round(eta)} s left`
  const title = stage === 'tune' ? 'trying kernels on this GPU' : `[${COUNTED.indexOf(stage) + 1}/${COUNTED.length}] ${stage}`
  return `${title} ${step}/${steps}, ${seconds.toFixed(1)} s${left}`
}

/** On a terminal one line that changes; elsewhere a line for each finished stage. */
export function progressLine(stream: NodeJS.WriteStream): ProgressLine {
  let last: StageProgress | undefined
  const close = (): void => {
    if (last !== undefined) stream.write(stream.isTTY ? `\r\x1b[K${describe(last)}\n` : `${describe(last)}\n`)
    last = undefined
  }
  return {
    show(progress) {
      if (last !== undefined && last.stage !== progress.stage) close()
      last = progress
      if (stream.isTTY) stream.write(`\r\x1b[K${describe(progress)}`)
    },
    end: close,
  }
}

// Runs that were interrupted: by a closed tab, a crash, or a GPU that was lost.
import type { Stage } from './progress'
import type { GenerationSettings } from './settings'

/** A run that can go on where it was. */
export interface InterruptedRun {
  readonly id: string
  readonly settings: GenerationSettings
  readonly model: { readonly id: string; readonly title: string }
  /** The GPU that it began on. */
  readonly adapter: string
  /** Milliseconds since 1970. */
  readonly begunAt: number
  /** How far it got. */
  readonly stage: Stage
  readonly step: number
  readonly steps: number
}

/** A wish to go on with an interrupted run. */
export interface ResumeRequest {
  readonly run: string
  /** Also on another GPU than it began on, whose bits differ. */
  readonly onAnyGpu?: boolean
  /** Where the run is not kept any more, a new one begins; otherwise that is an error. */
  readonly orAnew?: boolean
}

/** What to ask for after a GPU or an engine was lost: the run where it was, or a new one. */
export function resumed<Input extends { readonly resume?: ResumeRequest }>(
  input: Input,
  run: string | undefined,
): Input {
  if (run === undefined) return input
  const isOfUser = input.resume !== undefined
  return { ...input, resume: { ...input.resume, run, ...(!isOfUser && { orAnew: true }) } }
}

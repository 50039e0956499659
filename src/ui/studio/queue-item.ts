import type { Failure } from '../../protocol/errors'
import type { InterruptedRun } from '../../protocol/runs'
import type { FileIds } from './queue-files'
import type { StudioInput } from './studio-input'

/** A video that waits to be made, is made, or could not be made. */
export interface QueueItem {
  id: string
  input: StudioInput
  /** The model that it was asked of; another one lets it wait. */
  model: { id: string; title: string } | undefined
  state: 'waiting' | 'running' | 'failed'
  /** Under which its files are kept. */
  files?: FileIds
  failure?: Failure
  /** Asked for while the others were held: it does not wait for them. */
  isUrgent?: boolean
  /** The run that makes it, once that can go on after an interruption. */
  run?: string
  /** It goes on with a run of an earlier try. */
  isResumed?: boolean
  /** How far that run got before it was interrupted. */
  reached?: Pick<InterruptedRun, 'stage' | 'step' | 'steps'>
  /** It may go on on another GPU than it began on. */
  onAnyGpu?: boolean
}

/** The item that failed in this way, the last of several. */
export function failedWith(
  items: readonly QueueItem[],
  { code, message }: Pick<Failure, 'code' | 'message'>,
): QueueItem | undefined {
  return items.findLast(({ failure }) => failure?.code === code && failure.message === message)
}

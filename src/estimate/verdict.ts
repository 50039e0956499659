// What the figures mean for a person who is about to press the button.
import type { TimeEstimate } from '../protocol/estimate'

export interface Figures {
  time: TimeEstimate | undefined
  /** The most GPU memory of the run; undefined where it is not known yet. */
  needsBytes: number | undefined
  /** What may be used of it. */
  budgetBytes: number | undefined
}

export type Verdict =
  | { kind: 'too-large'; needsBytes: number; budgetBytes: number }
  | { kind: 'long'; time: TimeEstimate }
  | { kind: 'ready'; time: TimeEstimate }
  | { kind: 'unknown' }

/** Longer than people wait without having been asked. */
const LONG_SECONDS = 15 * 60
/** Longer than anybody waits for a few seconds of film. */
export const BEYOND_HOURS = 3

/** Whether a model takes longer here than anybody waits. */
export function isBeyondWaiting(time: TimeEstimate | undefined): boolean {
  return time !== undefined && time.likely > BEYOND_HOURS * 3600
}

export function judge({ time, needsBytes, budgetBytes }: Figures): Verdict {
  if (needsBytes !== undefined && budgetBytes !== undefined && needsBytes > budgetBytes)
    return { kind: 'too-large', needsBytes, budgetBytes }
  if (time === undefined) return { kind: 'unknown' }
  return { kind: time.likely > LONG_SECONDS ? 'long' : 'ready', time }
}

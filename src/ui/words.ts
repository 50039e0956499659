// The words and numbers that the page shows.
import type { ErrorCode } from '../protocol/errors'
import type { Stage } from '../protocol/progress'

export const STAGE_WORDS: Record<Stage, string> = {
  load: 'Loading the model',
  tokenise: 'Reading the prompt',
  tune: 'Trying kernels on this GPU',
  encode: 'Understanding the prompt',
  condition: 'Reading the picture',
  denoise: 'Imagining',
  decode: 'Developing the frames',
  finish: 'Finishing the video',
}

export const PROBLEM_TITLES: Record<ErrorCode, string> = {
  'no-webgpu': 'WebGPU is missing',
  'no-adapter': 'No usable GPU was found',
  limit: 'This GPU is too small for that',
  'out-of-memory': 'The GPU ran out of memory',
  'other-gpu': 'This run began under other conditions',
  'device-lost': 'The GPU stopped',
  'invalid-settings': 'That cannot be made',
  'model-missing': 'The model was not found',
  'model-invalid': 'The model file cannot be used',
  'codec-missing': 'No video encoder',
  'video-broken': 'The encoder failed',
  'not-finite': 'The numbers overflowed',
  'storage-failed': 'Storage failed',
  'no-storage': 'This browser offers no storage here',
  'engine-missing': 'The engine did not start',
  'engine-broken': 'The engine broke down',
  busy: 'One at a time',
  cancelled: 'Cancelled',
  internal: 'Something went wrong',
}

export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`
  return `${(bytes / 1e9).toFixed(1)} GB`
}

export interface Pace {
  doneBytes: number
  totalBytes: number
  bytesPerSecond?: number | undefined
  secondsLeft?: number | undefined
}

/** Whole per cent, and 100 only when all is there. */
export function percentOf({ doneBytes, totalBytes }: Pace): number {
  return totalBytes <= 0 ? 0 : Math.min(100, Math.floor((100 * doneBytes) / totalBytes))
}

/** "37 % · 12 MB/s · about 4 min left" */
export function formatPace(pace: Pace): string {
  const { bytesPerSecond, secondsLeft } = pace
  const parts = [`${percentOf(pace)} %`]
  if (bytesPerSecond !== undefined && bytesPerSecond > 0) parts.push(`${formatBytes(bytesPerSecond)}/s`)
  if (secondsLeft !== undefined && Number.isFinite(secondsLeft))
    parts.push(secondsLeft < 60 ? 'less than a minute left' : `about ${formatMinutes(secondsLeft)} left`)
  return parts.join(' · ')
}

/** Coarse, as an estimate is: seconds would pretend to know. */
function formatMinutes(seconds: number): string {
  const minutes = Math.round(seconds / 60)
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A file name that says what is in the file, safe on every system. */
export function fileNameFor(prompt: string, seed: number, ending = 'mp4'): string {
  // Marks stay with their letter: in Hindi and Thai they are vowels.
  const words =
    prompt
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*/gu) ?? []
  const name = Array.from(words.join('-')).slice(0, 48).join('').replace(/-$/, '')
  return `${name || 'zoetrope'}-${seed}.${ending}`
}

// The words and numbers that the page shows.
import type { ErrorCode } from '../protocol/errors'
import type { Stage } from '../protocol/progress'

export const STAGE_WORDS: Record<Stage, string> = {
  load: 'Loading the model',
  tokenise: 'Reading the prompt',
  encode: 'Understanding the prompt',
  denoise: 'Imagining',
  decode: 'Developing the frames',
  finish: 'Binding the film',
}

export const PROBLEM_TITLES: Record<ErrorCode, string> = {
  'no-webgpu': 'WebGPU is missing',
  'no-adapter': 'No usable GPU was found',
  limit: 'This GPU is too small for that',
  'out-of-memory': 'The GPU ran out of memory',
  'device-lost': 'The GPU stopped',
  'invalid-settings': 'That cannot be made',
  'model-missing': 'The model is not there',
  'model-invalid': 'The model file is damaged',
  'codec-missing': 'No video encoder',
  'video-broken': 'The encoder failed',
  'storage-failed': 'The storage is full',
  busy: 'One at a time',
  cancelled: 'Cancelled',
  internal: 'Something went wrong',
}

export function formatBytes(bytes: number): string {
  if (bytes < 1e6) return `${Math.max(1, Math.round(bytes / 1e3))} kB`
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`
  return `${(bytes / 1e9).toFixed(1)} GB`
}

export function formatSeconds(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  if (seconds < 60) return `${Math.round(seconds)} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${Math.round(seconds % 60)} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A file name that says what is in the file, safe on every system. */
export function fileNameFor(prompt: string, seed: number): string {
  const words = prompt
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-+|-+$/g, '')
  return `${Array.from(words).slice(0, 48).join('') || 'zoetrope'}-${seed}.mp4`
}

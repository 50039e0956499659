import type { EngineCard, GenerationInput, GenerationResult, LiveInput, LiveResult, Planned } from './engine'
import type { LiveChange, LiveFrame } from './live'
import type { OpenRequest } from './model-source'
import type { PreviewImage, StageProgress } from './progress'
import type { CancelCommand, FailedReply } from './requests'
import type { InterruptedRun } from './runs'

/** Page to worker. `id` is the page's number for the request. */
export type Command =
  | { type: 'open'; id: number; request: OpenRequest }
  | { type: 'plan'; id: number; settings: LiveInput }
  | { type: 'generate'; id: number; settings: GenerationInput }
  | { type: 'list-runs'; id: number }
  | { type: 'discard-run'; id: number; run: string }
  /** Ends the denoising of the running video after its step. */
  | { type: 'finish'; id: number }
  /** `key` is the page's name for the film. */
  | { type: 'live'; id: number; key: string; input: LiveInput }
  | CancelCommand
  | SteerCommand

/** Changes a film on the way; there is no reply. */
export interface SteerCommand {
  type: 'steer'
  id: 0
  key: string
  change: LiveChange
}

/** Worker to page. */
export type Reply =
  | { type: 'opened'; id: number; engine: EngineCard }
  | { type: 'planned'; id: number; planned: Planned }
  | { type: 'progress'; id: number; progress: StageProgress }
  | { type: 'preview'; id: number; preview: PreviewImage }
  | { type: 'kept'; id: number; run: string }
  | { type: 'generated'; id: number; result: GenerationResult }
  | { type: 'runs'; id: number; runs: InterruptedRun[] }
  | { type: 'run-discarded'; id: number }
  | { type: 'finishing'; id: number }
  | { type: 'frame'; id: number; frame: LiveFrame }
  | { type: 'piece'; id: number; bytes: Uint8Array<ArrayBuffer> }
  | { type: 'ended'; id: number; result: LiveResult }
  | FailedReply

/** The last reply of each command. */
export interface FinalReply {
  open: 'opened'
  plan: 'planned'
  generate: 'generated'
  'list-runs': 'runs'
  'discard-run': 'run-discarded'
  finish: 'finishing'
  live: 'ended'
}

export type Request = Exclude<Command, CancelCommand | SteerCommand>

export type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>

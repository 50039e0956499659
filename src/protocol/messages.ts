import type { EngineCard, GenerationInput, GenerationResult, Planned } from './engine'
import type { OpenRequest } from './model-source'
import type { PreviewImage, StageProgress } from './progress'
import type { CancelCommand, FailedReply } from './requests'

/** Page to worker. `id` is the page's number for the request. */
export type Command =
  | { type: 'open'; id: number; request: OpenRequest }
  | { type: 'plan'; id: number; settings: GenerationInput }
  | { type: 'generate'; id: number; settings: GenerationInput }
  /** Ends the denoising of the running video after its step. */
  | { type: 'finish'; id: number }
  | CancelCommand

/** Worker to page. */
export type Reply =
  | { type: 'opened'; id: number; engine: EngineCard }
  | { type: 'planned'; id: number; planned: Planned }
  | { type: 'progress'; id: number; progress: StageProgress }
  | { type: 'preview'; id: number; preview: PreviewImage }
  | { type: 'generated'; id: number; result: GenerationResult }
  | { type: 'finishing'; id: number }
  | FailedReply

/** The last reply of each command. */
export interface FinalReply {
  open: 'opened'
  plan: 'planned'
  generate: 'generated'
  finish: 'finishing'
}

export type Request = Exclude<Command, CancelCommand>

export type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>

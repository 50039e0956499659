import type { OpenRequest } from './model-source'
import type { MemoryPlan, PreviewImage, Stage, StageProgress } from './progress'
import type { CancelCommand, FailedReply } from './requests'
import type { GenerationSettings, Recipe, SettingsDefaults } from './settings'

export interface FrameSize {
  width: number
  height: number
}

/** What the page knows of a model: the part of its manifest that a person chooses from. */
export interface ModelCard {
  id: string
  title: string
  version: string
  fps: number
  defaults: SettingsDefaults
  /** Sizes that the model was trained for. */
  sizes: FrameSize[]
  /** All files together. */
  bytes: number
}

/** An engine that is ready. */
export interface EngineCard {
  /** The GPU's name. */
  adapter: string
  model: ModelCard
}

export interface StageTime {
  stage: Stage
  seconds: number
  /** The most GPU bytes that the plan foresaw for the stage, and that it had; of stages that use the GPU. */
  plannedGpuBytes?: number
  peakGpuBytes?: number
}

export interface GenerationResult extends Recipe {
  mp4: Uint8Array<ArrayBuffer>
  codec: string
  adapter: string
  /** From the request to the complete file. */
  seconds: number
  stages: StageTime[]
  peakGpuBytes: number
  plannedGpuBytes: number
  /** Which loop each family of kernels used on this GPU. */
  variants: Record<string, string>
  /** What was changed on the way: a prompt cut at 512 tokens, a width snapped. */
  notes: string[]
}

/** Page to worker. `id` is the page's number for the request. */
export type Command =
  | { type: 'open'; id: number; request: OpenRequest }
  | { type: 'plan'; id: number; settings: GenerationSettings }
  | { type: 'generate'; id: number; settings: GenerationSettings }
  | CancelCommand

/** Worker to page. */
export type Reply =
  | { type: 'opened'; id: number; engine: EngineCard }
  | { type: 'planned'; id: number; plan: MemoryPlan }
  | { type: 'progress'; id: number; progress: StageProgress }
  | { type: 'preview'; id: number; preview: PreviewImage }
  | { type: 'generated'; id: number; result: GenerationResult }
  | FailedReply

/** The last reply of each command. */
export interface FinalReply {
  open: 'opened'
  plan: 'planned'
  generate: 'generated'
}

export type Request = Exclude<Command, CancelCommand>

export type CommandOf<Type extends Command['type']> = Extract<Command, { type: Type }>

// The one interface of an engine: the pipeline is one, and so is the client of a worker that holds a pipeline.
import type { GpuSpeed } from './estimate'
import type { Limits } from './limits'
import type { MemoryPlan, PreviewImage, Stage, StageProgress } from './progress'
import type { ClipMetadata, GenerationSettings, SettingsDefaults, SettingsInput } from './settings'

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
  /** The rules that its settings keep to. */
  limits: Limits
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

export interface GenerationResult extends ClipMetadata {
  mp4: Uint8Array<ArrayBuffer>
  codec: string
  adapter: string
  /** From the request to the complete file. */
  seconds: number
  stages: StageTime[]
  peakGpuBytes: number
  plannedGpuBytes: number
  /** Of the final latents as f32: two runs are the same where it is. */
  latentsSha256: string
  /** Which loop each family of kernels used on this GPU. */
  variants: Record<string, string>
  /** What was changed on the way: a prompt cut at 512 tokens, a width snapped. */
  notes: string[]
}

/** What a clip will be and take, before anything is allocated. */
export interface Planned {
  /** Normalised: what will be used. */
  readonly settings: GenerationSettings
  readonly memory: MemoryPlan
  /** Sentences on what was changed in the settings. */
  readonly notes: readonly string[]
  /** What the GPU was measured to do; absent where it was not. */
  readonly speed?: GpuSpeed
}

export interface GenerationEvents {
  onProgress?(progress: StageProgress): void
  onPreview?(preview: PreviewImage): void
}

/** A model and a GPU, ready to make clips one at a time. Every promise rejects with an error that has an `ErrorCode`. */
export interface VideoEngine {
  readonly card: EngineCard
  /** Plans for the real prompt. @throws `invalid-settings`; `limit` with the largest size that fits */
  plan(input: SettingsInput, signal?: AbortSignal): Promise<Planned>
  /** Makes a clip. After an abort it rejects with `cancelled` once the engine is ready again. */
  generate(input: SettingsInput, events?: GenerationEvents, signal?: AbortSignal): Promise<GenerationResult>
  dispose(): void
}

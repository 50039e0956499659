// The interface of an engine, which both the pipeline and the client of a worker with a pipeline implement.
import type { ClipEnd } from './clip-end'
import type { ControlInput } from './control'
import type { GpuSpeed } from './estimate'
import type { Limits } from './limits'
import type { FilmSoFar, LiveCard, LiveChange, LiveFrame, LiveOptions } from './live'
import type { LoraInput, LoraReport } from './lora'
import type { MemoryPlan, PreviewImage, Stage, StageProgress } from './progress'
import type { PictureFit } from './picture-size'
import type { ResumeRequest } from './runs'
import type { ClipMetadata, GenerationSettings, SettingsDefaults, SettingsInput } from './settings'

export interface FrameSize {
  width: number
  height: number
}

/** A model as the page knows it: the part of its manifest that the user chooses from. */
export interface ModelCard {
  id: string
  title: string
  version: string
  fps: number
  defaults: SettingsDefaults
  /** The rules for its settings. */
  limits: Limits
  /** Whether a clip may begin with a picture. */
  takesPicture: boolean
  /** Whether it may also end with one. */
  takesLastPicture?: boolean
  /** How a picture is brought to the clip's size, for models that take one. */
  pictureFit?: PictureFit
  /** For models that make films which play while they are made. */
  live?: LiveCard
  /** Whether it may follow a control video, a mask and reference pictures. */
  takesControl?: boolean
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
  /** The most GPU bytes of the stage as planned and as measured, for stages that use the GPU. */
  plannedGpuBytes?: number
  peakGpuBytes?: number
}

export interface GenerationResult extends ClipMetadata {
  mp4: Uint8Array<ArrayBuffer>
  /** The final latents, normalised, as a safetensors file. */
  latents?: Uint8Array<ArrayBuffer>
  codec: string
  adapter: string
  /** From the request to the complete file. */
  seconds: number
  stages: StageTime[]
  peakGpuBytes: number
  plannedGpuBytes: number
  /** SHA-256 of the final latents as f32, equal for equal runs. */
  latentsSha256: string
  /** The variant that each family of kernels used on this GPU. */
  variants: Record<string, string>
  /** Present where it was requested. */
  end?: ClipEnd
  /** Sentences about changes, such as a prompt cut at 512 tokens or a rounded width. */
  notes: string[]
}

/** A plan: the clip's settings and memory, before anything is allocated. */
export interface Planned {
  /** The normalised settings. */
  readonly settings: GenerationSettings
  readonly memory: MemoryPlan
  /** Bytes on the disk that the record of the run takes until the clip is kept; absent where none is kept there. */
  readonly runBytes?: number
  /** Sentences about changes to the settings. */
  readonly notes: readonly string[]
  /** What LoRAs change in the model, in the order of the input. */
  readonly loras?: readonly LoraReport[]
  /** The GPU's measured speed; absent where it was not measured. */
  readonly speed?: GpuSpeed
}

export interface GenerationEvents {
  onProgress?(progress: StageProgress): void
  onPreview?(preview: PreviewImage): void
  /** Called with the run's id once it is kept: from then on it can continue after an interruption. */
  onKept?(run: string): void
  /** Called with the next bytes of the file of a causal model's clip, which plays up to there. */
  onPiece?(bytes: Uint8Array<ArrayBuffer>): void
}

/** Settings, and what a clip begins with. */
export type GenerationInput = SettingsInput & {
  /** A picture file: the first frame, for models that take one. */
  readonly image?: Blob
  /**
   * The end of an earlier clip, which this one continues, in place of a first picture: its first frame is that clip's
   * last.
   */
  readonly continueFrom?: ClipEnd
  /** Brings mean and deviation of the latents to those of the first clip in the series, so that colours do not drift. */
  readonly holdsColours?: boolean
  /** Requests the end of this clip, for another that continues it. */
  readonly keepsEnd?: boolean
  /** An interrupted run to continue, with its own settings instead of these. */
  readonly resume?: ResumeRequest
  /** Leaves the record of the finished run to the caller, who discards it once the clip is kept. */
  readonly leavesRun?: boolean
  /** The file of an upscaler, in place of the model's own. */
  readonly upscaler?: Blob
  /** Files that change the transformer. */
  readonly loras?: readonly LoraInput[]
  /** A second picture file: the last frame, for models that were trained for one. */
  readonly lastImage?: Blob
  /** What the clip follows or changes, for models that take a control. */
  readonly control?: ControlInput
}

/** What a film is made from. */
export type LiveInput = GenerationInput & { readonly live?: LiveOptions }

export interface LiveEvents {
  onProgress?(progress: StageProgress): void
  /** Called with each frame as it comes, in order. */
  onFrame?(frame: LiveFrame): void
  /** Called with the next bytes of a fragmented MP4, which can be played up to there whatever happens later. */
  onPiece?(bytes: Uint8Array<ArrayBuffer>): void
}

export interface LiveResult extends GenerationResult {
  /** From the request to the first frame. */
  firstFrameSeconds: number
  /** Seconds of film for each second after the first chunk; of the whole film where that is all. */
  realTimeFactor: number
  /** For another film that extends this one. */
  film: FilmSoFar
}

/** A film that is being made. */
export interface LiveRun {
  change(change: LiveChange): void
  /** The film once it is stopped, has its length, or was ended by an error after its first chunk. */
  readonly result: Promise<LiveResult>
}

/**
 * A model and a GPU, ready to make clips one at a time. Every promise rejects with an error that has an `ErrorCode`.
 */
export interface VideoEngine {
  readonly card: EngineCard
  /** Plans for the real prompt. @throws `invalid-settings`; `limit` with the largest size that fits */
  plan(input: LiveInput, signal?: AbortSignal): Promise<Planned>
  /**
   * Makes a clip. After an abort it rejects with `cancelled` once the engine is ready again.
   * @param finish aborts to end the denoising after the current step: the clip is what was predicted by then
   */
  generate(
    input: GenerationInput,
    events?: GenerationEvents,
    signal?: AbortSignal,
    finish?: AbortSignal,
  ): Promise<GenerationResult>
  /** Makes a film, of models with a live card. An abort throws it away; `change({ stop: true })` keeps it. */
  live(input: LiveInput, events?: LiveEvents, signal?: AbortSignal): LiveRun
  dispose(): void
}

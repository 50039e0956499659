/** The stages of a generation, in order. `tune` is there only where a model is first used on a GPU. */
export const STAGES = [
  'load',
  'tokenise',
  'tune',
  'encode',
  'condition',
  'denoise',
  'decode',
  'finish',
] as const

export type Stage = (typeof STAGES)[number]

export interface StageProgress {
  stage: Stage
  /** Finished steps: 0 when the stage begins, `steps` when it ends. */
  step: number
  steps: number
  /** Since the stage began. */
  seconds: number
  /** Estimated seconds left in this stage; absent until there is an estimate. */
  eta?: number
}

/** A rough picture of the clip at the resolution of its latents. */
export interface PreviewImage {
  width: number
  height: number
  /** Latent frames: the length of `rgba`. */
  frames: number
  /** One image a frame, width * height * 4 bytes. */
  rgba: Uint8ClampedArray<ArrayBuffer>[]
}

/** GPU memory of one stage, computed before anything is allocated. */
export interface StageMemory {
  stage: Stage
  weightBytes: number
  activationBytes: number
}

export interface MemoryPlan {
  stages: StageMemory[]
  /** The largest total at any moment: only one model is on the GPU at a time. */
  peakBytes: number
  /** The budget. */
  budgetBytes: number
  /** Format of most of the transformer's matrices on the GPU. */
  weightFormat: 'f16' | 'q8' | 'q4'
  /** Whether the transformer's blocks are read again for every step, instead of staying on the GPU. */
  streamed: boolean
  /** Sentences about the choices that make the clip fit. */
  notes: string[]
}

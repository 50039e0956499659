/** The stages of a generation, in order. */
export const STAGES = ['load', 'tokenise', 'encode', 'denoise', 'decode', 'finish'] as const

export type Stage = (typeof STAGES)[number]

export interface StageProgress {
  stage: Stage
  /** Finished steps: 0 when the stage begins, `steps` when it ends. */
  step: number
  steps: number
  /** Since the stage began. */
  seconds: number
  /** Seconds left in this stage; absent until something is known. */
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
  /** The largest sum of any moment: only one model is on the GPU at a time. */
  peakBytes: number
}

import type { Stage } from './progress'
import type { DecoderId, Upscale } from './settings'

/** The figures of a network that decide how long it takes. */
export interface ModelShape {
  readonly dim: number
  readonly ffnDim: number
  readonly layers: number
  /** Further layers that run where there is a control; half as many again unless given. */
  readonly sideLayers?: number
  /** Tokens of the prompt that cross-attention reads. */
  readonly textTokens: number
  /** Pixels of a side, and frames, that one token stands for. */
  readonly pixelsPerToken: number
  readonly framesPerToken: number
  /** Operations of the picture decoder for one pixel of one frame. */
  readonly decoderOperations: number
  /** The share of these that a tiny decoder has; that of TAEHV unless given. */
  readonly tinyShare?: number
  /** Operations of the upscaler for one pixel of one frame before it; those of realesr-animevideov3 unless given. */
  readonly upscalerOperations?: number
  /** Bytes of the text encoder, which is read anew for each prompt. */
  readonly textEncoderBytes: number
}

/** What a control adds to a clip. */
export interface ControlWork {
  /** Latent frames in front of the clip's own. */
  readonly references: number
  /** Frames that go through the encoder of pictures. */
  readonly encodedFrames: number
}

export type StageSeconds = { readonly [stage in Stage]?: number }

/** What a finished run says about the machine. */
export interface RunRecord {
  readonly model: string
  readonly adapter: string
  readonly width: number
  readonly height: number
  readonly frames: number
  /** Passes of the transformer: steps, twice with guidance. */
  readonly passes: number
  /** Absent: the model's own. */
  readonly decoder?: DecoderId
  /** Absent: 1. */
  readonly upscale?: Upscale
  /** Absent: none. */
  readonly control?: ControlWork
  readonly stages: StageSeconds
  /** Milliseconds since 1970. */
  readonly at: number
}

/** Seconds of a run before it begins. */
export interface TimeEstimate {
  readonly low: number
  readonly likely: number
  readonly high: number
  readonly stages: StageSeconds
  /** What it rests on: runs of this model here, runs of other models here, a measurement of the GPU. */
  readonly source: 'model' | 'machine' | 'benchmark'
}

/** A measurement of the GPU, taken once. */
export interface GpuSpeed {
  /** Of large matrix products, in 10^12 operations a second. */
  readonly teraflops: number
}

// What a clip follows or changes, of models with side blocks.
import type { Tensor } from '../gpu/tensor'

/** What a control is made of, of the clip's size. A dry run reads lengths alone. */
export interface ControlFrames {
  readonly width: number
  readonly height: number
  readonly numFrames: number
  /** [H, W, 3] bytes of every frame; grey unless given. */
  readonly video?: readonly Uint8Array[]
  /** [H, W] bytes of every frame, 255 where it is redrawn; everywhere unless given. */
  readonly mask?: readonly Uint8Array[]
  /** Pictures [H, W, 3] in [−1, 1]. */
  readonly references: readonly Float32Array<ArrayBuffer>[]
}

/** What a model with side blocks is shown, and how strongly. */
export interface Control {
  /** [K, T, H, W] f32 of the latents' size; the caller's, and lasts as long as what is prepared. */
  readonly context: Tensor
  /** Of the hints; 0 has no effect. */
  readonly strength: number
  /** Latent frames in front that stand for reference pictures, and are no part of the clip; 0 by default. */
  readonly references?: number
}

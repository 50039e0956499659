// Latent frames that are known from the start and stay so: a picture that a clip begins with, say. They have timestep
// 0 in every pass and are put back after every step, so that at the end they are the given ones to the bit.
import { placeLatents } from '../gpu/kernels/place_latents'
import type { Ops } from '../gpu/ops'
import { dim, type Tensor } from '../gpu/tensor'

/** Latents [C, K, H, W] f32 of the frames from `first` on. */
export interface HeldFrames {
  readonly latents: Tensor
  readonly first: number
}

/** Puts the held frames into `x` [C, T, H, W]. */
export function holdFrames(ops: Ops, x: Tensor, held: readonly HeldFrames[]): void {
  for (const { latents, first } of held) placeLatents(ops, latents, x, { frame: first })
}

/** The timestep of each of T latent frames: 0 where they are held. */
export function heldTimesteps(
  timestep: number,
  T: number,
  held: readonly HeldFrames[],
): { readonly values: readonly number[]; readonly rowOf: 'frame' } {
  const isHeld = (t: number): boolean =>
    held.some(({ latents, first }) => t >= first && t < first + dim(latents, 1))
  return { values: Array.from({ length: T }, (_, t) => (isHeld(t) ? 0 : timestep)), rowOf: 'frame' }
}

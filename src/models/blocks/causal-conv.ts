import { causalConv3d, type ConvWeight } from '../../gpu/kernels/causal_conv3d'
import type { Ops } from '../../gpu/ops'
import type { Tensor } from '../../gpu/tensor'

/** One frame of video or features: [H, W, C], channels last. */
export type Frame = Tensor

/** The frames that a causal convolution saw last, at most two, the latest last. The state owns them. */
export interface CausalState {
  readonly past: readonly Frame[]
}

/** The state before the clip: frames of zeros, which take no memory. */
export const START: CausalState = { past: [] }

/**
 * Returns the next frame, and the state for the one after it. Takes over `x` and `state`. Adds `residual`, which
 * stays the caller's.
 */
export function causalConv(
  ops: Ops,
  weight: ConvWeight,
  x: Frame,
  state: CausalState,
  label: string,
  residual?: Frame,
): [Frame, CausalState] {
  const y = causalConv3d(ops, weight, state.past, x, residual, label)
  const seen = [...state.past, x]
  ops.release(...seen.slice(0, -2))
  return [y, { past: seen.slice(-2) }]
}

// Opens networks as the engine does: on a test's device, or dry.
import type { Ops } from '../../src/gpu/ops'
import { fileLoader, planLoader } from '../../src/models/blocks/weight-loader'
import type { Loading, Residency, Weights } from '../../src/models/family'

export interface LoadingOptions extends Partial<Residency> {
  /** Only counts. */
  readonly dry?: boolean
  readonly device?: GPUDevice
  readonly tokens?: number
}

/** f32 text encoder, f16 matrices, everything resident, unless asked otherwise. */
export function loadingOf(
  ops: Ops,
  weights: Weights,
  {
    dry = false,
    device,
    tokens = 1,
    text = 'f32',
    weights: format = 'f16',
    streamed = false,
  }: LoadingOptions = {},
): Loading {
  const load = dry ? planLoader : fileLoader
  return {
    ops,
    ...(device && { device }),
    weights,
    residency: { text, weights: format, streamed },
    tokens,
    loader: (role, own) => load(ops, weights[role]!, own),
  }
}

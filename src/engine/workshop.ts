import type { Gpu } from '../gpu/device'
import type { Ops } from '../gpu/ops'
import type { Recorder } from '../gpu/recorder'
import { fileLoader } from '../models/blocks/weight-loader'
import type { Loading, Residency } from '../models/family'
import type { Clip } from './clip'
import type { Extensions } from './extensions'
import type { Tuning } from './kernels/tuning'
import type { MemoryRequest } from './memory/fit-memory'
import type { LoraOverlay } from './model/loras'
import type { ModelFiles } from './model/opened'
import type { PromptCache } from './prompt-cache'
import type { RunStores } from './runs/run-record'

export type RecordedOps = Ops & { readonly recorder: Recorder }

/** What every clip of one open model shares. */
export interface Workshop {
  readonly gpu: Gpu
  readonly ops: RecordedOps
  readonly extensions: Extensions
  readonly request: MemoryRequest
  readonly cache: PromptCache
  readonly tuning: Tuning
  readonly runs: RunStores
}

/** Opens networks on the device for a clip. */
export function loadingFor(
  { gpu: { device } }: Workshop,
  {
    ops,
    files: { weights },
    clip: { prompts, film },
    residency,
    overlay,
    signal,
  }: {
    readonly ops: Ops
    readonly files: ModelFiles
    readonly clip: Clip
    readonly residency: Residency
    readonly overlay: LoraOverlay
    readonly signal: AbortSignal
  },
): Loading {
  return {
    ops,
    device,
    weights,
    residency,
    tokens: Math.max(...prompts.map(({ length }) => length), film?.promptTokens ?? 0),
    loader: (role, format) =>
      overlay.loader(role, weights[role]!, (file) => fileLoader(ops, file, format, signal), { signal }),
    signal,
  }
}

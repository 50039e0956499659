import type { Ops } from '../../gpu/ops'
import type { Stage } from '../../protocol/progress'
import type { StoredState } from '../../sampling/sampler-state'
import type { Contexts } from '../velocities'

/** What an interrupted run has reached; nothing for a new one. */
export interface ClipStart {
  readonly contexts?: Contexts
  /** What the last step of the denoising left. */
  readonly step?: StoredState
  /** [C, T, H, W], where the denoising is done. */
  readonly latents?: Float32Array<ArrayBuffer>
  /** Steps that EasyCache made of those. */
  readonly reused?: number
  /** Steps that were run, where the rest was left out. */
  readonly stepsRun?: number
  /** Puts a decoder's state onto the GPU: the step to go on with, and the state before it. */
  readonly decoding?: (ops: Ops) => Promise<{ readonly step: number; readonly state: unknown }>
  /** Whether every frame is there. */
  readonly isDecoded?: boolean
}

/** Whether a phase of the clip is done. */
export function isPast(stage: Stage, { contexts, latents, isDecoded = false }: ClipStart): boolean {
  switch (stage) {
    case 'encode':
      return contexts !== undefined || latents !== undefined
    case 'condition':
    case 'denoise':
      return latents !== undefined
    case 'decode':
      return isDecoded
    default:
      return false
  }
}

// What a clip follows, of models that take a control: encoded before the denoising, which it then steers.
import { withoutFirstFrames } from '../gpu/kernels/place_latents'
import type { Ops } from '../gpu/ops'
import type { Tensor } from '../gpu/tensor'
import type { Control, ControlFrames } from '../models/control'
import type { Networks } from '../models/family'
import type { Phase } from './phases'

export interface ClipControl {
  readonly frames: ControlFrames
  /** Of the hints. */
  readonly strength: number
}

/** Encodes the control. */
export function controlPhase(
  ops: Ops,
  { encodeControl }: Networks,
  { frames, strength }: ClipControl,
  onEncoded: (control: Control) => void,
  signal: AbortSignal | undefined,
): Phase {
  return {
    name: 'condition',
    steps: 1,
    holds: ['encoder'],
    async run(held) {
      if (!encodeControl) throw new Error('A clip has a control, and the model takes none.')
      const context = await encodeControl(ops, held('encoder'), frames, signal)
      onEncoded({ context, strength, references: frames.references.length })
    },
  }
}

/** Shows latents to `use` without the frames of the references. */
export function withoutReferences(
  ops: Ops,
  latents: Tensor,
  control: Pick<Control, 'references'> | undefined,
  use: (shown: Tensor) => void,
): void {
  if (!control?.references) return use(latents)
  const shown = withoutFirstFrames(ops, latents, control.references)
  use(shown)
  ops.release(shown)
}

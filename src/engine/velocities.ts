import type { Tensor } from '../gpu/tensor'
import type { Denoiser } from '../models/family'
import type { DenoiseInputs } from '../sampling/denoise'
import { heldTimesteps, type HeldFrames } from '../sampling/held-frames'

/** Encoded prompts [n, textDim]; the negative one where there is guidance. */
export interface Contexts {
  readonly positive: Float32Array
  readonly negative?: Float32Array
}

/** What `denoise` asks of a model. */
export interface PreparedVelocities {
  readonly velocities: DenoiseInputs['velocities']
  release(): void
}

/** Prepares a denoiser for the prompts of a clip. Tokens of held frames have timestep 0. */
export async function prepareVelocities(
  denoiser: Denoiser,
  { positive, negative }: Contexts,
  held: readonly HeldFrames[],
): Promise<PreparedVelocities> {
  const conditional = await denoiser.prepare({ text: positive })
  const unconditional = negative && (await denoiser.prepare({ text: negative }))
  return {
    async velocities(x: Tensor, { timestep }) {
      const time = held.length > 0 ? heldTimesteps(timestep, x.shape[1]!, held) : { values: [timestep] }
      return {
        conditional: await denoiser.velocity(x, time, conditional),
        ...(unconditional && { unconditional: await denoiser.velocity(x, time, unconditional) }),
      }
    },
    release() {
      conditional.release()
      unconditional?.release()
    },
  }
}

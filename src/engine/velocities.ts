import type { Tensor } from '../gpu/tensor'
import type { Conditioning, Denoiser } from '../models/family'
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

/** What a clip is conditioned on beside its prompts, with guidance and without. */
export interface Conditioned extends Omit<Conditioning, 'text'> {
  /** Latent frames that are known from the start; their tokens have timestep 0. */
  readonly held?: readonly HeldFrames[]
}

/**
 * Prepares a denoiser for the prompts of a clip.
 * @param isGuided whether guidance is on at a timestep, where there is a negative prompt
 */
export async function prepareVelocities(
  denoiser: Denoiser,
  { positive, negative }: Contexts,
  { held = [], ...given }: Conditioned = {},
  isGuided: (timestep: number) => boolean = () => true,
): Promise<PreparedVelocities> {
  const conditional = await denoiser.prepare({ ...given, text: positive })
  const unconditional = negative && (await denoiser.prepare({ ...given, text: negative }))
  return {
    async velocities(x: Tensor, { timestep }) {
      const time = held.length > 0 ? heldTimesteps(timestep, x.shape[1]!, held) : { values: [timestep] }
      return {
        conditional: await denoiser.velocity(x, time, conditional),
        ...(unconditional &&
          isGuided(timestep) && { unconditional: await denoiser.velocity(x, time, unconditional) }),
      }
    },
    release() {
      conditional.release()
      unconditional?.release()
    },
  }
}

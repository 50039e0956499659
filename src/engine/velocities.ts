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

/**
 * Prepares a denoiser for the prompts of a clip. Tokens of held frames have timestep 0.
 * @param changed returns another denoiser before a step where there is one
 */
export async function prepareVelocities(
  denoiser: Denoiser,
  { positive, negative }: Contexts,
  held: readonly HeldFrames[],
  changed?: (step: number) => Promise<Denoiser | undefined>,
): Promise<PreparedVelocities> {
  const prepare = async (by: Denoiser) => ({
    denoiser: by,
    conditional: await by.prepare({ text: positive }),
    unconditional: negative && (await by.prepare({ text: negative })),
  })
  let current = await prepare(denoiser)
  const release = (): void => {
    current.conditional.release()
    current.unconditional?.release()
  }
  return {
    async velocities(x: Tensor, { timestep }, step) {
      const other = await changed?.(step)
      if (other) {
        release()
        current = await prepare(other)
      }
      const time = held.length > 0 ? heldTimesteps(timestep, x.shape[1]!, held) : { values: [timestep] }
      const { conditional, unconditional } = current
      return {
        conditional: await current.denoiser.velocity(x, time, conditional),
        ...(unconditional && { unconditional: await current.denoiser.velocity(x, time, unconditional) }),
      }
    },
    release,
  }
}

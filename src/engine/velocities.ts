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

export interface VelocityOptions extends Conditioned {
  /** Whether guidance is on at a timestep, where there is a negative prompt. */
  isGuided?(timestep: number): boolean
  /** Returns another denoiser before a step, which is counted from 0, where there is one. */
  changed?(step: number): Promise<Denoiser | undefined>
}

/** Prepares a denoiser for the prompts of a clip. */
export async function prepareVelocities(
  denoiser: Denoiser,
  { positive, negative }: Contexts,
  { held = [], isGuided = () => true, changed, ...given }: VelocityOptions = {},
): Promise<PreparedVelocities> {
  const prepare = async (by: Denoiser) => ({
    denoiser: by,
    conditional: await by.prepare({ ...given, text: positive }),
    unconditional: negative && (await by.prepare({ ...given, text: negative })),
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
        ...(unconditional &&
          isGuided(timestep) && {
            unconditional: await current.denoiser.velocity(x, time, unconditional),
          }),
      }
    },
    release,
  }
}

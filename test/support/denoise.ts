// From a golden's noise and contexts to latents.
import { prepareVelocities, type Contexts } from '../../src/engine/velocities'
import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { Conditioning, Denoiser } from '../../src/models/family'
import { denoise, type DenoiseOptions } from '../../src/sampling/denoise'
import type { HeldFrames } from '../../src/sampling/held-frames'
import { createSampler } from '../../src/sampling/samplers'
import type { WeightFile } from '../../src/weights/weight-file'

export interface DenoiseGoldenOptions extends DenoiseOptions {
  /** The golden's tensor. */
  readonly noise?: string
  readonly held?: readonly HeldFrames[]
  /** What both prompts are conditioned on beside their text. */
  readonly shared?: Omit<Conditioning, 'text'>
}

/** With noise, sampler, steps, shift and guidance of a pipeline golden. */
export async function denoiseGolden(
  ops: Ops,
  denoiser: Denoiser,
  golden: WeightFile,
  contexts: Contexts,
  { noise: name = 'noise', held = [], shared = {}, ...options }: DenoiseGoldenOptions = {},
): Promise<Tensor> {
  const { sampler, steps, shift, guidance } = golden.metadata
  const noise = ops.upload(await golden.floats(name), golden.tensors.get(name)!.shape, 'f32', 'noise')
  const prepared = await prepareVelocities(denoiser, contexts, { held, ...shared })
  const latents = await denoise(
    ops,
    {
      noise,
      seed: 0,
      velocities: prepared.velocities,
      guidanceScale: Number(guidance),
      sampler: createSampler(sampler!, Number(steps), Number(shift)),
      held,
    },
    options,
  )
  prepared.release()
  ops.release(noise)
  return latents
}

// From a golden's noise and contexts to latents.
import type { Ops } from '../../src/gpu/ops'
import type { Tensor } from '../../src/gpu/tensor'
import type { Denoiser } from '../../src/models/family'
import { denoise, type DenoiseInputs, type DenoiseOptions } from '../../src/sampling/denoise'
import { createSampler } from '../../src/sampling/samplers'
import type { WeightFile } from '../../src/weights/weight-file'

export interface GivenContexts {
  readonly positive: Float32Array
  readonly negative?: Float32Array
}

/** The velocities of a denoiser for one or two contexts; what is prepared stays until the pool is cleared. */
export async function velocitiesOf(
  denoiser: Denoiser,
  { positive, negative }: GivenContexts,
): Promise<DenoiseInputs['velocities']> {
  const conditional = await denoiser.prepare({ text: positive })
  const unconditional = negative && (await denoiser.prepare({ text: negative }))
  return async (x, { timestep }) => ({
    conditional: await denoiser.velocity(x, { values: [timestep] }, conditional),
    ...(unconditional && {
      unconditional: await denoiser.velocity(x, { values: [timestep] }, unconditional),
    }),
  })
}

/** With noise, sampler, steps, shift and guidance of a pipeline golden. */
export async function denoiseGolden(
  ops: Ops,
  denoiser: Denoiser,
  golden: WeightFile,
  contexts: GivenContexts,
  options: DenoiseOptions = {},
): Promise<Tensor> {
  const { sampler, steps, shift, guidance } = golden.metadata
  const noise = ops.upload(await golden.floats('noise'), golden.tensors.get('noise')!.shape, 'f32', 'noise')
  return denoise(
    ops,
    {
      noise,
      seed: 0,
      velocities: await velocitiesOf(denoiser, contexts),
      guidanceScale: Number(guidance),
      sampler: createSampler(sampler!, Number(steps), Number(shift)),
    },
    options,
  )
}

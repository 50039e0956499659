// The bundled model, part by part, against what PyTorch gave for the same inputs: each part begins with the reference's
// own, so that one that is wrong does not spoil the next.
import type { Gpu } from '../../gpu/device'
import type { Ops } from '../../gpu/ops'
import { dim } from '../../gpu/tensor'
import { fileLoader } from '../../models/blocks/weight-loader'
import { releaseTree } from '../../models/blocks/tensor-tree'
import type { Decoder, Loading } from '../../models/family'
import type { CheckLine } from '../../protocol/check'
import { denoise } from '../../sampling/denoise'
import { createSampler } from '../../sampling/samplers'
import type { WeightFile } from '../../weights/weight-file'
import type { ModelFiles } from '../model/opened'
import { prepareVelocities } from '../velocities'
import { judged, relativeError } from './compare'

/** Of the reference. */
const RUN = { sampler: 'euler', steps: 4, shift: 3, guidance: 1 } as const

export interface Part {
  readonly name: string
  check(): Promise<CheckLine>
}

export function miniParts(
  { ops, gpu }: { readonly ops: Ops; readonly gpu: Gpu },
  { networks, weights }: ModelFiles,
  goldens: WeightFile,
  signal?: AbortSignal,
): Part[] {
  const at: Loading = {
    ops,
    device: gpu.device,
    weights,
    residency: { text: 'f32', weights: 'f16', streamed: false },
    tokens: goldens.tensors.get('ids')?.shape.at(-1) ?? 1,
    loader: (role, format) => fileLoader(ops, weights[role]!, format, signal),
    ...(signal && { signal }),
  }
  const shapeOf = (name: string): readonly number[] => goldens.tensors.get(name)!.shape
  const line = async (name: string, actual: Float32Array, golden: string): Promise<CheckLine> =>
    judged(name, relativeError(actual, await goldens.floats(golden)), 'network', ops.storage)

  return [
    {
      name: 'umT5',
      async check() {
        const text = await networks.openText(at)
        try {
          const ids = [...(await goldens.floats('ids'))]
          return await line('umT5', await text.encode(ids), 'hidden')
        } finally {
          await text.release()
        }
      },
    },
    {
      name: 'DiT',
      async check() {
        const denoiser = await networks.openDenoiser(at)
        try {
          const noise = ops.upload(await goldens.floats('noise'), shapeOf('noise'), 'f32', 'check.noise')
          const prepared = await prepareVelocities(denoiser, { positive: await goldens.floats('hidden') })
          const latents = await denoise(
            ops,
            {
              noise,
              seed: 0,
              velocities: prepared.velocities,
              guidanceScale: RUN.guidance,
              sampler: createSampler(RUN.sampler, RUN.steps, RUN.shift),
            },
            signal && { signal },
          )
          const values = await ops.read(latents, signal)
          prepared.release()
          ops.release(noise, latents)
          return await line('DiT', values, 'latents')
        } finally {
          await denoiser.release()
        }
      },
    },
    {
      name: 'VAE',
      async check() {
        const decoder: Decoder<unknown> = await networks.openDecoder(at)
        try {
          const latents = ops.upload(
            await goldens.floats('latents'),
            shapeOf('latents'),
            'f32',
            'check.latents',
          )
          let { start: state } = decoder
          let last = new Float32Array()
          for (let t = 0; t < dim(latents, 1) * (decoder.passes ?? 1); t++) {
            const [frames, next] = decoder.decode(latents, t, state)
            state = next
            const frame = frames.at(-1)
            if (frame !== undefined) last = await ops.read(frame, signal)
            ops.release(...frames)
          }
          releaseTree(ops, state)
          ops.release(latents)
          return await line(
            'VAE',
            last.map((value) => Math.min(1, Math.max(-1, value))),
            'last_frame',
          )
        } finally {
          decoder.release()
        }
      },
    },
  ]
}
